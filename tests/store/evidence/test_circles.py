"""Workspaces whose stored links go around in a circle: healed when they are opened, and never walked without an end."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from engine.errors import Cancelled
from engine.handover.pictures.forest import DrawnNode, walk
from engine.jobs.ingest.link import link_case
from engine.jobs.ports.ingest import Batch
from engine.progress import CancelToken, Run
from store.base import ids
from store.base.database import DATABASE
from store.doctor.examine import examine
from store.evidence.circles import closing_links
from store.export.processes import branch_rows
from store.processes.forest import ForestPages
from store.where.matching import matching
from store.where.terms import ALL
from store.workspace import Workspace, open_workspace
from tests.store.older import make_older
from tests.store.samples import event, fill
from tui.render.tree_builder import TreeBuilder
from tui.screens.tree.forest.focus import Focus

PIDS = range(1, 7)
CIRCLES = {1: 3, 5: 5}
"""1, 2 and 3 go around, 4 hangs from them; 5 names itself, 6 hangs from it."""


def poison(folder: Path, revision: str | None = None) -> None:
    """A linked case whose links an older oddkin would have left in circles; `revision`: as that one left the schema."""
    workspace = open_workspace(folder)
    fill(workspace, [event(1), event(2, 1), event(3, 2), event(4, 3), event(5), event(6, 5), event(7, host="OTHER")])
    workspace.close()
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        for child, parent in CIRCLES.items():
            numbers = (ids.base(1) + parent, ids.base(1) + child)
            connection.execute("UPDATE process SET parent_id = ?, method = 4 WHERE id = ?", numbers)
        if revision is not None:
            make_older(connection, revision)
        connection.commit()


def pids_drawn(workspace: Workspace) -> list[int]:
    nodes = TreeBuilder(workspace, "case", 1_000).hosts(workspace.cases.hosts("case"))
    return sorted(line.node.pid for line in walk(nodes) if line.node.pid is not None)


def parents(workspace: Workspace) -> dict[int, int]:
    with workspace.read() as connection:
        rows = connection.exec_driver_sql("SELECT pid, parent_id & 4294967295 FROM process ORDER BY id").all()
    return {row[0]: row[1] for row in rows}


def test_a_poisoned_workspace_heals_when_it_is_opened_and_says_so(tmp_path: Path) -> None:
    poison(tmp_path, "0005_learnt_queue")
    workspace = open_workspace(tmp_path)
    assert pids_drawn(workspace) == [*PIDS, 7]
    assert parents(workspace) == {1: 0, 2: 1, 3: 2, 4: 3, 5: 0, 6: 5, 7: 0}
    assert [host.unlinked for host in workspace.cases.hosts("case")] == [False, True]
    (said,) = workspace.said
    assert said.startswith("On 1 host forged records had made processes their own ancestors")
    workspace.close()
    again = open_workspace(tmp_path)
    assert again.said == ()
    link_case("case", again.ingest, Run())
    assert parents(again) == {1: 0, 2: 1, 3: 2, 4: 3, 5: 0, 6: 5, 7: 0}
    assert not any(host.unlinked for host in again.cases.hosts("case"))
    again.close()


def test_the_doctor_finds_circles_where_there_are_some(tmp_path: Path) -> None:
    poison(tmp_path)
    workspace = open_workspace(tmp_path)
    # The links were changed behind the store's back, which the digests of the host tell too.
    assert [complaint.code for complaint in examine(workspace)] == ["circle", "damage"]
    with workspace.read() as connection:
        assert [circle.process_id & 0xFFFFFFFF for circle in closing_links(connection)] == [1, 5]
    workspace.close()


@pytest.fixture
def poisoned(tmp_path: Path) -> Workspace:
    """With its circles: nobody migrated it since."""
    poison(tmp_path)
    return open_workspace(tmp_path)


def test_a_way_upwards_ends(poisoned: Workspace) -> None:
    line = poisoned.processes.ancestors(ids.base(1) + 4, 1_000)
    assert [process.pid for process in line] == [1, 2, 3, 4]
    found = poisoned.processes.find("case", pid=5)
    assert [process.pid for process in poisoned.processes.ancestors(found[0].id)] == [5]


def test_a_tree_around_a_circle_is_drawn_once(poisoned: Workspace) -> None:
    wanted = [process for pid in PIDS for process in poisoned.processes.find("case", pid=pid)]
    roots = TreeBuilder(poisoned, "case", 1_000).around(wanted)
    assert sorted(line.node.pid or 0 for line in walk(roots)) == [*PIDS]
    assert shape(roots) == [(2, [(3, [(1, []), (4, [])])]), (5, [(6, [])])]


def shape(nodes: list[DrawnNode]) -> list[tuple[int | None, list[object]]]:
    return [(node.pid, [*shape(node.children)]) for node in nodes]


def test_a_place_in_the_forest_hangs_from_its_host(poisoned: Workspace) -> None:
    line = ForestPages(poisoned, "case").line(ids.base(1) + 4)
    assert [row.pid for row in line.rows] == [1, 2, 3, 4]
    assert not line.complete


def test_no_target_in_a_circle_is_lost(poisoned: Workspace) -> None:
    targets = matching(poisoned, "case", ALL)
    focus = Focus("all", targets, [ids.base(1), ids.base(2)])
    assert sorted(number & 0xFFFFFFFF for number in focus.order if ids.host_of(number) == 1) == [*PIDS]
    assert len(focus.order) == 7


def test_the_branch_below_a_process_in_a_circle_ends(poisoned: Workspace) -> None:
    assert [row.pid for row in branch_rows(poisoned, "case", ids.base(1) + 2)] == [2, 3, 1, 4]


@pytest.mark.parametrize("at", range(1, 40))
def test_linking_that_is_stopped_anywhere_changes_nothing_and_is_done_the_next_time(tmp_path: Path, at: int) -> None:
    workspace = open_workspace(tmp_path)
    records = [event(number, number // 2 or None) for number in range(1, 30)]
    fill(workspace, records[:20])
    before = parents(workspace)
    fresh = workspace.ingest
    ticket = fresh.begin_source("case", "more", "b" * 64, 1, "ndjson")
    fresh.append(ticket, Batch(records[20:], [], 9))
    token = Stopping(at)
    try:
        link_case("case", fresh, Run(token=token))
    except Cancelled:
        assert parents(workspace) == before
        assert fresh.unlinked_hosts("case") == [1]
        assert link_case("case", workspace.ingest, Run()) == 1
    else:
        assert token.asked < at
    assert parents(workspace) == {number: number // 2 for number in range(1, 30)}
    workspace.close()


class Stopping(CancelToken):
    """Cancelled at the n-th question."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.asked = 0
        self._at = at

    def raise_if_cancelled(self) -> None:
        self.asked += 1
        if self.asked == self._at:
            self.cancel()
        super().raise_if_cancelled()
