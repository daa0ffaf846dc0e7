"""The queue by position: what a table with a scrollbar needs, exact at any row, also with a filter or another order.

By rank and without a filter, position p holds rank p + 1 and a page is one range of the table. Otherwise the ranks in
question are read once, in order, into four bytes each (a million rows: 4 MB), by a worker, in growing pieces, so that
the first screen is there long before the last row is known. A page is then that many seeks by primary key.

Rejected: OFFSET (walks over all rows before it), and an anchor every k rows (less memory, but a jump into the middle
needs a walk through a filter that may leave one row in a thousand, and another order has no key to anchor at).

An order that labels made is there already, packed (store/learnt/packed.py); only a filter has to be asked about its ranks.

What a filter leaves is fixed when it is read. A chain that gets a verdict while the queue shows undecided ones stays
where it is, with its verdict, until the filter is applied anew: rows that vanish under the cursor cost the reader's place.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sqlalchemy import Connection, select

from engine.domain.arrays import Ints32
from store.base.database import Database, from_database
from store.base.dialect import stopping
from store.base.views import QueueRow
from store.exceptions.hidden import NOTHING_HIDDEN
from store.learnt.order import LearntOrders
from store.learnt.packed import LearntIndex
from store.queue.filter import QueueFilter, compiled
from store.queue.order import RANK, Order
from store.queue.pages import COLUMNS, EVERYTHING, rows_of
from store.queue.sort import ranks_in_order
from store.schema.models import ScoreSetRow
from store.scope.rules import EFFECTIVE
from store.scores.ranking import Ranking, read_ranking

FIRST_PIECE = 256
LARGEST_PIECE = 65_536
FIRST_RANKS = 2_048
"""Of a learnt order, so many are asked about one by one before all are read: the first screens need not wait for a million."""
STRIDE = 128
"""Rows that one look for an undecided chain takes in."""
LOOKS = 16
"""Looks before the search is given back: a few milliseconds each."""
CHECK_EVERY = 20_000
"""SQLite instructions between two questions whether the query is still wanted."""


class QueueSource:
    """Positions and rows of one case's queue by one model. Made and read in any thread; `load` belongs to a worker.

    Raises NotFound when the case is unknown or nothing was scored.
    """

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
        self._database = database
        self._orders = learnt
        self.case = case
        self.wanted = wanted
        self.order = order
        self.reverse = reverse
        with read_ranking(database, case, model) as ranking:
            self._case, self._set = ranking.case, ranking.set
            query = select(ScoreSetRow.chains, ScoreSetRow.threshold, ScoreSetRow.model_id).where(ScoreSetRow.id == self._set)
            self.total, self.threshold, self.model_id = ranking.connection.execute(query).one()
            if order.learnt and not learnt.has(ranking.connection, self._set):
                self.order = order = RANK
        self._ranked = wanted == EVERYTHING and order is RANK and not reverse
        self._pieces: list[Ints32] = []
        self._starts: list[int] = []
        self._count = self.total if self._ranked else 0
        self.complete = self._ranked
        """All positions are known."""
        self.hidden = NOTHING_HIDDEN
        """What `wanted` leaves out of a list of findings because exceptions hide it, for whoever tells of the list."""
        self.share = 0.0
        """How much is read of what must be read before the first row is known; 0 where nothing can be said."""

    def count(self) -> int:
        """Rows known so far."""
        return self._count

    def load(self, grown: Callable[[], None] = lambda: None, stop: Callable[[], bool] = lambda: False) -> bool:
        """Find out which ranks stand where; `grown` is called whenever more of them are known. False when stopped."""
        if self.complete:
            return True
        with self._database.read() as connection, stopping(connection, stop) as cursor:
            try:
                done = self._learnt(connection, grown, stop) if self.order.learnt else self._whole(cursor, grown, stop)
                if done is None:
                    done = self._in_pieces(connection, cursor, grown, stop)
            except Exception as error:
                if from_database(error) and stop():
                    return False
                raise
        if done:
            self.complete = True
            grown()
        return done

    def _in_pieces(self, connection: Connection, cursor: Any, grown: Callable[[], None], stop: Callable[[], bool]) -> bool:
        """As SQLite sorts them, in growing pieces."""
        size = FIRST_PIECE
        cursor.execute(*self._in_order(connection))
        while rows := cursor.fetchmany(size):
            self._append(np.fromiter((row[0] for row in rows), dtype=np.int32, count=len(rows)))
            grown()
            if stop():
                return False
            size = min(size * 4, LARGEST_PIECE)
        return True

    def _learnt(self, connection: Connection, grown: Callable[[], None], stop: Callable[[], bool]) -> bool | None:
        """The order that labels made; None where it has gone meanwhile, with the scores."""
        index = self._orders.of_set(connection, self._set)
        if index is None:
            return None
        ranks = self._learnt_ranks(connection, index)
        ranks = ranks[::-1] if self.reverse else ranks
        for piece in self._chosen(connection, index, ranks):
            self._append(piece)
            grown()
            if stop():
                return False
        return True

    def _chosen(self, connection: Connection, index: LearntIndex, ranks: Ints32) -> Iterator[Ints32]:
        if self.wanted == EVERYTHING:
            yield ranks
        else:
            yield from self._kept(connection, ranks)

    def _learnt_ranks(self, connection: Connection, index: LearntIndex) -> Ints32:
        """What stands at each position without a filter."""
        return index.order(self.order.name)

    def _kept(self, connection: Connection, ranks: Ints32) -> Iterator[Ints32]:
        """The ranks that the filter leaves, in this order: the first screens by asking for just these, the rest by one query."""
        clause = compiled(self._ranking(connection), self.wanted)
        query = f"SELECT s.rank FROM {clause.source} WHERE {clause.where}"
        start = 0
        while start < min(len(ranks), FIRST_RANKS) and not clause.few:
            piece = ranks[start : start + FIRST_PIECE]
            among = f"{query} AND s.rank IN (SELECT value FROM json_each(?))"
            parameters = (*clause.parameters, json.dumps(piece.tolist()))
            yield _among(piece, connection.exec_driver_sql(among, parameters))
            start += FIRST_PIECE
        if start < len(ranks):
            yield _among(ranks[start:], connection.exec_driver_sql(query, clause.parameters))

    def keep_in_front(self, shown: QueueSource, stop: int) -> None:
        """Put what `shown` has at the positions before `stop` in front, as it stands there; the rest follows in this order.

        For a reader who is in the middle of a queue that labels re-order: nothing moves at the cursor and above it, and what
        was raised comes next. Both must be complete.
        """
        front = shown._span(0, min(stop, shown.count()))
        ranks = self._span(0, self._count)
        named = np.zeros(max(int(front.max(initial=0)), int(ranks.max(initial=0))) + 1, dtype=np.bool_)
        named[front] = True
        whole = np.concatenate([front, ranks[~named[ranks]]])
        self._ranked = False
        self._pieces, self._starts, self._count = [whole], [0], len(whole)

    def _whole(self, cursor: Any, grown: Callable[[], None], stop: Callable[[], bool]) -> bool | None:
        """All chains, sorted here and not by SQLite; None where SQLite has to do it."""
        return self._sort(cursor, grown, stop) if self.wanted == EVERYTHING else None

    def _sort(self, cursor: Any, grown: Callable[[], None], stop: Callable[[], bool]) -> bool:
        def read(share: float) -> bool:
            if int(share * 20) > int(self.share * 20):
                self.share = share
                grown()
            return stop()

        ranks = ranks_in_order(cursor, self._case, self._set, self.order, self.reverse, self.total, read)
        if ranks is not None:
            self._append(ranks)
        return ranks is not None

    def rows(self, start: int, stop: int) -> tuple[QueueRow, ...]:
        """The rows of the positions [start, stop)."""
        start, stop = max(start, 0), min(stop, self._count)
        if start >= stop:
            return ()
        with self._database.read() as connection:
            ranks = self._ranks(start, stop)
            marks = ",".join("?" * len(ranks))
            query = (
                f"SELECT {COLUMNS} FROM score s CROSS JOIN chain c ON c.id = s.chain_id"
                f" WHERE s.set_id = {self._set} AND s.rank IN ({marks})"
            )
            found = {row.rank: row for row in rows_of(connection, connection.exec_driver_sql(query, tuple(ranks)).all())}
            index = self._orders.of_set(connection, self._set)
        # Scored anew meanwhile: the old set is gone, and whoever asked is about to hear of it.
        return tuple(with_place(found[rank], index) for rank in ranks if rank in found)

    def position(self, rank: int) -> int | None:
        """Where a rank stands; None when the filter leaves it out or it is not known yet."""
        if self._ranked:
            return rank - 1 if 1 <= rank <= self._count else None
        for start, piece in zip(self._starts, self._pieces, strict=True):
            places = np.flatnonzero(piece == rank)
            if len(places):
                return start + int(places[0])
        return None

    def rank_of(self, key: str) -> int | None:
        """The rank of a chain by its key, whatever the filter."""
        source = "chain c CROSS JOIN score s INDEXED BY score_chain ON s.chain_id = c.id AND s.set_id = ?"
        query = f"SELECT s.rank FROM {source} WHERE c.case_id = ? AND c.key = ?"
        with self._database.read() as connection:
            rank = connection.exec_driver_sql(query, (self._set, self._case, key)).scalar()
        return None if rank is None else int(rank)

    def undecided_from(self, start: int, skip: Collection[str] = (), looks: int = LOOKS) -> tuple[int | None, int]:
        """The first position from `start` on without a verdict, keys of `skip` passed over: (position, count).

        (None, n) says that none was found before n, which is the count when there is none at all.
        """
        count = self._count
        start = max(start, 0)
        with self._database.read() as connection:
            for _ in range(looks):
                if start >= count:
                    break
                stop = min(start + STRIDE, count)
                ranks = self._ranks(start, stop)
                query = (
                    "SELECT s.rank, c.key FROM score s CROSS JOIN chain c ON c.id = s.chain_id"
                    f" WHERE s.set_id = {self._set} AND s.rank IN ({','.join('?' * len(ranks))}) AND {EFFECTIVE} IS NULL"
                )
                found = {row[0] for row in connection.exec_driver_sql(query, tuple(ranks)) if row[1] not in skip}
                for place, rank in enumerate(ranks):
                    if rank in found:
                        return start + place, count
                start = stop
        return None, start

    def _in_order(self, connection: Connection) -> tuple[str, tuple[Any, ...]]:
        """The query for the ranks of all rows, in order."""
        clause = compiled(self._ranking(connection), self.wanted)
        order = self.order.clause(reverse=self.reverse)
        return f"SELECT s.rank FROM {clause.source} WHERE {clause.where} ORDER BY {order}", clause.parameters

    def _ranking(self, connection: Connection) -> Ranking:
        """What was in use when the source was made, whatever is in use now."""
        return Ranking(connection, self._case, self._set)

    def _append(self, piece: Ints32) -> None:
        # In this order: the other thread believes the count.
        self._starts.append(self._count)
        self._pieces.append(piece)
        self._count += len(piece)

    def _ranks(self, start: int, stop: int) -> Sequence[int]:
        return range(start + 1, stop + 1) if self._ranked else self._span(start, stop).tolist()

    def _span(self, start: int, stop: int) -> Ints32:
        if self._ranked:
            return np.arange(start + 1, stop + 1, dtype=np.int32)
        spans = [
            piece[max(start - first, 0) : stop - first]
            for first, piece in zip(self._starts, self._pieces, strict=False)
            if first < stop and first + len(piece) > start
        ]
        return np.concatenate(spans) if spans else np.zeros(0, dtype=np.int32)


def _among(ranks: Ints32, rows: Any) -> Ints32:
    """Those of the ranks that a query returns, in their own order."""
    found = np.fromiter((row[0] for row in rows), dtype=np.int32)
    return ranks[np.isin(ranks, found)]


def with_place(row: QueueRow, index: LearntIndex | None) -> QueueRow:
    """The row with what labels made of its chain."""
    place = index.at(row.rank) if index is not None else None
    return row if place is None else replace(row, learnt=place)
