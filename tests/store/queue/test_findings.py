"""Findings in the store against the FindingSet that they were written from: pages, what they cover, filters and orders."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.domain.processes import ProcessTable
from engine.domain.scores import FindingSet
from engine.errors import NotFound, StoreError
from engine.findings.incidents import incidents
from store.base.views import QueueRow
from store.queue.filter import QueueFilter
from store.queue.finding_positions import FindingSource
from store.queue.judged import JUDGED, LOOKED
from store.queue.order import ORDERS, RANK
from store.queue.positions import QueueSource
from store.verdicts.subject import OfChain
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


@dataclass(frozen=True)
class Covered:
    """One covered process, as the engine told it."""

    finding: int
    place: int
    odd: bool
    score: float
    chain: int
    """Id of its chain, -1 for none."""
    recorded: bool
    time_us: int


def made(workspace: Workspace) -> tuple[ProcessTable, FindingSet, dict[int, Covered]]:
    """The findings as the engine makes them, by process."""
    corpus = workspace.chains.load_corpus(["case"])
    table = workspace.chains.load_processes(["case"], corpus)
    values = samples.chain_scores(corpus)
    own = samples.process_scores(table, values)
    found = incidents(corpus, table, own, values)
    ids = np.append(corpus.ids, -1)
    return table, found, {
        int(table.row[at]): Covered(
            int(found.finding[incident]), int(found.place[incident]), bool(found.odd[at]), float(own[at]),
            int(ids[table.chain[at]]), bool(table.recorded[at]), int(table.time_us[at]),
        )
        for at, incident in enumerate(found.incident.tolist()) if incident >= 0
    }  # fmt: skip


def stored(workspace: Workspace) -> dict[int, tuple[int, int, bool, float | None]]:
    query = (
        "SELECT v.process_id, i.finding, i.place, v.odd, v.score FROM covered v JOIN incident i ON i.set_id = v.set_id"
        " AND i.number = v.incident WHERE v.set_id = (SELECT max(id) FROM score_set)"
    )
    with workspace.read() as connection:
        return {row[0]: (row[1], row[2], bool(row[3]), row[4]) for row in connection.exec_driver_sql(query)}


def test_what_is_covered_is_what_the_engine_covers(workspace: Workspace) -> None:
    _, _, found = made(workspace)
    assert stored(workspace) == {number: (one.finding, one.place, one.odd, one.score) for number, one in found.items()}


def test_a_finding_tells_what_it_covers(workspace: Workspace) -> None:
    _, engine, found = made(workspace)
    rows = listed(workspace)
    assert [row.whole.number for row in rows if row.whole] == list(range(1, workspace.findings.count("case") + 1))
    assert [row.whole.key for row in rows if row.whole] == list(engine.keys)
    by_chain = {row.chain_id: row for row in workspace.queue.page("case", limit=1000)}
    for row in rows:
        whole = row.whole
        assert whole is not None
        mine = {number: one for number, one in found.items() if one.finding == whole.number and one.recorded}
        chains = [row for chain, row in by_chain.items() if chain in {one.chain for one in mine.values()}]
        assert whole.score == engine.score[whole.number - 1]
        assert (whole.processes, whole.odd) == (len(mine), sum(one.odd for one in mine.values()))
        assert whole.hosts == len({number >> 32 for number in mine})
        assert whole.incidents == len({one.place for one in mine.values()})
        times = [one.time_us for one in mine.values()]
        assert (whole.first_us, whole.last_us) == (min(times), max(times))
        assert [one.chain_id for one in members(workspace, row)] == [one.chain_id for one in sorted(chains, key=lambda c: c.rank)]
        assert whole.chains == len(chains)
        assert whole.lead_score == max(one.score for one in mine.values()) == mine[whole.lead].score
        assert row.chain_id == mine[whole.lead].chain
        assert whole.top_rank == row.rank
        assert whole.variant == workspace.processes.get(whole.lead).command_line
        assert mine[whole.lead].odd


def test_a_chain_is_told_in_the_best_finding_that_covers_one_of_its_processes(workspace: Workspace) -> None:
    _, _, found = made(workspace)
    model = QueueSource(workspace, workspace.learnt, "case").model_id
    for row in workspace.queue.page("case", limit=1000):
        best = min(one.finding for one in found.values() if one.chain == row.chain_id and one.recorded)
        assert row.member_of == best
        assert row.finding in {0, best}
        whole = workspace.findings.of_chain(row.chain_id, model)
        assert whole is not None
        assert whole == replace(workspace.findings.get("case", best).whole or whole, mixed=False, partly=False)


def test_identical_families_of_three_hosts_are_one_finding(workspace: Workspace) -> None:
    (whole,) = {row.whole for row in listed(workspace) for m in members(workspace, row) if m.steps[-1].endswith("y.exe")}
    assert whole is not None
    assert (whole.incidents, whole.hosts) == (3, 3)
    places = workspace.findings.incidents("case", whole.number)
    assert [(one.place, one.finding, one.verdict) for one in places] == [(place, whole.number, None) for place in (1, 2, 3)]
    assert {one.host for one in places} == {"WEB01", "WEB02", "DB01"}
    assert places[0].lead == whole.lead
    assert sum(one.processes for one in places) == whole.processes
    assert workspace.findings.incidents("case", whole.number, after=1, limit=1) == places[1:2]
    assert workspace.findings.incident("case", whole.number, 2) == places[1]
    with pytest.raises(NotFound):
        workspace.findings.incident("case", whole.number, 4)


def test_flagged_findings_are_those_whose_oddest_process_is_above_the_threshold(workspace: Workspace) -> None:
    _, _, found = made(workspace)
    threshold = workspace.queue.counts("case").threshold
    above = {one.finding for one in found.values() if one.recorded and one.score >= np.float32(threshold)}
    flagged = workspace.findings.page("case", QueueFilter(flagged=True), limit=1000)
    assert {row.whole.number for row in flagged if row.whole} == above
    assert 0 < len(above) < workspace.findings.count("case")
    assert {row.finding for row in listed(workspace)} == above | {0}
    assert [row for row in listed(workspace) if row.finding] == list(flagged)
    assert workspace.queue.counts("case").findings == workspace.thresholds.standing("case").flagging.findings == len(above)


FILTERS = st.builds(
    QueueFilter,
    verdicts=st.lists(st.sampled_from(("malicious", "benign", "undecided")), max_size=2, unique=True).map(tuple),
    host_id=st.sampled_from([None, None, 1, 2]),
    flagged=st.sampled_from([False, False, True]),
    since_us=st.sampled_from([None, None, 1_700_000_000_002_050]),
    until_us=st.sampled_from([None, None, 1_700_000_000_000_150]),
    finding=st.sampled_from([None, None, 1, 3]),
)


def passing(workspace: Workspace, wanted: QueueFilter) -> set[int]:
    """Findings that a filter leaves, told from the processes that they cover."""
    threshold = workspace.queue.counts("case").threshold
    out = set()
    for row in listed(workspace):
        whole = row.whole
        assert whole is not None
        assert whole.lead_score is not None
        places = workspace.findings.incidents("case", whole.number, limit=1000)
        verdicts = {
            one.verdict or "undecided"
            for place in places
            for one in workspace.findings.processes("case", whole.number, place.place)
            if one.odd
        }
        on_it = any(
            wanted.host_id in {None, one.host_id}
            and (wanted.since_us is None or (one.last_us or 0) >= wanted.since_us)
            and (wanted.until_us is None or (one.first_us or 0) <= wanted.until_us)
            for one in places
        )
        if (
            (not wanted.verdicts or verdicts & set(wanted.verdicts))
            and on_it
            and (not wanted.flagged or whole.lead_score >= np.float32(threshold))
            and wanted.finding in {None, whole.number}
        ):
            out.add(whole.number)
    return out


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=FILTERS, order=st.sampled_from(ORDERS), reverse=st.booleans())
def test_a_filter_leaves_the_findings_that_cover_what_it_asks_for(
    workspace: Workspace, wanted: QueueFilter, order: object, reverse: bool
) -> None:
    expected = passing(workspace, wanted)
    source = FindingSource(workspace, workspace.learnt, "case", wanted, order, reverse=reverse)  # type: ignore[arg-type]
    assert source.load()
    rows = [row for start in range(0, source.count(), 7) for row in source.rows(start, start + 7)]
    assert {row.whole.number for row in rows if row.whole} == expected
    assert len(rows) == len(expected) == source.count()
    if order is RANK and not reverse:
        assert rows == list(workspace.findings.page("case", wanted, limit=1000))
    for position, row in enumerate(rows):
        assert row.whole is not None
        assert source.position(row.whole.number) == position


@pytest.mark.parametrize("few", [0, 20_000])
def test_the_chains_of_a_finding_are_those_that_its_processes_end_in(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr("store.queue.filter.FEW", few)
    for row in listed(workspace):
        assert row.whole is not None
        found = workspace.queue.page("case", QueueFilter(finding=row.whole.number), limit=1000)
        assert list(found) == members(workspace, row)
        assert workspace.queue.count("case", QueueFilter(finding=row.whole.number)) == row.whole.chains


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
    open_ones = {row.whole.number for row in rows if row.whole and (row.whole.partly or not (row.verdict or row.whole.mixed))}
    undecided = [place for place, row in enumerate(rows) if row.whole and row.whole.number in open_ones and row.key not in skip]
    with small("store.queue.finding_positions.STRIDE", size=stride):
        found, at = source.undecided_from(start, skip, looks)
        while found is None and at < len(rows):
            before = at
            found, at = source.undecided_from(at, skip, looks)
            assert at > before
    assert found == next((place for place in undecided if place >= start), None)
    assert source.undecided_from(len(rows)) == (None, len(rows))


def test_a_finding_of_an_older_scoring_is_refused(fresh: Workspace) -> None:
    row = listed(fresh)[0]
    samples.score(fresh, flagged=20, model=QueueSource(fresh, fresh.learnt, "case").model_id, grouped=True)
    for asked in (fresh.findings.chains, fresh.findings.coverage):
        with pytest.raises(StoreError, match="scored anew"):
            asked([row])
    assert listed(fresh)[0].whole is not None
    assert listed(fresh)[0].whole.key == row.whole.key  # type: ignore[union-attr]


def test_coverage_is_of_the_processes_of_findings_and_of_whole_chains(workspace: Workspace) -> None:
    for row in listed(workspace):
        whole = row.whole
        assert whole is not None
        assert list(workspace.findings.chains([row]).values()) == [chain.chain_id for chain in members(workspace, row)]
        alone = workspace.findings.coverage([row, row])
        assert (alone.processes, alone.hosts, alone.chains) == (whole.processes, whole.hosts, whole.chains)
        chain = members(workspace, row)[0]
        inside = sum(
            one.finding == whole.number and one.chain == chain.chain_id and one.recorded for one in made(workspace)[2].values()
        )
        both = workspace.findings.coverage([row, chain])
        assert both.processes == whole.processes - inside + chain.count
        of_chain = workspace.labels.extent("case", OfChain(chain.key)).coverage
        assert workspace.findings.coverage([chain]) == of_chain
        assert max(whole.hosts, of_chain.hosts) <= both.hosts <= 3


def test_a_moved_threshold_keeps_the_findings(fresh: Workspace) -> None:
    before = [replace(row.whole, above=False) for row in listed(fresh) if row.whole]
    days = fresh.thresholds.standing("case").host_days
    promised = fresh.thresholds.what_if("case", 9)
    moved = fresh.thresholds.move("case", 9 / days)
    assert moved == promised
    rows = fresh.queue.page("case", limit=1000)
    assert [row.finding for row in rows] == [row.member_of if row.rank <= moved.chains else 0 for row in rows]
    above = [
        row.whole.number for row in listed(fresh) if row.whole and (row.whole.lead_score or 0) >= np.float32(moved.threshold)
    ]
    assert moved.findings == len(above) == fresh.queue.counts("case").findings
    assert [row.finding for row in listed(fresh) if row.finding] == above
    assert [replace(row.whole, above=False) for row in listed(fresh) if row.whole] == before


Removal = Callable[[Workspace, list[int]], None]


def without_processes(workspace: Workspace, numbers: list[int]) -> None:
    with workspace.write() as connection:
        for number in numbers:
            connection.exec_driver_sql("DELETE FROM process WHERE id = ?", (number,))
        connection.commit()


def second_records(workspace: Workspace, numbers: list[int]) -> None:
    with workspace.write() as connection:
        for number in numbers:
            query = "UPDATE process SET merged_into = ?, parent_id = NULL, chain_id = NULL WHERE id = ?"
            connection.exec_driver_sql(query, (number ^ 1, number))
        connection.commit()


def without_their_chains(workspace: Workspace, numbers: list[int]) -> None:
    with workspace.write() as connection:
        for number in numbers:
            chain = connection.exec_driver_sql("SELECT chain_id FROM process WHERE id = ?", (number,)).scalar()
            connection.exec_driver_sql("UPDATE process SET chain_id = NULL WHERE chain_id = ?", (chain,))
            connection.exec_driver_sql("DELETE FROM chain WHERE id = ?", (chain,))
        connection.commit()


@pytest.mark.parametrize("remove", [without_processes, second_records, without_their_chains])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_went_away_while_the_model_worked_leaves_no_gap(
    tmp_path_factory: pytest.TempPathFactory, remove: Removal, data: st.DataObject
) -> None:
    space = filled(tmp_path_factory.mktemp("gone") / "w")
    scores = samples.scores_of(space, "case", 20, grouped=True)
    table, engine, found = made(space)
    gone = data.draw(st.sets(st.sampled_from(sorted(number for number, one in found.items() if one.recorded)), max_size=60))
    gone |= {int(table.row[lead]) for lead in data.draw(st.sets(st.sampled_from(engine.lead.tolist()), max_size=5))}
    remove(space, sorted(gone))
    with space.read() as connection:
        chains = set(connection.exec_driver_sql("SELECT id FROM chain").scalars())
    left = {
        number: one for number, one in found.items()
        if (one.chain in chains if remove is without_their_chains else number not in gone)
    }  # fmt: skip
    space.chains.write_scores("case", samples.publish(space, '{"n": 9}'), scores)
    rows = listed(space)
    kept = sorted({one.finding for one in left.values() if one.recorded})
    assert [row.whole.key for row in rows if row.whole] == [engine.keys[number - 1] for number in kept]
    assert [row.whole.number for row in rows if row.whole] == list(range(1, len(rows) + 1))
    number_of = {old: new for new, old in enumerate(kept, 1)}
    assert {number: (finding, odd) for number, (finding, _, odd, _) in stored(space).items()} == {
        number: (number_of[one.finding], one.odd) for number, one in left.items() if one.finding in number_of
    }
    for row in rows:
        whole = row.whole
        assert whole is not None
        mine = {number: one for number, one in left.items() if one.finding == kept[whole.number - 1] and one.recorded}
        places = space.findings.incidents("case", whole.number, limit=1000)
        assert [one.place for one in places] == list(range(1, whole.incidents + 1))
        assert whole.processes == len(mine) == sum(one.processes for one in places)
        assert whole.lead_score == max(one.score for one in mine.values())
        assert all(one.top in left and one.lead in mine for one in places)
    space.close()


def test_without_the_processes_nothing_is_grouped(fresh: Workspace) -> None:
    samples.score(fresh, flagged=4)
    assert fresh.findings.count("case") == 0
    assert fresh.findings.page("case") == ()
    assert FindingSource(fresh, fresh.learnt, "case").count() == 0
    assert fresh.queue.counts("case").findings == fresh.thresholds.standing("case").flagging.findings == 4
    with pytest.raises(NotFound):
        fresh.findings.get("case", 1)


def test_bounds_of_what_is_judged_are_told() -> None:
    assert (LOOKED, JUDGED) == (64, 16)
