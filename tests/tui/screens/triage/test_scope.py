"""What the gutter marks is what a verdict writes: any scope, any process under the cursor, any marks, whatever is decided."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.base.views import QueueRow
from store.queue.incidents import MOST
from store.verdicts.subject import OfProcess
from store.workspace import Workspace, open_workspace
from tests.store import samples
from tests.tui.conftest import CASE
from tui.actions.incident_story import of_one
from tui.screens.triage.incident.paint import COVERED, TreeLook, painted
from tui.screens.triage.incident.rows import IncidentRows
from tui.screens.triage.scope import IN_INCIDENT, written
from tui.screens.triage.state import QueueView, TriageState
from tui.words.spans import text_of
from tui.words.triage.scope_words import Reach


class Case:
    """A case with a finding of several incidents."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.findings = [row for row in workspace.findings.page(CASE) if row.whole is not None]
        self.incidents = {
            row.whole.number: [self._rows(row, place) for place in range(1, row.whole.incidents + 1)]
            for row in self.findings
            if row.whole is not None
        }

    def _rows(self, row: QueueRow, place: int) -> IncidentRows:
        assert row.whole is not None
        incident = self.workspace.findings.incident(CASE, row.whole.number, place)
        return IncidentRows(of_one(self.workspace, CASE, incident, MOST)[1])

    def judged(self) -> dict[int, str]:
        everything = {number for told in self.incidents.values() for rows in told for number in rows.judged}
        labels = self.workspace.labels.of_processes(CASE, sorted(everything))
        return {process: label.verdict for process, label in labels.items()}


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    with closing(open_workspace(tmp_path_factory.mktemp("scope") / "w")) as workspace:
        parents = [None, 1, 1, 2, 2, 3, 5, 5, 8, 8, 8, 10]
        events = [
            samples.event(base + place, None if parent is None else base + parent, host=host, image=f"C:\\{place}.exe")
            for base, host in ((0, "WEB01"), (100, "DB"), (200, "MAIL"))
            for place, parent in enumerate(parents, start=1)
        ]
        samples.fill(workspace, events, case=CASE)
        samples.score(workspace, CASE, grouped=True)
        yield Case(workspace)


@given(st.data())
def test_the_rows_with_a_bar_and_those_out_of_sight_are_what_the_verdict_writes(case: Case, data: st.DataObject) -> None:
    row = data.draw(st.sampled_from(case.findings))
    assert row.whole is not None
    told = case.incidents[row.whole.number]
    place = data.draw(st.integers(1, len(told)))
    everything = sorted(told[place - 1].covered)
    before = data.draw(st.sets(st.sampled_from(sorted(told[place - 1].judged)), max_size=6))
    for process in sorted(before):
        case.workspace.labels.give(CASE, OfProcess(process), "benign", author="eve")
    try:
        rows, state = case._rows(row, place), TriageState(view=QueueView())
        wanted, cursor = data.draw(st.sampled_from(IN_INCIDENT)), data.draw(st.sampled_from([None, *everything]))
        state.rung(row)
        state.scope = wanted
        marks = data.draw(st.lists(st.sampled_from(case.findings), max_size=2))
        for one in marks:
            state.marks[one.key] = one
        target = state.target(row, rows, cursor)
        shown = written(Reach.FINDING if state.marks else wanted, rows, cursor)
        if state.marks and row.key not in state.marks:
            shown = frozenset()
        given_ = {}
        if target is not None:
            done = case.workspace.labels.give(CASE, target.on, "malicious", author="ada")
            given_ = {process: said for process, said in case.judged().items() if said == "malicious"}
            if done.batch:
                case.workspace.labels.undo(CASE, author="ada")
        look = TreeLook(rows, lambda _: "", covered=shown)
        barred = {one.id for one in rows.rows if one.alone and text_of(painted(look, one, 80, here=False)).startswith(COVERED)}
        there = {number for number in given_ if number in rows.covered}
        assert barred | {number for number in shown if rows.place(number) is None} == there
        beyond = given_.keys() - there
        others = {number for other in told for number in other.judged} - set(rows.covered)
        assert bool(beyond) <= (bool(state.marks) or wanted is Reach.FINDING)
        if wanted is Reach.FINDING and not state.marks:
            assert beyond == others  # out of sight: the other incidents of the finding
    finally:
        for _ in before:
            case.workspace.labels.undo(CASE, author="eve")
        assert case.judged() == {}


@given(st.lists(st.sampled_from(["x", "X", "j", "k", "h", "l"]), max_size=30))
def test_no_sequence_of_moves_changes_the_scope(case: Case, keys: list[str]) -> None:
    row = case.findings[0]
    assert row.whole is not None
    rows, state, at, expected = case._rows(row, 1), TriageState(), 0, IN_INCIDENT.index(Reach.INCIDENT)
    for key in keys:
        if key in "xX":
            by = 1 if key == "x" else -1
            state.widen(row, by)
            expected = max(0, min(expected + by, len(IN_INCIDENT) - 1))
        elif key in "jk":
            at = max(0, min(at + (1 if key == "j" else -1), len(rows.rows) - 1))
        elif key == "h":
            rows.close(rows.rows[at])
            at = min(at, len(rows.rows) - 1)
        else:
            rows.open(rows.rows[at])
        state.target(row, rows, rows.rows[at].id if rows.rows[at].id in rows.covered else None)
        assert state.rung(row) is IN_INCIDENT[expected]
