"""The queue of findings by position: store/queue/positions.py, with a finding where that has a chain.

A position is looked up by number as there by rank. A filter leaves the findings that have a chain which it leaves; an
order is of the findings' own figures, which were counted when the case was scored.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection

from engine.domain.arrays import Ints32
from store.base.blocks import blocks
from store.base.database import Database
from store.base.views import QueueRow
from store.learnt.order import LearntOrders
from store.learnt.packed import LearntIndex
from store.queue import findings
from store.queue.filter import QueueFilter
from store.queue.order import RANK, Order
from store.queue.pages import EVERYTHING
from store.queue.positions import LOOKS, STRIDE, QueueSource, with_place
from store.scope.rules import EFFECTIVE

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
            self.total = findings.total(connection, self._set)
        self._count = self.total if self._ranked else 0

    def rows(self, start: int, stop: int) -> tuple[QueueRow, ...]:
        """The best chains of the findings at the positions [start, stop)."""
        start, stop = max(start, 0), min(stop, self._count)
        if start >= stop:
            return ()
        with self._database.read() as connection:
            numbers = self._ranks(start, stop)
            index = self._orders.of_set(connection, self._set)
            if self.order.learnt and index is not None:
                read = findings.led(connection, self._set, {number: index.top_of(number) for number in numbers})
            else:
                marks = ",".join("?" * len(numbers))
                read = findings.rows(connection, f"f.set_id = ? AND f.rank IN ({marks})", (self._set, *numbers))
        read = [with_place(row, index) for row in read]
        found = {row.whole.number: row for row in read if row.whole is not None}
        return tuple(found[number] for number in numbers if number in found)

    def rank_of(self, key: str) -> int | None:
        """The number of the finding that a chain is in."""
        source = "chain c CROSS JOIN score s INDEXED BY score_chain ON s.chain_id = c.id AND s.set_id = ?"
        query = f"SELECT s.member_of FROM {source} WHERE c.case_id = ? AND c.key = ?"
        with self._database.read() as connection:
            return connection.exec_driver_sql(query, (self._set, self._case, key)).scalar() or None

    def undecided_from(self, start: int, skip: Collection[str] = (), looks: int = LOOKS) -> tuple[int | None, int]:
        """The first position from `start` on whose finding's best chain has no verdict; see QueueSource."""
        count = self._count
        start = max(start, 0)
        with self._database.read() as connection:
            for _ in range(looks):
                if start >= count:
                    break
                stop = min(start + STRIDE, count)
                numbers = self._ranks(start, stop)
                tops = self._tops(connection, numbers)
                query = (
                    "SELECT s.rank, c.key FROM score s CROSS JOIN chain c ON c.id = s.chain_id"
                    f" WHERE s.set_id = {self._set} AND s.rank IN ({','.join('?' * len(tops))}) AND {EFFECTIVE} IS NULL"
                )
                found = {tops[row[0]] for row in connection.exec_driver_sql(query, tuple(tops)) if row[1] not in skip}
                for place, number in enumerate(numbers):
                    if number in found:
                        return start + place, count
                start = stop
        return None, start

    def _tops(self, connection: Connection, numbers: Sequence[int]) -> dict[int, int]:
        """Rank of the chain that a finding is shown by -> number of the finding."""
        index = self._orders.of_set(connection, self._set) if self.order.learnt else None
        if index is not None:
            return {index.top_of(number): number for number in numbers}
        marks = ",".join("?" * len(numbers))
        query = f"SELECT top_rank, rank FROM finding WHERE set_id = {self._set} AND rank IN ({marks})"
        return {row[0]: row[1] for row in connection.exec_driver_sql(query, tuple(numbers))}

    def _learnt_ranks(self, connection: Connection, index: LearntIndex) -> Ints32:
        """Findings in their learnt order; in an order to ask, each where the first of its chains stands."""
        if self.order.name not in index.asks:
            return index.findings
        of_rank = np.zeros(len(index.place), dtype=np.int32)
        for rows in blocks(connection, "SELECT rank, member_of FROM score WHERE set_id = ?", (self._set,)):
            at, member = np.array(rows, dtype=np.int64).T
            known = at < len(of_rank)
            of_rank[at[known]] = member[known]
        members = of_rank[index.order(self.order.name)]
        members = members[members > 0]
        _numbers, first = np.unique(members, return_index=True)
        return members[np.sort(first)]

    def _kept(self, connection: Connection, ranks: Ints32) -> Iterator[Ints32]:
        """Findings that have a chain which the filter leaves."""
        held, values = findings.holding(self._ranking(connection), self.wanted)
        found = {row[0] for row in connection.exec_driver_sql(held, values)}
        yield ranks[np.isin(ranks, np.array(sorted(found), dtype=np.int32))]

    def _whole(self, cursor: Any, grown: Callable[[], None], stop: Callable[[], bool]) -> bool | None:
        """Findings are a tenth of the chains: SQLite sorts them."""
        return None

    def _in_order(self, connection: Connection) -> tuple[str, tuple[Any, ...]]:
        order = f"{ORDERS[self.order.name][self.reverse]}, f.rank"
        where, parameters = "f.set_id = ?", (self._set,)
        if self.wanted != EVERYTHING:
            held, values = findings.holding(self._ranking(connection), self.wanted)
            where, parameters = f"{where} AND f.rank IN ({held})", (*parameters, *values)
        return f"SELECT f.rank FROM finding f WHERE {where} ORDER BY {order}", parameters
