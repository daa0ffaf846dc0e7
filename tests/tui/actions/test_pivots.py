"""Pivots: every line is a filter, leaves the process it came from, and asks what its name says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.where.automaton import automaton
from store.where.meaning import read, words
from store.workspace import Workspace, open_workspace
from tests.store import samples
from tui.actions.triage.pivots import command_shape, counted, pivots


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Workspace]:
    """A shell that starts the same program with other numbers, beside others."""
    workspace = open_workspace(tmp_path / "w")
    events = [samples.event(1, image="C:\\Windows\\explorer.exe", user="CORP\\ann")]
    for number in range(2, 8):
        events.append(
            samples.event(
                number, 1, image="C:\\Tools\\beacon (x).exe", command_line=f'"beacon" --id {number} --to 10.0.0.{number}|"/x/"',
                user="CORP\\ann" if number < 5 else "CORP\\bob", hashes=f"MD5={'ab' * 16},SHA256={'cd' * 32}", logon_id="0x3e7",
            )
        )  # fmt: skip
    events.append(samples.event(9, 1, host="OTHER", image="C:\\Tools\\beacon2.exe", command_line="beacon2 --id"))
    samples.fill(workspace, events)
    yield workspace
    workspace.close()


def test_each_pivot_leaves_its_own_process_and_what_shares(case: Workspace) -> None:
    found = {one.pid: one for one in case.processes.find("case", limit=50) if not one.placeholder}
    process = found[3]
    ways = {one.letter: one for one in pivots(process, found[1])}
    assert len(ways) == len(pivots(process, found[1])) == 10
    count = {letter: counted(case, "case", one).processes for letter, one in ways.items()}
    assert count["i"] == 6
    assert count["c"] == 6
    assert count["u"] == 4 + 1  # and what runs on the other host as ann
    assert count["U"] == 4
    assert count["s"] == 6
    assert count["h"] == 6
    assert count["k"] == 0
    assert count["t"] == 7
    assert count["T"] == 8
    for one in ways.values():
        assert words(read(one.line)) == one.line


def test_what_the_record_does_not_tell_is_no_way_on(case: Workspace) -> None:
    plain = next(one for one in case.processes.find("case", limit=50) if one.pid == 9)
    assert {one.letter for one in pivots(plain, None)} == {"i", "c", "u", "U", "k", "t", "T"}


@given(st.text(max_size=700))
def test_a_shape_is_an_expression_that_its_own_command_line_meets(text: str) -> None:
    shape = command_shape(text)
    assert len(shape) <= 500
    assert automaton(shape).found_in(text)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("ping -n 5 10.0.0.1", "ping -n 17 10.9.8.77", True),
        ("ping -n 5 10.0.0.1", "ping -t 5 10.0.0.1", False),
        ("x --at 0x1F", "x --at 0xabc", True),
        ("a.b", "axb", False),
        ("a\\b|c", "a\\b|c", True),
    ],
)
def test_only_numbers_may_differ(one: str, other: str, alike: bool) -> None:
    assert automaton(command_shape(one)).found_in(other) is alike
