"""Verdicts on a branch: a process and what descends from it, in an incident only what that covers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest

from engine.errors import NotFound, StoreError, UsageError
from store.base import ids
from store.verdicts import covers
from store.verdicts.held import held
from store.verdicts.subject import OfBranch, OfIncident, OfProcess, Several
from store.workspace import Workspace
from tests.store import narrow_samples as narrow
from tests.store import samples
from tests.store.narrow_samples import CASE
from tests.store.verdicts.test_subjects import of_pid, verdict


@pytest.fixture
def space(tmp_path: Path) -> Iterator[Workspace]:
    """1 started 2 to 5; 2 started 6, 7 and 8; 7 started 9; and as much again on another host."""
    parents = {2: 1, 3: 1, 4: 1, 5: 1, 6: 2, 7: 2, 8: 2, 9: 7}
    events = [
        samples.event(base + number, None if number == 1 else base + parents[number], host=host, image=f"C:\\{number}.exe")
        for base, host in ((0, "WEB01"), (100, "DB"))
        for number in range(1, 10)
    ]
    with closing(narrow.filled(tmp_path / "w", events)) as opened:
        yield opened


def judged(space: Workspace) -> dict[int, str]:
    """Pid -> verdict, of what has one."""
    found = {process: verdict(space, process) for process in narrow.processes(space)}
    views = {one.id: one.pid for one in space.processes.of_ids(list(found))}
    return {views[process] or 0: said for process, said in found.items() if said is not None}


def test_a_branch_is_a_process_with_all_that_descends_from_it(space: Workspace) -> None:
    given = space.labels.give(CASE, OfBranch(of_pid(space, 2)), "malicious", author="ann")
    assert (given.covers.processes, given.covers.hosts) == (5, 1)
    assert judged(space) == dict.fromkeys((2, 6, 7, 8, 9), "malicious")
    called = f"{ids.called(of_pid(space, 2))}/branch"
    assert {event.about for event in space.labels.history(CASE)} == {called}
    assert [(act.about, act.verdicts) for act in held(space, CASE)] == [(called, 5)]
    assert len(space.labels.undo(CASE, author="ann")) == 5
    assert judged(space) == {}


def test_in_an_incident_it_is_what_that_covers_below_it_and_nothing_beyond_what_it_does_not_cover(space: Workspace) -> None:
    inside = [of_pid(space, pid) for pid in (2, 6, 9, 3)]  # 9 below 7, which is not covered
    set_id = narrow.group(space, [(1, 1, inside)], {})
    incident = OfIncident(1, 1, set_id)
    assert space.labels.give(CASE, OfBranch(of_pid(space, 2), incident), "malicious").covers.processes == 2
    assert judged(space) == {2: "malicious", 6: "malicious"}
    assert space.labels.extent(CASE, OfBranch(of_pid(space, 7), incident)).processes == 0
    assert space.labels.extent(CASE, OfBranch(of_pid(space, 9), incident)).processes == 1
    samples.score(space)
    with pytest.raises(StoreError, match="scored anew"):
        space.labels.extent(CASE, OfBranch(of_pid(space, 2), incident))


def test_what_is_marked_together_counts_once(space: Workspace) -> None:
    marked = Several((OfBranch(of_pid(space, 2)), OfBranch(of_pid(space, 7)), OfProcess(of_pid(space, 8))))
    assert space.labels.extent(CASE, marked).processes == 5


def test_whose_verdicts_a_branch_has_already_is_told(space: Workspace) -> None:
    space.labels.give(CASE, OfProcess(of_pid(space, 6)), "benign", author="ada")
    space.labels.give(CASE, OfProcess(of_pid(space, 9)), "benign", author="bob")
    assert space.labels.extent(CASE, OfBranch(of_pid(space, 2))).authors == ("ada", "bob")
    assert space.labels.extent(CASE, OfBranch(of_pid(space, 7))).authors == ("bob",)
    assert space.labels.extent(CASE, OfBranch(of_pid(space, 3))).authors == ()


def test_a_branch_that_is_too_large_is_refused_and_nothing_is_changed(space: Workspace) -> None:
    with patch.object(covers, "LARGEST_BRANCH", 4), pytest.raises(UsageError, match="More than 4 processes descend"):
        space.labels.give(CASE, OfBranch(of_pid(space, 2)), "malicious")
    with pytest.raises(NotFound, match="There is no process"):
        space.labels.give(CASE, OfBranch(ids.base(77) + 1), "malicious")
    assert judged(space) == {}


def test_taking_off_counts_what_had_a_verdict_and_nothing_else(space: Workspace) -> None:
    space.labels.give(CASE, OfProcess(of_pid(space, 7)), "malicious")
    taken = space.labels.give(CASE, OfBranch(of_pid(space, 2)), None)
    assert (taken.covers.processes, taken.covers.hosts) == (1, 1)
    assert judged(space) == {}
    assert space.labels.give(CASE, OfBranch(of_pid(space, 2)), None).covers.processes == 0
