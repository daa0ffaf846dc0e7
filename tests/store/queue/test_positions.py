"""Positions and ranks: the source against a plain sort of all rows, with any filter and order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import NotFound
from store.queue import positions
from store.queue.filter import QueueFilter
from store.queue.order import ORDERS, RANK
from store.queue.positions import STRIDE, QueueSource
from store.queue.sort import ranks_in_order
from store.where.meaning import read
from store.workspace import Workspace, open_workspace
from tests.store import samples

VERDICTS = ("malicious", "benign", "undecided")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    space = open_workspace(tmp_path_factory.mktemp("queue") / "w")
    events = [samples.event(number, number // 2 or None, host=("WEB01", "DB02")[number % 2]) for number in range(1, 160)]
    events += [samples.event(1000 + number, host="LONE", image=f"C:\\Odd\\x{number}.exe") for number in range(300)]
    samples.fill(space, events)
    samples.score(space, flagged=20)
    keys = [row.key for row in space.queue.page("case", limit=1000)]
    space.labels.set("case", keys[3:30:3], "malicious")
    space.labels.set("case", keys[40:300], "benign")
    yield space
    space.close()


filters = st.builds(
    QueueFilter,
    verdicts=st.lists(st.sampled_from(VERDICTS), max_size=2, unique=True).map(tuple),
    host_id=st.sampled_from([None, None, 1, 2]),
    where=st.sampled_from(["", "", "image:x1", "image:app3 score>=1.5", "score>=2.4", "image:nothing"]).map(read),
    flagged=st.sampled_from([False, False, True]),
    since_us=st.sampled_from([None, 1_700_000_000_000_050]),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=filters, order=st.sampled_from(ORDERS), reverse=st.booleans(), start=st.integers(-5, 400), size=st.integers(0, 200))
def test_any_window_is_that_of_a_plain_list(
    workspace: Workspace, wanted: QueueFilter, order: object, reverse: bool, start: int, size: int
) -> None:
    source = QueueSource(workspace, workspace.learnt, "case", wanted, order, reverse=reverse)  # type: ignore[arg-type]
    assert source.load()
    everything = workspace.queue.page("case", wanted, limit=10_000)
    if order is RANK:
        everything = tuple(reversed(everything)) if reverse else everything
        assert source.rows(start, start + size) == everything[max(start, 0) : max(start + size, 0)]
    rows = [row for begin in range(0, source.count(), 97) for row in source.rows(begin, begin + 97)]
    assert sorted(row.rank for row in rows) == sorted(row.rank for row in everything)
    for position, row in list(enumerate(rows))[:: max(1, len(rows) // 7)]:
        assert source.position(row.rank) == position
        assert source.rank_of(row.key) == row.rank


def test_orders_sort_by_what_they_say(workspace: Workspace) -> None:
    for order in ORDERS:
        for reverse in (False, True):
            source = QueueSource(workspace, workspace.learnt, "case", order=order, reverse=reverse)
            source.load()
            rows = source.rows(0, source.count())
            value = {
                "rank": lambda row: row.rank,
                "rarity": lambda row: row.count, "hosts": lambda row: -row.host_count, "first seen": lambda row: row.first_us,
                "last seen": lambda row: -row.last_us, "finding": lambda row: row.finding or 10**9,
                "length": lambda row: -len(row.steps),
            }[order.name]  # fmt: skip
            values = [value(row) for row in rows if not (order.name == "finding" and not row.finding)]
            assert values == sorted(values, reverse=reverse)


def test_chains_without_a_time_come_last_either_way(workspace: Workspace) -> None:
    with workspace.write() as connection:
        connection.exec_driver_sql("UPDATE chain SET first_us = NULL, last_us = NULL WHERE id % 3 = 0")
        for order in ORDERS:
            for reverse in (False, True):
                source = QueueSource(workspace, workspace.learnt, "case", order=order, reverse=reverse)
                query = (
                    "SELECT s.rank FROM score s JOIN chain c ON c.id = s.chain_id"
                    f" WHERE s.set_id = {source._set} ORDER BY {order.clause(reverse=reverse)}"
                )
                cursor = connection.connection.cursor()
                ranks = ranks_in_order(cursor, 1, source._set, order, reverse, source.total, lambda _share: False)
                assert ranks is not None
                assert ranks.tolist() == list(connection.exec_driver_sql(query).scalars())


def test_sorting_tells_how_far_it_is_and_stops_when_it_is_told_to(workspace: Workspace) -> None:
    source = QueueSource(workspace, workspace.learnt, "case", order=ORDERS[1])
    assert not source.load(stop=lambda: True)
    assert (source.count(), source.complete) == (0, False)
    shares: list[float] = []
    assert source.load(lambda: shares.append(source.share))
    assert shares == sorted(shares)
    assert shares[0] > 0


def test_a_rank_that_the_filter_leaves_out_has_no_position(workspace: Workspace) -> None:
    source = QueueSource(workspace, workspace.learnt, "case", QueueFilter(flagged=True))
    source.load()
    assert source.position(20) == 19
    assert source.position(21) is None
    assert source.rank_of("0" * 32) is None


def test_the_next_undecided_chain_is_the_first_one_without_a_verdict(workspace: Workspace) -> None:
    source = QueueSource(workspace, workspace.learnt, "case")
    rows = source.rows(0, source.count())
    undecided = [position for position, row in enumerate(rows) if row.verdict is None]
    for start in (0, 3, 40, 41):
        assert source.undecided_from(start)[0] == min(position for position in undecided if position >= start)
    assert source.undecided_from(0, {rows[undecided[0]].key})[0] == undecided[1]
    assert source.undecided_from(len(rows)) == (None, len(rows))


def test_a_long_run_of_decided_chains_is_searched_in_parts(workspace: Workspace) -> None:
    source = QueueSource(workspace, workspace.learnt, "case")
    found, seen = source.undecided_from(40, looks=1)
    assert (found, seen) == (None, 40 + STRIDE)
    found, seen = source.undecided_from(seen, looks=5)
    assert found == 300


def test_loading_stops_when_asked(workspace: Workspace) -> None:
    source = QueueSource(workspace, workspace.learnt, "case", QueueFilter(where=read("image:x")), ORDERS[1])
    assert source.load(stop=lambda: True) is False
    assert not source.complete
    assert workspace.queue.page("case", limit=1)  # the connection that was interrupted serves others again


def test_the_count_grows_and_the_first_piece_is_small(workspace: Workspace) -> None:
    source = QueueSource(workspace, workspace.learnt, "case", QueueFilter(where=read("score>=-1")), ORDERS[1])
    counts: list[int] = []
    source.load(lambda: counts.append(source.count()))
    assert counts == sorted(counts)
    assert counts[0] == positions.FIRST_PIECE < source.total
    assert counts[-1] == source.total


def test_without_scores_there_is_no_queue(tmp_path: Path) -> None:
    space = open_workspace(tmp_path / "w")
    samples.fill(space, [samples.event(1)])
    with pytest.raises(NotFound):
        QueueSource(space, space.learnt, "case")
    space.close()
