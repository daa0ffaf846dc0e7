"""Findings: pages of them, the chains of one, and which finding a chain is in. What they cover was counted at scoring."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from engine.errors import NotFound, StoreError
from store.base.database import Database
from store.base.interning import in_chunks
from store.base.views import Coverage, FindingView, QueueRow
from store.learnt.order import LearntOrders
from store.queue.covered import covered
from store.queue.filter import QueueFilter, compiled
from store.queue.pages import COLUMNS, EVERYTHING, rows_of
from store.queue.positions import with_place
from store.scope.rules import EFFECTIVE
from store.scores.ranking import Ranking, read_ranking

JUDGED = 16
"""Chains of a finding, the best first, whose verdicts are compared for one line: a page must not read a million labels."""
FIELDS = "f.set_id, f.rank, f.key, f.score, f.top_rank, f.chains, f.processes, f.hosts, f.first_us, f.last_us"
PARTS = 10
MIXED = f"""
(SELECT count(DISTINCT coalesce(verdict, '')) > 1 FROM (
    SELECT {EFFECTIVE} AS verdict FROM score m INDEXED BY score_member CROSS JOIN chain c ON c.id = m.chain_id
    WHERE m.set_id = f.set_id AND m.member_of = f.rank ORDER BY m.rank LIMIT {JUDGED}))
"""
ROWS = (
    f"SELECT {COLUMNS}, {FIELDS}, {MIXED} FROM finding f CROSS JOIN score s ON s.set_id = f.set_id AND s.rank = f.top_rank"
    " CROSS JOIN chain c ON c.id = s.chain_id"
)


class Findings:
    """By case; `model` is the one in use unless it is named. Raises NotFound when nothing was scored."""

    def __init__(self, database: Database, learnt: LearntOrders) -> None:
        self._database = database
        self._orders = learnt

    def page(
        self, case: str, wanted: QueueFilter = EVERYTHING, *, after: int = 0, limit: int = 256, model: str | None = None
    ) -> tuple[QueueRow, ...]:
        """The best chain of each finding with a number above `after` that has a chain the filter leaves, best first."""
        with read_ranking(self._database, case, model) as ranking:
            where, parameters = "f.set_id = ? AND f.rank > ?", (ranking.set, after)
            if wanted != EVERYTHING:
                held, values = holding(ranking, wanted)
                where, parameters = f"{where} AND f.rank IN ({held})", (*parameters, *values)
            return tuple(rows(ranking.connection, f"{where} ORDER BY f.rank LIMIT ?", (*parameters, limit)))

    def count(self, case: str, *, model: str | None = None) -> int:
        """How many there are; 0 for a scoring that knew nothing of the processes (or an older version's)."""
        with read_ranking(self._database, case, model) as ranking:
            return total(ranking.connection, ranking.set)

    def get(self, case: str, number: int, *, model: str | None = None) -> QueueRow:
        """One finding by its number. Raises NotFound."""
        found = self.page(case, after=number - 1, limit=1, model=model)
        if not found or found[0].whole is None or found[0].whole.number != number:
            raise NotFound(f"There is no finding {number}.", remedy="See: oddkin rank")
        return found[0]

    def of_chain(self, chain_id: int, model: str) -> FindingView | None:
        """The finding that a chain is in, by a model."""
        with self._database.read() as connection:
            return of_chain(connection, chain_id, model)

    def members(self, whole: FindingView, *, after: int = 0, limit: int = 256, backwards: bool = False) -> tuple[QueueRow, ...]:
        """A page of a finding's chains with ranks above `after` (below it, the nearest first, when backwards)."""
        compare, order = ("<", "DESC") if backwards else (">", "ASC")
        query = (
            f"SELECT {COLUMNS} FROM score s INDEXED BY score_member CROSS JOIN chain c ON c.id = s.chain_id WHERE s.set_id = ?"
            f" AND s.member_of = ? AND s.rank {compare} ? ORDER BY s.rank {order} LIMIT ?"
        )
        with self._database.read() as connection:
            found = connection.exec_driver_sql(query, (whole.set_id, whole.number, after, limit)).all()
            index = self._orders.of_set(connection, whole.set_id)
            return tuple(with_place(row, index) for row in rows_of(connection, found))

    def position(self, whole: FindingView, rank: int) -> int:
        """How many of the finding's chains stand before a rank."""
        query = "SELECT count(*) FROM score INDEXED BY score_member WHERE set_id = ? AND member_of = ? AND rank < ?"
        with self._database.read() as connection:
            return int(connection.exec_driver_sql(query, (whole.set_id, whole.number, rank)).scalar_one())

    def chains(self, listed: Iterable[QueueRow]) -> dict[str, int]:
        """Key -> id of the chains that rows stand for: all of a finding, in the order of rank, and rows of chains as they are.

        Raises StoreError when the case was scored anew since the rows were read: their findings are other ones now.
        """
        out: dict[str, int] = {}
        query = (
            "SELECT c.key, c.id FROM score s INDEXED BY score_member CROSS JOIN chain c ON c.id = s.chain_id"
            " WHERE s.set_id = ? AND s.member_of = ? ORDER BY s.rank"
        )
        with self._database.read() as connection:
            for row in listed:
                if row.whole is None:
                    out[row.key] = row.chain_id
                    continue
                found = connection.exec_driver_sql(query, (row.whole.set_id, row.whole.number)).all()
                if row.key not in {key for key, _ in found}:
                    raise StoreError("The case was scored anew; its findings are other ones now.", remedy="Read the list again.")
                out.update((key, number) for key, number in found)
        return out

    def coverage(self, listed: Sequence[QueueRow]) -> Coverage:
        """What a verdict on several rows would cover together."""
        return covered(self._database, list(self.chains(listed).values()))


def total(connection: Connection, set_id: int) -> int:
    """Findings of a score set. Numbers have no gaps, so the last one is the count."""
    return int(connection.exec_driver_sql("SELECT coalesce(max(rank), 0) FROM finding WHERE set_id = ?", (set_id,)).scalar_one())


def rows(connection: Connection, where: str, parameters: Sequence[Any]) -> list[QueueRow]:
    """Findings as rows of their best chains; `f` is finding, `s` and `c` the best chain."""
    found = connection.exec_driver_sql(f"{ROWS} WHERE {where}", tuple(parameters)).all()
    width = len(found[0]) - PARTS - 1 if found else 0
    best = rows_of(connection, [row[:width] for row in found])
    return [replace(top, whole=_view(row[width:])) for top, row in zip(best, found, strict=True)]


def led(connection: Connection, set_id: int, tops: dict[int, int]) -> list[QueueRow]:
    """Findings as rows of the chains that lead them in another order than the detector's. tops: number -> rank of the chain."""
    figures = f"SELECT {FIELDS}, {MIXED} FROM finding f WHERE f.set_id = {int(set_id)} AND f.rank IN ({{}})"
    wholes = {row[1]: _view(row) for row in in_chunks(connection, figures, list(tops))}
    chains = (
        f"SELECT {COLUMNS} FROM score s CROSS JOIN chain c ON c.id = s.chain_id WHERE s.set_id = {int(set_id)}"
        " AND s.rank IN ({})"
    )
    best = {row.rank: row for row in rows_of(connection, in_chunks(connection, chains, list(tops.values())))}
    return [replace(best[rank], whole=wholes[number]) for number, rank in tops.items() if rank in best and number in wholes]


def _view(row: Sequence[Any]) -> FindingView:
    """A finding from the columns of FIELDS and the one of MIXED."""
    *figures, mixed = row
    return replace(FindingView(*figures), mixed=bool(mixed))


def holding(ranking: Ranking, wanted: QueueFilter) -> tuple[str, tuple[Any, ...]]:
    """The query for the numbers of the findings that have a chain which the filter leaves."""
    clause = compiled(ranking, wanted)
    return f"SELECT s.member_of FROM {clause.source} WHERE {clause.where} AND s.member_of > 0", clause.parameters


def of_chain(connection: Connection, chain_id: int, model: str) -> FindingView | None:
    """`Findings.of_chain` on an open connection."""
    query = (
        f"SELECT {FIELDS} FROM score s INDEXED BY score_chain CROSS JOIN score_set t ON t.id = s.set_id"
        " CROSS JOIN finding f ON f.set_id = s.set_id AND f.rank = s.member_of WHERE s.chain_id = ? AND t.model_id = ?"
    )
    row = connection.exec_driver_sql(query, (chain_id, model)).one_or_none()
    return None if row is None else FindingView(*row)


def by_number(connection: Connection, set_id: int, numbers: Iterable[int]) -> dict[int, FindingView]:
    """Number -> finding, for some numbers of a score set."""
    query = f"SELECT {FIELDS} FROM finding f WHERE f.set_id = {int(set_id)} AND f.rank IN ({{}})"
    return {row[1]: FindingView(*row) for row in in_chunks(connection, query, sorted(set(numbers)))}
