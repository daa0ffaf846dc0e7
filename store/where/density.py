"""When things happened: processes and odd ones by cells of time, for a strip as wide as a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from store.base.database import Database
from store.evidence.cases import read_case
from store.scores import above
from store.scores.ranking import Ranking
from store.where.matching import RECORDED, all_met
from store.where.parts import all_of
from store.where.terms import ALL, Where

MOST_CELLS = 2_000

OF_ODD = (
    "SELECT (p.time_us - ?) / ? AS cell, count(*) FROM covered v CROSS JOIN process p ON p.id = v.process_id"
    " WHERE v.set_id = ? AND v.score >= ? AND p.time_us BETWEEN ? AND ? GROUP BY cell"
)


@dataclass(frozen=True, slots=True)
class Density:
    """Cells of equal length from `first_us` on."""

    first_us: int
    cell_us: int
    processes: tuple[int, ...]
    """Of each cell, recorded ones that the filter leaves."""
    odd: tuple[int, ...]
    """Of each cell, those above the threshold, whatever the filter."""

    def start_us(self, cell: int) -> int:
        """Where a cell begins."""
        return self.first_us + cell * self.cell_us

    def cell_of(self, time_us: int) -> int | None:
        """The cell that a time is in; None for one outside."""
        cell = (time_us - self.first_us) // self.cell_us
        return cell if 0 <= cell < len(self.processes) else None


def density(database: Database, case: str, cells: int, where: Where = ALL) -> Density | None:
    """Count, over the span from the case's first to its last process. Reads every process: in a worker. None for a case without
    times. Raises NotFound.
    """
    cells = max(1, min(cells, MOST_CELLS))
    with read_case(database, case) as (connection, number):
        span = "SELECT min(first_us), max(last_us) FROM host WHERE case_id = ? AND records > 0"
        first, last = connection.exec_driver_sql(span, (number,)).one()
        if first is None or last is None:
            return None
        length = max(1, -(-(last - first + 1) // cells))
        condition = all_of((*all_met(connection, number, where), RECORDED))
        query = (
            f"SELECT (p.time_us - ?) / ? AS cell, count(*) FROM process p NOT INDEXED WHERE {condition.sql}"
            " AND p.time_us BETWEEN ? AND ? GROUP BY cell"
        )
        everything = _by_cell(connection.exec_driver_sql(query, (first, length, *condition.values, first, last)))
        ranking = Ranking.find(connection, number)
        odd: dict[int, int] = {}
        if ranking is not None:
            threshold = connection.exec_driver_sql("SELECT threshold FROM score_set WHERE id = ?", (ranking.set,)).scalar_one()
            values = (first, length, ranking.set, above.level(threshold), first, last)
            odd = _by_cell(connection.exec_driver_sql(OF_ODD, values))
    return Density(first, length, *(tuple(found.get(cell, 0) for cell in range(cells)) for found in (everything, odd)))


def _by_cell(rows: Iterable[Sequence[Any]]) -> dict[int, int]:
    return {int(row[0]): int(row[1]) for row in rows}
