"""Score, finding and verdict of many chains at once: what the tree paints its processes with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from store.base.database import Database
from store.base.interning import in_chunks
from store.chains import hash_lists
from store.evidence.cases import read_case
from store.scope.rules import EFFECTIVE
from store.scores.ranking import Ranking


@dataclass(frozen=True, slots=True)
class Mark:
    """What a reader of the tree wants to know of a chain."""

    rank: int
    score: float
    finding: int
    """0 below the threshold."""
    verdict: str | None


@dataclass(frozen=True, slots=True)
class Since:
    """What came to a case since a model scored it; nothing of it is false."""

    chains: int = 0
    """That it has not scored."""
    linked: bool = False
    """Hosts were linked: processes of known chains are in no incident."""
    lists: bool = False
    """The case was compared with a list of hashes, or one was forgotten."""

    def __bool__(self) -> bool:
        return bool(self.chains or self.linked or self.lists)


def since(database: Database, case: str, model_id: str) -> Since:
    """Whether a queue is up to date, and what it lacks. Raises NotFound."""
    missing = unscored(database, case, model_id)
    return Since(missing, linked_since(database, case, model_id), lists_changed(database, case, model_id))


def marks(database: Database, case: str, chain_ids: Iterable[int]) -> dict[int, Mark]:
    """Chain id -> mark, by the model in use; empty while nothing was scored."""
    with read_case(database, case) as (connection, number):
        ranking = Ranking.find(connection, number)
        if ranking is None:
            return {}
        query = (
            f"SELECT s.chain_id, s.rank, s.score, s.finding, {EFFECTIVE} FROM chain c CROSS JOIN score s ON s.chain_id = c.id"
            f" WHERE s.set_id = {ranking.set} AND c.id IN ({{}})"
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
    with read_case(database, case) as (connection, number):
        return int(connection.exec_driver_sql(query, (number, model_id)).scalar_one())


def lists_changed(database: Database, case: str, model_id: str) -> bool:
    """Whether the case was compared with a list of hashes, or one was forgotten, after the model scored it."""
    with read_case(database, case) as (connection, number):
        return hash_lists.changed_since(connection, number, model_id)


def linked_since(database: Database, case: str, model_id: str) -> bool:
    """Whether hosts were linked after the model scored the case: a process that came then is in no incident, though its chain has
    a score, and a record that turned out to be another one's twin is covered instead of the process that it tells of.
    """
    query = (
        "SELECT EXISTS (SELECT 1 FROM score_set s CROSS JOIN host h ON h.case_id = s.case_id"
        " WHERE s.case_id = ? AND s.model_id = ? AND h.linked_us > s.created_us)"
    )
    with read_case(database, case) as (connection, number):
        return bool(connection.exec_driver_sql(query, (number, model_id)).scalar_one())
