"""Processes in lists inside of one JSON document of nobody's shape."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.readers.guess.nested import processes_in
from tests.engine.readers.guess.test_guess import processes

ONE: dict[str, Any] = {"exe": "C:\\a\\x.exe", "pid": 632, "ppid": 400}
TWO: dict[str, Any] = {"exe": "C:\\a\\y.exe", "pid": 700, "ppid": 632}
DOCUMENTS: dict[str, Any] = {
    "deep": {"report": {"title": "x", "data": {"items": [ONE, TWO]}}},
    "by process id": {"632": ONE, "700": TWO},
    "under a name by process id": {"machine": "ws1", "processes": {"632": ONE, "700": TWO}},
    "a tree": {**ONE, "children": [{**TWO, "children": []}]},
    "a tree under a name": {"root": {"nodes": [{**ONE, "nodes": [TWO]}]}},
}


@pytest.mark.parametrize("shape", DOCUMENTS)
def test_processes_in_lists_are_all_read(shape: str) -> None:
    assert processes(json.dumps(DOCUMENTS[shape])) == [("C:\\a\\x.exe", 632, 400), ("C:\\a\\y.exe", 700, 632)]


def test_the_two_processes_of_a_creation_are_told_by_their_roles() -> None:
    for child, parent in (("childProcess", "parentProcess"), ("target.process", "actor.process"), ("target", "initiator")):
        record = {f"{child}.imagePath": "C:\\a\\x.exe", f"{child}.processId": 632, f"{parent}.processId": 400, "time": 1714644000}
        assert processes(json.dumps(record)) == [("C:\\a\\x.exe", 632, 400)]


def test_nodes_of_an_answer_are_read() -> None:
    answer = {"data": {"processes": {"edges": [{"node": ONE}, {"node": TWO}]}}}
    assert processes(json.dumps(answer)) == [("C:\\a\\x.exe", 632, 400), ("C:\\a\\y.exe", 700, 632)]


def test_files_that_were_copied_are_no_pairs() -> None:
    assert processes("Source,Target\nC:\\a\\x.exe,D:\\b\\x.exe\nC:\\a\\y.exe,D:\\b\\y.exe\n") == []


def test_what_is_known_to_be_something_else_is_not_looked_through() -> None:
    finding = {"schemaVersion": "2.0", "accountId": "1", "service": {"detectorId": "x", "lineage": [ONE, TWO]}}
    assert processes(json.dumps(finding) * 2) == []


def test_a_deep_tree_ends() -> None:
    tree: dict[str, Any] = dict(ONE)
    for _ in range(400):
        tree = {**ONE, "children": [tree]}
    assert 100 < len(processes_in(tree)) < 400


NESTED = st.recursive(
    st.none() | st.text(max_size=5) | st.integers() | st.just(ONE),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["1", "22", "pid", "a"]), inner, max_size=4),
    max_leaves=30,
)


@given(st.dictionaries(st.text(max_size=4), NESTED, max_size=4))
@settings(max_examples=60)
def test_any_nesting_gives_processes_only(record: dict[str, Any]) -> None:
    assert all(isinstance(one, dict) and "pid" in one for one in processes_in(record))


def test_notes_that_name_programs_are_no_pairs() -> None:
    assert processes("# Notes\n\n- cmd.exe, powershell.exe\n") == []
    assert processes("cmd.exe, powershell.exe\n") == [("powershell.exe", None, None)]
