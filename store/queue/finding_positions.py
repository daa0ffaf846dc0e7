"""The queue of findings by position: store/queue/positions.py, with a finding where that has a chain.

A position is looked up by number as there by rank. What a filter leaves is in store/queue/finding_filter.py; an order is of the
findings' own figures, which were counted when the case was scored.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sqlalchemy import Connection

from engine.domain.arrays import Ints32
from store.base.blocks import blocks
from store.base.database import Database
from store.base.interning import in_chunks
from store.base.views import QueueRow
from store.learnt.order import LearntOrders
from store.learnt.packed import LearntIndex
from store.queue import findings
from store.queue.filter import QueueFilter
from store.queue.finding_filter import conditions
from store.queue.judged import OF_FINDING, read
from store.queue.order import RANK, Order
from store.queue.pages import EVERYTHING
from store.queue.positions import LOOKS, STRIDE, QueueSource, with_place
from store.scores import above
from store.scores.ranking import Ranking
from store.where.rows import first_occurrences

ORDERS = {
    "rank": ("f.rank", "f.rank DESC"),
    "rarity": ("f.processes, f.hosts", "f.processes DESC, f.hosts DESC"),
    "hosts": ("f.hosts DESC, f.processes DESC", "f.hosts, f.processes"),
    "first seen": ("f.first_us IS NULL, f.first_us", "f.first_us IS NULL, f.first_us DESC"),
    "last seen": ("f.last_us IS NULL, f.last_us DESC", "f.last_us IS NULL, f.last_us"),
    "finding": ("f.rank", "f.rank DESC"),
    "length": ("f.chains DESC", "f.chains"),
}
"""What the orders of store/queue/order.py mean for findings; "length" is their number of chains."""


class FindingSource(QueueSource):
    """Positions and rows of a case's findings by one model. `total` is 0 where nothing was grouped."""

    def __init__(
        self,
        database: Database,
        learnt: LearntOrders,
        case: str,
        wanted: QueueFilter = EVERYTHING,
        order: Order = RANK,
        *,
        reverse: bool = False,
        model: str | None = None,
    ) -> None:
        super().__init__(database, learnt, case, wanted, order, reverse=reverse, model=model)
        with database.read() as connection:
            self.total = above.total(connection, self._set)
        self._count = self.total if self._ranked else 0

    def rows(self, start: int, stop: int) -> tuple[QueueRow, ...]:
        """The findings at the positions [start, stop), as rows of their oddest processes' chains."""
        start, stop = max(start, 0), min(stop, self._count)
        if start >= stop:
            return ()
        with self._database.read() as connection:
            numbers = self._ranks(start, stop)
            index = self._orders.of_set(connection, self._set)
            if self.order.learnt and index is not None:
                shown = findings.led(connection, self._set, {number: index.top_of(number) for number in numbers})
            else:
                marks = ",".join("?" * len(numbers))
                shown = findings.rows(connection, f"f.set_id = ? AND f.rank IN ({marks})", (self._set, *numbers))
            several = [row.whole.number for row in shown if row.whole is not None and row.whole.incidents > 1]
            ranking = Ranking(connection, self._case, self._set)
            first = first_occurrences(ranking, self.wanted.where, several) if self.wanted.where else {}
        shown = [with_place(row, index) for row in shown]
        found = {row.whole.number: _at(row, first) for row in shown if row.whole is not None}
        return tuple(found[number] for number in numbers if number in found)

    def rank_of(self, key: str) -> int | None:
        """The number of the best finding that a chain is in."""
        source = "chain c CROSS JOIN score s INDEXED BY score_chain ON s.chain_id = c.id AND s.set_id = ?"
        query = f"SELECT s.member_of FROM {source} WHERE c.case_id = ? AND c.key = ?"
        with self._database.read() as connection:
            return connection.exec_driver_sql(query, (self._set, self._case, key)).scalar() or None

    def undecided_from(self, start: int, skip: Collection[str] = (), looks: int = LOOKS) -> tuple[int | None, int]:
        """The first position from `start` on whose finding is undecided, or only partly decided; see QueueSource."""
        count = self._count
        start = max(start, 0)
        with self._database.read() as connection:
            for _ in range(looks):
                if start >= count:
                    break
                stop = min(start + STRIDE, count)
                numbers = self._ranks(start, stop)
                open_ones = self._undecided(connection, numbers)
                for place, number in enumerate(numbers):
                    if number in open_ones and open_ones[number] not in skip:
                        return start + place, count
                start = stop
        return None, start

    def _undecided(self, connection: Connection, numbers: Sequence[int]) -> dict[int, str]:
        """Of some findings those that are not decided, with the key of the chain that each is shown by."""
        index = self._orders.of_set(connection, self._set) if self.order.learnt else None
        marks = ",".join("?" * len(numbers))
        query = f"SELECT f.rank, f.top_rank, {OF_FINDING} FROM finding f WHERE f.set_id = {self._set} AND f.rank IN ({marks})"
        found = [
            (number, (0 if index is None else index.top_of(number)) or top)
            for number, top, said in connection.exec_driver_sql(query, tuple(numbers))
            if said is None or read(said).partly
        ]
        query = (
            f"SELECT s.rank, c.key FROM score s CROSS JOIN chain c ON c.id = s.chain_id WHERE s.set_id = {self._set}"
            " AND s.rank IN ({})"
        )
        keys = dict(in_chunks(connection, query, sorted({rank for _, rank in found})))
        return {number: keys[rank] for number, rank in found if rank in keys}

    def _learnt_ranks(self, connection: Connection, index: LearntIndex) -> Ints32:
        """Findings in their learnt order; in an order to ask, each where the first of its chains stands. One that the order does
        not know is behind those that it knows.
        """
        if self.order.name not in index.asks:
            numbers = index.findings
        else:
            place = np.full(len(index.place), len(index.place), dtype=np.int64)
            order = index.order(self.order.name)
            place[order] = np.arange(len(order))
            first = np.full(self.total + 1, len(index.place), dtype=np.int64)
            for rows in blocks(connection, "SELECT rank, finding FROM finding_chain WHERE set_id = ?", (self._set,)):
                rank, finding = np.array(rows, dtype=np.int64).T
                known = rank < len(place)
                np.minimum.at(first, finding[known], place[rank[known]])
            numbers = np.argsort(first[1:], kind="stable").astype(np.int32) + 1
        missing = np.ones(self.total + 1, dtype=np.bool_)
        missing[0] = False
        missing[numbers[numbers <= self.total]] = False
        return np.concatenate([numbers, np.flatnonzero(missing).astype(np.int32)])

    def _kept(self, connection: Connection, ranks: Ints32) -> Iterator[Ints32]:
        """Findings that the filter leaves."""
        where, values = conditions(self._ranking(connection), self.wanted)
        found = connection.exec_driver_sql(f"SELECT f.rank FROM finding f WHERE {where}", values).scalars()
        yield ranks[np.isin(ranks, np.array(sorted(found), dtype=np.int32))]

    def _whole(self, cursor: Any, grown: Callable[[], None], stop: Callable[[], bool]) -> bool | None:
        """Findings are a tenth of the chains: SQLite sorts them."""
        return None

    def _in_order(self, connection: Connection) -> tuple[str, tuple[Any, ...]]:
        order = f"{ORDERS[self.order.name][self.reverse]}, f.rank"
        where, parameters = conditions(self._ranking(connection), self.wanted)
        return f"SELECT f.rank FROM finding f WHERE {where} ORDER BY {order}", parameters


def _at(row: QueueRow, first: Mapping[int, int]) -> QueueRow:
    """The row with the occurrence that a filter leaves."""
    whole = row.whole
    if whole is None or first.get(whole.number, 1) == 1:
        return row
    return replace(row, whole=replace(whole, occurrence=first[whole.number]))
