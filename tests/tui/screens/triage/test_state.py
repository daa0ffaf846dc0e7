"""What triage knows, without a screen: filter, order, list, cursor, marks, the open finding, the question, the words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from store.base.views import QueueRow
from store.queue.filter import QueueFilter
from store.queue.order import DIVERSE, LEARNT, ORDERS, RANK, UNCERTAIN
from store.queue.pages import EVERYTHING
from store.verdicts.extent import Cell, Extent
from store.verdicts.subject import OfIncident, OfProcess
from store.where.meaning import read
from store.workspace import Workspace, open_workspace
from tests.store import samples
from tests.tui.conftest import CASE
from tui.actions.verdict_question import ASK_ABOVE
from tui.screens.triage.state import MARK_LIMIT, QueueView, TriageState, question
from tui.screens.triage.target import VerdictTarget
from tui.words.triage.scope_words import Reach


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """Nine chains in findings."""
    workspace = open_workspace(tmp_path / "w")
    samples.fill(workspace, [samples.event(number, number // 2 or None) for number in range(1, 10)], case=CASE)
    samples.score(workspace, CASE, grouped=True)
    yield workspace
    workspace.close()


def showing(workspace: Workspace, view: QueueView | None = None) -> TriageState:
    """A list that was read to its end."""
    state = TriageState(view=view or QueueView(by_finding=False))
    arrive(state, workspace)
    return state


def arrive(state: TriageState, workspace: Workspace, cursor: int = 0) -> int:
    """Read what the view says; where the cursor stands then."""
    source = state.view.source(workspace, CASE, 0)
    source.load()
    return state.arrive(source, cursor)


def rows_of(state: TriageState) -> list[QueueRow]:
    assert state.source is not None
    return list(state.source.rows(0, state.source.count()))


def test_filter_keys_are_switches() -> None:
    view = QueueView(wanted=QueueFilter(where=read("image:cmd")))
    assert view.flagged().wanted == QueueFilter(where=read("image:cmd is:flagged"))
    assert view.flagged().flagged() == view
    assert view.everything().wanted == EVERYTHING


def test_orders_go_round_the_ones_that_there_are() -> None:
    there = (LEARNT, DIVERSE, RANK, *ORDERS[1:])
    view, seen = QueueView(), []
    for _ in there:
        view = view.sorted(there, forward=True)
        seen.append(view.order)
    assert seen == [*there[1:], LEARNT]
    assert QueueView(order=UNCERTAIN).sorted(there, forward=True).order is LEARNT  # it is none of them any more
    backwards = view.sorted(there, forward=False)
    assert backwards == replace(view, reverse=True)
    assert not backwards.sorted(there, forward=True).reverse


def test_chains_instead_of_findings_and_back(workspace: Workspace) -> None:
    state = showing(workspace, QueueView())
    assert state.shows_findings
    state.findings_or_chains()
    arrive(state, workspace)
    assert not state.shows_findings
    state.findings_or_chains()
    assert state.view == QueueView()


def test_the_cursor_goes_to_the_kept_chain_or_to_the_top(workspace: Workspace) -> None:
    state = showing(workspace)
    key = rows_of(state)[4].key
    state.expect(key)
    assert arrive(state, workspace, cursor=7) == 4
    state.expect()
    assert arrive(state, workspace, cursor=7) == 0
    state.expect("a chain that is not there")
    assert arrive(state, workspace, cursor=7) == 0
    assert state.position(key) == 4


def test_a_kept_chain_waits_for_its_line(workspace: Workspace) -> None:
    state = showing(workspace)
    source = QueueView(wanted=QueueFilter(where=read("score>=0")), by_finding=False).source(workspace, CASE, 0)
    state.expect()
    assert not state.ready(source)  # no line is known
    source.load(stop=lambda: True)
    assert source.count() > 0
    assert not source.complete
    assert state.ready(source)
    state.expect(rows_of(state)[-1].key)
    assert not state.ready(source)


def test_a_list_on_its_way_takes_the_new_order_by_itself(workspace: Workspace) -> None:
    state = showing(workspace)
    state.expect("kept")
    state.coming = state.view.source(workspace, CASE, 0)
    state.expect(follow=True)
    assert (state.keep, state.following, state.coming) == ("kept", False, None)
    arrive(state, workspace)
    state.expect(follow=True)
    assert state.following
    assert arrive(state, workspace, cursor=3) == 3


def test_a_case_begins_anew(workspace: Workspace) -> None:
    state = showing(workspace, QueueView(QueueFilter(flagged=True)))
    state.mark(rows_of(state)[0])
    target = many_processes(rows_of(state)[0])
    state.ask(target, "benign")
    state.last_change, state.learning, state.scope = "2 ↑ up", True, Reach.CHAIN
    marks = state.marks
    state.begin()
    assert state.marks is marks  # the table holds it
    assert (state.view, state.scope, state.waiting) == (QueueView(), Reach.INCIDENT, None)
    assert state.subtitle() == "order: rank"
    assert not marks


def test_marks_are_switches_and_come_before_the_cursor(workspace: Workspace) -> None:
    state = showing(workspace)
    first, second, third = rows_of(state)[:3]
    assert state.target(None) is None
    assert state.target(third) == VerdictTarget((third,))
    state.mark(first)
    state.mark(second)
    state.mark(first)
    assert state.target(third) == VerdictTarget((second,))
    assert state.mark_all() == ""
    assert state.marks == {}
    assert state.mark_all() == ""
    assert list(state.marks.values()) == rows_of(state)


def test_too_many_are_not_marked_at_once(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    state = showing(workspace)
    count = len(rows_of(state))
    monkeypatch.setattr("tui.screens.triage.state.MARK_LIMIT", count - 1)
    assert state.mark_all().startswith(f"{count} chains are too many")
    assert state.marks == {}
    monkeypatch.setattr("tui.screens.triage.state.MARK_LIMIT", count)
    assert state.mark_all() == ""
    assert len(state.marks) == count
    assert count < MARK_LIMIT


def test_findings_with_too_many_chains_are_not_marked_at_once(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    state = showing(workspace, QueueView())
    chains = sum(row.whole.chains for row in rows_of(state) if row.whole is not None)
    assert len(rows_of(state)) < chains
    monkeypatch.setattr("tui.screens.triage.state.MARK_LIMIT", chains - 1)
    assert state.mark_all().startswith(f"These findings have {chains} chains")
    assert state.marks == {}
    monkeypatch.setattr("tui.screens.triage.state.MARK_LIMIT", chains)
    assert state.mark_all() == ""
    assert len(state.marks) == len(rows_of(state))


def many_processes(*rows: QueueRow) -> VerdictTarget:
    """Chains of so many processes that a verdict on them is asked about."""
    return VerdictTarget(tuple(replace(row, whole=None, count=ASK_ABOVE + 1) for row in rows))


EXTENT = Extent(
    {Cell(1, 1, None, True, False): 40, Cell(2, 1, None, False, False): 30, Cell(3, 1, "benign", True, False): 9}, True
)


def test_a_range_is_from_the_newest_mark_to_the_cursor(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    state = showing(workspace)
    rows = rows_of(state)
    state.mark(rows[4], 4)
    assert state.mark_range(2) == ""
    assert list(state.marks.values()) == [rows[4], rows[2], rows[3]]
    assert state.mark_range(5) == ""  # from the end of the last range on
    assert set(state.marks) == {row.key for row in rows[2:6]}
    monkeypatch.setattr("tui.screens.triage.state.MARK_LIMIT", 3)
    assert state.mark_range(0).startswith("6 lines are too many")


@pytest.mark.parametrize(
    ("change", "asks"),
    [
        ({"count": ASK_ABOVE, "host_count": 1, "finding": 1}, False),
        ({"count": ASK_ABOVE + 1, "host_count": 1, "finding": 1}, True),
        ({"count": ASK_ABOVE, "host_count": 2, "finding": 1}, True),
        ({"count": ASK_ABOVE, "host_count": 1, "finding": 0}, True),
    ],
)
def test_what_is_likely_asked_about_by_what_the_line_tells(workspace: Workspace, change: dict[str, int], asks: bool) -> None:
    row = replace(rows_of(showing(workspace))[0], **change)  # type: ignore[arg-type]
    assert VerdictTarget((row,)).asks == asks
    assert VerdictTarget((row, row)).asks
    assert not VerdictTarget((row,), OfProcess(7), processes=1).asks


def test_a_question_is_counted_changed_and_dropped(workspace: Workspace) -> None:
    state = showing(workspace)
    target = many_processes(*rows_of(state)[:2])
    waiting = state.ask(target, "malicious")
    assert state.counted(waiting, EXTENT)
    assert waiting.question is not None
    assert waiting.question.everything.processes == 70
    assert state.extent(target) is EXTENT
    assert state.drop(waiting)
    assert not state.drop()
    assert not state.counted(waiting, EXTENT)  # the count came too late


def test_what_is_decided_stays_unless_all_of_it_is() -> None:
    decided = Extent({Cell(1, 1, "benign", True, False): 9}, True, ("ada",))
    asked = question("malicious", decided)
    assert (asked.everything.processes, asked.asks, asked.idle, asked.careful.processes) == (9, True, False, 0)
    assert question("benign", decided).idle
    part = question("malicious", EXTENT)
    assert (part.everything.processes, part.careful.processes, part.skipped) == (70, 40, {"benign": 9})


def test_the_rung_begins_at_the_incident_on_each_line_and_moving_in_it_changes_nothing(workspace: Workspace) -> None:
    state = showing(workspace, QueueView())
    first = rows_of(state)[0]
    assert first.whole is not None
    second = replace(first, key="another", whole=replace(first.whole, number=2))
    assert state.rung(first) is Reach.INCIDENT
    state.widen(first, 1)
    assert state.rung(first) is Reach.FINDING
    state.widen(first, 1)
    assert state.rung(first) is Reach.FINDING
    assert state.rung(replace(first, key="another chain in front")) is Reach.FINDING
    assert state.rung(None) is Reach.FINDING  # the list is being read
    assert state.rung(second) is Reach.INCIDENT
    for _ in range(5):
        state.widen(second, -1)
    assert state.rung(second) is Reach.PROCESS
    assert state.target(second) is None  # of no process while the incident is being read
    chain = replace(first, whole=None)
    assert state.rung(chain) is Reach.CHAIN
    state.widen(chain, 1)
    assert state.rung(chain) is Reach.CHAIN


def test_an_incident_that_is_still_being_read_is_the_target_by_its_place(workspace: Workspace) -> None:
    state = showing(workspace, QueueView())
    row = rows_of(state)[0]
    assert row.whole is not None
    several = replace(row, whole=replace(row.whole, incidents=3))
    target = state.target(several, place=2)
    assert target is not None
    assert target.on == OfIncident(row.whole.number, 2, row.whole.set_id)
    assert (target.keys, target.asks, target.covers) == ((), True, "")
    only = state.target(replace(row, whole=replace(row.whole, incidents=1)))
    assert only is not None
    assert only.keys == (row.key,)


def test_what_was_counted_is_forgotten_with_the_next_verdict(workspace: Workspace) -> None:
    state = showing(workspace)
    first, second = (VerdictTarget((row,)) for row in rows_of(state)[:2])
    state.known = (first, EXTENT)
    assert state.extent(first) is EXTENT
    assert state.extent(second) is None
    acts = state.acts
    assert state.acted() == acts + 1
    assert state.extent(first) is None


def test_a_question_that_was_replaced_is_not_dropped_with_the_other(workspace: Workspace) -> None:
    state = showing(workspace)
    target = many_processes(rows_of(state)[0])
    first = state.ask(target, "malicious")
    second = state.ask(target, "benign")
    assert not state.drop(first)
    assert state.waiting is second


def test_what_is_looked_at_leaves_a_question_behind_and_marks_keep_it(workspace: Workspace) -> None:
    state = showing(workspace)
    first, second = rows_of(state)[:2]
    state.ask(many_processes(first), "benign")
    assert not state.went_to(VerdictTarget((first,)))
    assert state.went_to(VerdictTarget((second,)))
    assert state.waiting is None
    state.ask(many_processes(first), "benign")
    assert state.went_to(VerdictTarget((first,), OfProcess(7)))  # another part of the same line
    state.mark(first)
    state.ask(many_processes(first), "benign")
    assert not state.went_to(VerdictTarget((second,)))
    assert state.waiting is not None


def test_words_over_and_under_the_table(workspace: Workspace) -> None:
    state = showing(workspace)
    total = len(rows_of(state))
    left = {"stop": {"left": 3, "low": 1, "high": 7}}
    assert state.title(None) == f"Queue  {total}"
    assert state.title(left) == f"Queue  {total} · ~3 malicious left (1–7)"
    state.view = QueueView(QueueFilter(where=read("host:WEB01")), by_finding=False)
    arrive(state, workspace)
    assert state.title(None) == f"Queue  {len(rows_of(state))} of {total} · host:WEB01"
    state.view = QueueView(order=ORDERS[1], reverse=True)
    arrive(state, workspace)
    assert state.title(None).startswith("Findings  ")
    state.last_change = "2 ↑ up"
    assert state.subtitle() == f"order: {ORDERS[1].name} reversed  last change: 2 ↑ up"
    state.learning = True
    assert state.subtitle() == f"order: {ORDERS[1].name} reversed  learning from your verdicts …"


def test_words_of_an_export(workspace: Workspace) -> None:
    state = showing(workspace)
    row, total = rows_of(state)[0], len(rows_of(state))
    assert state.export_words([row], EVERYTHING) == "the processes of 1 chain marked"
    assert state.export_words([], EVERYTHING) == ""
    wanted = QueueFilter(where=read("is:flagged"))
    assert state.export_words([], wanted) == f"the processes of the chains that match, {total} chains: is:flagged"
