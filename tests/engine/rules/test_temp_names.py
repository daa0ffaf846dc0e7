"""Temporary names: the maker is kept, what it drew at random goes, and words that only look alike stay."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.rules.apply import Normaliser
from engine.rules.rule import Position, Rule, RuleSet, State
from engine.rules.temp_names import FORMS

RULES = [Rule(form.probe, form.replacement, "temp", zones=form.zones, under=form.under, state=State.ACCEPTED) for form in FORMS]
NORMALISER = Normaliser(
    RuleSet.of(
        [
            replace(rule, position=Position.DIRECTORY if form.directory else Position.ANY)
            for rule, form in zip(RULES, FORMS, strict=True)
        ]
    )
)
TEMP = "c:\\users\\<user>\\appdata\\local\\temp\\"


@pytest.mark.parametrize(
    ("path", "becomes"),
    [
        (TEMP + "is-6k3lq.tmp\\setup.tmp", TEMP + "is-<temp>.tmp\\setup.tmp"),
        (TEMP + "msi4ffd.tmp", TEMP + "msi<temp>.tmp"),
        ("c:\\windows\\installer\\msi9a.tmp", "c:\\windows\\installer\\msi<temp>.tmp"),
        (TEMP + "rad415b2.tmp", TEMP + "rad<temp>.tmp"),
        (TEMP + "nsq4e1f.tmp\\ns.exe", TEMP + "nsq<temp>.tmp\\ns.exe"),
        (TEMP + "tmp1a2b.tmp", TEMP + "tmp<temp>.tmp"),
        ("/tmp/tmp.LenMhUGA3H", "/tmp/tmp.<temp>"),
        ("/tmp/tmpab12cd_9/run", "/tmp/tmp<temp>/run"),
        ("/tmp/_MEIx9Qm4T/run", "/tmp/_MEI<temp>/run"),
        (TEMP + "_mei48402\\run.exe", TEMP + "_mei<temp>\\run.exe"),
        (TEMP + "7zs4a1b2c3d\\setup.exe", TEMP + "7zs<temp>\\setup.exe"),
        (TEMP + "rar$exa3012.11850\\setup.exe", TEMP + "rar$exa<temp>\\setup.exe"),
        (TEMP + "temp1_invoice.zip\\invoice.exe", TEMP + "temp<n>_invoice.zip\\invoice.exe"),
        ("c:\\$recycle.bin\\s-1\\$rabc12z.exe", "c:\\$recycle.bin\\s-1\\$r<temp>.exe"),
        (
            "c:\\users\\<user>\\appdata\\local\\microsoft\\windows\\inetcache\\ie\\q2glgb5w\\a.exe",
            "c:\\users\\<user>\\appdata\\local\\microsoft\\windows\\inetcache\\ie\\<temp>\\a.exe",
        ),
    ],
)
def test_the_random_part_goes_and_the_maker_stays(path: str, becomes: str) -> None:
    assert NORMALISER.path(path) == becomes
    assert NORMALISER.path(becomes) == becomes


@pytest.mark.parametrize(
    "path",
    [
        TEMP + "surface.tmp",
        TEMP + "database.tmp",
        "/tmp/tmp.config",
        "/tmp/tmpl",
        "/tmp/tmpfiles.d",
        "c:\\$recycle.bin\\s-1\\java.exe",
        "c:\\programs\\$rabc12z.exe",
        "c:\\programs\\7zip\\7zg.exe",
        "c:\\programs\\ie\\iexplore\\a.exe",
        TEMP + "temp_t1027.zip\\a.exe",
        TEMP + "ie4uinit\\a.exe",
    ],
)
def test_words_that_only_look_alike_stay(path: str) -> None:
    assert NORMALISER.path(path) == path


@given(st.sampled_from(["msi", "rad", "tmp", "~df", "wer"]), st.from_regex(r"[0-9a-f]{4}", fullmatch=True))
def test_prefixes_are_never_merged(prefix: str, part: str) -> None:
    made = NORMALISER.path(f"{TEMP}{prefix}{part}.tmp")
    assert made.startswith(TEMP + prefix)
    assert made in {f"{TEMP}{prefix}<temp>.tmp", f"{TEMP}{prefix}{part}.tmp"}
