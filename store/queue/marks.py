"""Score, finding and verdict of many chains at once: what the tree paints its processes with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import NotFound
from store.base.interning import in_chunks
from store.evidence.cases import case_id
from store.scope.rules import EFFECTIVE
from store.scores.in_use import scored

if TYPE_CHECKING:
    from store.base.database import Database


@dataclass(frozen=True, slots=True)
class Mark:
    """What a reader of the tree wants to know of a chain."""

    rank: int
    score: float
    finding: int
    """0 below the threshold."""
    verdict: str | None


def marks(database: Database, case: str, chain_ids: Iterable[int]) -> dict[int, Mark]:
    """Chain id -> mark, by the model in use; empty while nothing was scored."""
    with database.read() as connection:
        number = case_id(connection, case)
        try:
            set_id = scored(connection, number, None)
        except NotFound:
            return {}
        query = (
            f"SELECT s.chain_id, s.rank, s.score, s.finding, {EFFECTIVE} FROM chain c CROSS JOIN score s ON s.chain_id = c.id"
            f" WHERE s.set_id = {set_id} AND c.id IN ({{}})"
        )
        return {row[0]: Mark(*row[1:]) for row in in_chunks(connection, query, sorted(set(chain_ids)))}


def unscored(database: Database, case: str, model_id: str) -> int:
    """Chains of a case that the model has not scored: what was ingested since, or all of them."""
    # Scores go with their chains, so the two counts differ by what has none. Asking every chain for its score took seconds
    # of a million, again after every verdict.
    query = (
        "SELECT (SELECT count(*) FROM chain WHERE case_id = ?1)"
        " - (SELECT count(*) FROM score WHERE set_id = (SELECT id FROM score_set WHERE case_id = ?1 AND model_id = ?2))"
    )
    with database.read() as connection:
        return int(connection.exec_driver_sql(query, (case_id(connection, case), model_id)).scalar_one())
