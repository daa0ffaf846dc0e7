"""Findings in the store: every chain in one, pages by number, what they cover, filters and orders, verdicts on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import NotFound, StoreError
from engine.findings.incidents import MORE, NEXT
from store.base.views import QueueRow
from store.queue.covered import covered
from store.queue.filter import QueueFilter
from store.queue.finding_positions import FindingSource
from store.queue.order import ORDERS, RANK
from store.queue.positions import QueueSource
from store.workspace import Workspace, open_workspace
from tests.pages import small
from tests.store import samples

HUB = "C:\\Windows\\explorer.exe"


def family(host: str, first: int, images: list[str]) -> list[object]:
    """A hub, a program below it, and what that starts."""
    events = [samples.event(first, host=host, image=HUB), samples.event(first + 1, first, host=host, image=images[0])]
    return events + [samples.event(first + 2 + n, first + 1, host=host, image=image) for n, image in enumerate(images[1:])]


def filled(folder: Path) -> Workspace:
    space = open_workspace(folder)
    events = []
    for number, host in enumerate(("WEB01", "WEB02", "DB01")):
        events += family(host, 1 + 100 * number, ["C:\\a.exe", "C:\\x.exe", "C:\\y.exe"])
    events += family("DB01", 1000, ["C:\\a.exe", "C:\\x.exe", "C:\\z.exe"])
    for number in range(30):
        events += family("WEB01", 2000 + 10 * number, [f"C:\\p{number}.exe", f"C:\\q{number % 7}.exe"])
    samples.fill(space, events)  # type: ignore[arg-type]
    return space


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    space = filled(tmp_path_factory.mktemp("findings") / "w")
    samples.score(space, flagged=20, grouped=True)
    keys = [row.key for row in space.queue.page("case", limit=1000)]
    space.labels.set("case", keys[3:12:3], "malicious")
    space.labels.set("case", keys[20:60:2], "benign")
    yield space
    space.close()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Workspace]:
    space = filled(tmp_path / "w")
    samples.score(space, flagged=20, grouped=True)
    yield space
    space.close()


def listed(workspace: Workspace) -> list[QueueRow]:
    return list(workspace.findings.page("case", limit=1000))


def members(workspace: Workspace, row: QueueRow) -> list[QueueRow]:
    assert row.whole is not None
    return list(workspace.findings.members(row.whole, limit=1000))


def test_every_scored_chain_is_in_exactly_one_finding(workspace: Workspace) -> None:
    everything = workspace.queue.page("case", limit=1000)
    found = [chain.key for row in listed(workspace) for chain in members(workspace, row)]
    assert sorted(found) == sorted(row.key for row in everything)
    assert [row.whole.number for row in listed(workspace) if row.whole] == list(range(1, workspace.findings.count("case") + 1))
    # The three hosts' families are one finding, the fourth's x.exe is read there and only the rest in its own.
    assert len(listed(workspace)) < len(everything)


def test_a_finding_tells_what_its_chains_cover(workspace: Workspace) -> None:
    before = float("inf")
    for row in listed(workspace):
        whole, chains = row.whole, members(workspace, row)
        assert whole is not None
        assert whole.score <= before
        before = whole.score
        best = sorted((chain.score for chain in chains), reverse=True)
        assert whole.score == pytest.approx(best[0] + NEXT * sum(best[1 : 1 + MORE]))
        assert row == replace(chains[0], whole=whole)
        assert {chain.member_of for chain in chains} == {whole.number}
        coverage = covered(workspace, [chain.chain_id for chain in chains])
        assert (whole.processes, whole.hosts, whole.chains) == (coverage.processes, coverage.hosts, coverage.chains)
        assert whole.first_us == min(chain.first_us for chain in chains if chain.first_us is not None)
        assert all(chain.finding in {0, whole.number} for chain in chains)
        assert workspace.findings.of_chain(
            chains[-1].chain_id, QueueSource(workspace, workspace.learnt, "case").model_id
        ) == replace(whole, mixed=False)


def test_identical_families_of_three_hosts_are_one_finding(workspace: Workspace) -> None:
    x = next(row for row in listed(workspace) if any(step.endswith("x.exe") for m in members(workspace, row) for step in m.steps))
    assert x.whole is not None
    assert x.whole.hosts == 3


def test_flagged_findings_are_those_with_a_chain_above_the_threshold(workspace: Workspace) -> None:
    flagged = workspace.findings.page("case", QueueFilter(flagged=True), limit=1000)
    assert [row.key for row in flagged] == [row.key for row in listed(workspace) if row.finding]
    assert workspace.queue.counts("case").findings == len(flagged)


FILTERS = st.builds(
    QueueFilter,
    verdicts=st.lists(st.sampled_from(("malicious", "benign", "undecided")), max_size=2, unique=True).map(tuple),
    host_id=st.sampled_from([None, None, 1, 2]),
    image=st.sampled_from(["", "", "p1", "x.exe", "nothing"]),
    min_score=st.sampled_from([None, None, 2.0, 3.1]),
    flagged=st.sampled_from([False, False, True]),
    finding=st.sampled_from([None, None, 1, 3]),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=FILTERS, order=st.sampled_from(ORDERS), reverse=st.booleans())
def test_a_filter_leaves_the_findings_of_the_chains_that_it_leaves(
    workspace: Workspace, wanted: QueueFilter, order: object, reverse: bool
) -> None:
    chains = workspace.queue.page("case", wanted, limit=1000)
    expected = {row.member_of for row in chains}
    source = FindingSource(workspace, workspace.learnt, "case", wanted, order, reverse=reverse)  # type: ignore[arg-type]
    assert source.load()
    rows = [row for start in range(0, source.count(), 7) for row in source.rows(start, start + 7)]
    assert {row.whole.number for row in rows if row.whole} == expected
    assert len(rows) == len(expected) == source.count()
    if order is RANK and not reverse:
        assert rows == list(workspace.findings.page("case", wanted, limit=1000))
    for position, row in enumerate(rows):
        number = source.rank_of(row.key)
        assert number is not None
        assert source.position(number) == position


def test_orders_sort_by_what_they_say(workspace: Workspace) -> None:
    value = {
        "rarity": lambda whole: whole.processes, "hosts": lambda whole: -whole.hosts, "first seen": lambda whole: whole.first_us,
        "last seen": lambda whole: -whole.last_us, "length": lambda whole: -whole.chains, "finding": lambda whole: whole.number,
    }  # fmt: skip
    for order in ORDERS[1:]:
        for reverse in (False, True):
            source = FindingSource(workspace, workspace.learnt, "case", order=order, reverse=reverse)
            source.load()
            values = [value[order.name](row.whole) for row in source.rows(0, source.count())]
            assert values == sorted(values, reverse=reverse)


def test_pages_of_members_go_both_ways(workspace: Workspace) -> None:
    row = max(listed(workspace), key=lambda row: row.whole.chains if row.whole else 0)
    assert row.whole is not None
    chains = members(workspace, row)
    assert len(chains) > 2
    assert workspace.findings.members(row.whole, after=chains[0].rank, limit=1) == (chains[1],)
    assert workspace.findings.members(row.whole, after=chains[2].rank, limit=1, backwards=True) == (chains[1],)
    assert workspace.findings.position(row.whole, chains[2].rank) == 2


def test_the_next_undecided_finding_and_mixed_verdicts(workspace: Workspace) -> None:
    source = FindingSource(workspace, workspace.learnt, "case")
    rows = source.rows(0, source.count())
    undecided = [position for position, row in enumerate(rows) if row.verdict is None]
    for start in (0, 2, 5):
        assert source.undecided_from(start)[0] == min(position for position in undecided if position >= start)
    assert source.undecided_from(len(rows)) == (None, len(rows))
    for row in rows:
        assert row.whole is not None
        assert row.whole.mixed == (len({chain.verdict for chain in members(workspace, row)[:16]}) > 1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    stride=st.integers(1, 7), looks=st.integers(1, 3), start=st.integers(0, 45), pending=st.sets(st.integers(0, 45), min_size=10),
)  # fmt: skip
def test_no_undecided_finding_is_lost_between_two_looks(
    workspace: Workspace, stride: int, looks: int, start: int, pending: set[int]
) -> None:
    """However few findings a look takes in, and wherever it stops: who goes on from there finds the first one."""
    source = FindingSource(workspace, workspace.learnt, "case")
    rows = source.rows(0, source.count())
    skip = {row.key for place, row in enumerate(rows) if place in pending}
    undecided = [place for place, row in enumerate(rows) if row.verdict is None and row.key not in skip]
    with small("store.queue.finding_positions.STRIDE", size=stride):
        found, at = source.undecided_from(start, skip, looks)
        while found is None and at < len(rows):
            before = at
            found, at = source.undecided_from(at, skip, looks)
            assert at > before
    assert found == next((place for place in undecided if place >= start), None)


def test_a_verdict_on_a_finding_covers_its_chains_and_undo_restores_exactly(fresh: Workspace) -> None:
    row = next(row for row in listed(fresh) if row.whole and row.whole.chains > 2)
    keys = [chain.key for chain in members(fresh, row)]
    fresh.labels.set("case", [keys[1]], "false_positive", note="mine", author="eve")
    before = fresh.labels.current("case")
    chosen = fresh.findings.chains([row])
    assert list(chosen) == keys
    coverage = fresh.findings.coverage([row])
    assert row.whole is not None
    assert (coverage.processes, coverage.hosts) == (row.whole.processes, row.whole.hosts)
    fresh.labels.set("case", list(chosen), "malicious", author="ann")
    assert {label.chain_key: label.verdict for label in fresh.labels.current("case")} == dict.fromkeys(keys, "malicious")
    fresh.labels.undo("case", author="ann")
    assert fresh.labels.current("case") == before
    fresh.labels.redo("case", author="ann")
    assert {label.verdict for label in fresh.labels.current("case")} == {"malicious"}


def test_a_finding_of_an_older_scoring_is_refused(fresh: Workspace) -> None:
    row = listed(fresh)[0]
    samples.score(fresh, flagged=20, model=QueueSource(fresh, fresh.learnt, "case").model_id, grouped=True)
    with pytest.raises(StoreError, match="scored anew"):
        fresh.findings.chains([row])
    assert listed(fresh)[0].whole is not None
    assert listed(fresh)[0].whole.key == row.whole.key  # type: ignore[union-attr]


def test_a_moved_threshold_keeps_the_findings(fresh: Workspace) -> None:
    before = [row.whole for row in listed(fresh)]
    days = fresh.thresholds.standing("case").host_days
    promised = fresh.thresholds.what_if("case", 9)
    moved = fresh.thresholds.move("case", 9 / days)
    assert moved == promised
    rows = fresh.queue.page("case", limit=1000)
    assert [row.finding for row in rows] == [row.member_of if row.rank <= moved.chains else 0 for row in rows]
    assert moved.findings == len({row.member_of for row in rows[: moved.chains]}) == fresh.queue.counts("case").findings
    assert [row.whole for row in listed(fresh)] == before


def test_chains_that_went_away_while_the_model_worked_leave_no_gap(fresh: Workspace) -> None:
    corpus = fresh.chains.load_corpus(["case"])
    with fresh.write() as connection:
        gone = listed(fresh)[1]
        chosen = list(fresh.findings.chains([gone]).values())
        marks = ",".join("?" * len(chosen))
        connection.exec_driver_sql(f"DELETE FROM chain_step WHERE chain_id IN ({marks})", tuple(chosen))
        connection.exec_driver_sql(f"UPDATE process SET chain_id = NULL WHERE chain_id IN ({marks})", tuple(chosen))
        connection.exec_driver_sql(f"DELETE FROM chain WHERE id IN ({marks})", tuple(chosen))
        connection.commit()
    from engine.findings.incidents import chain_findings
    from tests.store.scores.test_thresholds import _scores

    scores = _scores(corpus.ids)
    found = chain_findings(corpus, fresh.chains.load_processes(["case"], corpus), scores.score)
    fresh.chains.write_scores("case", samples.publish(fresh, '{"n": 9}'), replace(scores, findings=found))
    rows = listed(fresh)
    assert [row.whole.number for row in rows if row.whole] == list(range(1, len(rows) + 1))
    assert fresh.findings.count("case") == len(rows)
    assert sorted(c.rank for row in rows for c in members(fresh, row)) == list(range(1, len(corpus) - len(chosen) + 1))


def test_without_the_processes_nothing_is_grouped(fresh: Workspace) -> None:
    samples.score(fresh, flagged=4)
    assert fresh.findings.count("case") == 0
    assert fresh.findings.page("case") == ()
    assert FindingSource(fresh, fresh.learnt, "case").count() == 0
    with pytest.raises(NotFound):
        fresh.findings.get("case", 1)
