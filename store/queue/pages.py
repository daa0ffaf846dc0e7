"""The ranked queue: keyset pages over the scores of a case. Named for what users call it; nothing to do with threads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from store.base.database import Topic
from store.base.packed import unpack_floats, unpack_steps
from store.base.views import QUEUE_SQL, QueueRow
from store.chains.lookup import step_texts
from store.queue import judged
from store.queue.filter import LABELLED, QueueFilter, compiled
from store.schema.models import ScoreSetRow
from store.scope.rules import DECIDED, EFFECTIVE
from store.scores import above
from store.scores.ranking import Ranking, read_ranking
from store.where.keys import UNDECIDED

EVERYTHING = QueueFilter()
PAGE = 500
"""Rows read at a time where all are wanted."""
COLUMNS = ", ".join(QUEUE_SQL.values()).format(effective=EFFECTIVE, decided=DECIDED)
STEPS = list(QUEUE_SQL).index("steps")


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many chains the queue has, and how many chains and findings are above the threshold; chains by verdict."""

    chains: int
    flagged: int
    findings: int
    """Those above the threshold (store.scores.above)."""
    threshold: float
    verdicts: dict[str, int]
    """Chains by verdict, "undecided" included."""
    decided: int = 0
    """Of `findings` those of which every odd process has a verdict."""


class Queue(Topic):
    """Pages and counts; `model` is the one in use unless it is named. Raises NotFound when nothing was scored."""

    def page(
        self,
        case: str,
        wanted: QueueFilter = EVERYTHING,
        *,
        after: int = 0,
        limit: int = 256,
        model: str | None = None,
        backwards: bool = False,
    ) -> tuple[QueueRow, ...]:
        """Rows of rank above `after` (below it, when backwards), best first."""
        with read_ranking(self._database, case, model) as ranking:
            return page(ranking, wanted, after, limit, backwards)

    def count(self, case: str, wanted: QueueFilter = EVERYTHING, *, model: str | None = None) -> int:
        """How many rows the filter leaves."""
        with read_ranking(self._database, case, model) as ranking:
            if wanted == EVERYTHING:
                query = select(ScoreSetRow.chains).where(ScoreSetRow.id == ranking.set)
                return int(ranking.connection.execute(query).scalar_one())
            clause = compiled(ranking, wanted)
            counted = f"SELECT count(*) FROM {clause.source} WHERE {clause.where}"
            return int(ranking.connection.exec_driver_sql(counted, clause.parameters).scalar_one())

    def counts(self, case: str, *, model: str | None = None) -> QueueCounts:
        """How many there are of everything that a status line tells."""
        with read_ranking(self._database, case, model) as ranking:
            connection = ranking.connection
            totals = select(ScoreSetRow.chains, ScoreSetRow.threshold).where(ScoreSetRow.id == ranking.set)
            chains, threshold = connection.execute(totals).one()
            query = "SELECT count(*) FROM score WHERE set_id = ? AND finding > 0"
            flagged = int(connection.exec_driver_sql(query, (ranking.set,)).scalar_one())
            findings = above.flagged(connection, ranking.set, threshold)
            clause = compiled(ranking, LABELLED)
            query = f"SELECT {EFFECTIVE} AS v, count(*) FROM {clause.source} WHERE {clause.where} GROUP BY v"
            verdicts = {row[0]: row[1] for row in connection.exec_driver_sql(query, clause.parameters)}
            decided = _decided(connection, ranking.set, threshold)
        verdicts[UNDECIDED] = chains - sum(verdicts.values())
        return QueueCounts(chains, flagged, findings, threshold, verdicts, decided)


def _decided(connection: Connection, set_id: int, threshold: float) -> int:
    """Findings above the threshold that are decided as a whole. A threshold leaves few of them to look at."""
    least = above.level(threshold)
    query = (
        f"SELECT {judged.OF_FINDING} FROM finding f CROSS JOIN covered v ON v.set_id = f.set_id AND v.process_id = f.lead"
        " WHERE f.set_id = ? AND f.rank <= ? AND v.score >= ?"
    )
    found = connection.exec_driver_sql(query, (set_id, above.last(connection, set_id, least), least)).scalars()
    return sum(said is not None and not judged.read(said).partly for said in found)


def page(ranking: Ranking, wanted: QueueFilter, after: int, limit: int, backwards: bool = False) -> tuple[QueueRow, ...]:
    """As `Queue.page`, in an open transaction."""
    clause = compiled(ranking, wanted)
    compare, order = ("<", "DESC") if backwards else (">", "ASC")
    query = f"SELECT {COLUMNS} FROM {clause.source} WHERE {clause.where} AND s.rank {compare} ? ORDER BY s.rank {order} LIMIT ?"
    rows = ranking.connection.exec_driver_sql(query, (*clause.parameters, after, limit)).all()
    found = rows_of(ranking.connection, rows)
    return tuple(reversed(found) if backwards else found)


def rows_of(connection: Connection, rows: Sequence[Sequence[Any]]) -> list[QueueRow]:
    """Rows of COLUMNS with the texts of their steps."""
    texts = step_texts(connection, [row[STEPS] for row in rows])
    return [_row(dict(zip(QUEUE_SQL, row, strict=True)), texts) for row in rows]


def all_rows(ranking: Ranking, wanted: QueueFilter) -> Iterator[QueueRow]:
    """Every row the filter leaves, best first, a page at a time."""
    after = 0
    while rows := page(ranking, wanted, after, PAGE):
        yield from rows
        after = rows[-1].rank


def _row(fields: dict[str, Any], texts: dict[int, str]) -> QueueRow:
    fields["step_errors"] = unpack_floats(fields["step_errors"], "<f4")
    fields["steps"] = tuple(texts[path] for path in unpack_steps(fields["steps"]))
    return QueueRow(**fields)
