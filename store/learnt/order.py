"""The learnt queue of a case: which version there is, whether it still says what the labels say, the version that was read last.

Rows of the queue tell what labels made of them, and every page would read megabytes of packed columns for that; so the
newest version of the scoring that was asked for last is kept. It is immutable: any thread may read it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from sqlalchemy import Connection

from engine.errors import NotFound
from store.base.database import Database
from store.learnt import packed
from store.learnt.packed import LearntIndex
from store.scores import kept
from store.scores.ranking import Ranking, read_ranking

NEWEST = "SELECT coalesce(max(id), 0) FROM label_event WHERE case_id = ?"
NEWEST_ELSEWHERE = """
SELECT coalesce(max(e.id), 0) FROM model_use u CROSS JOIN label_event e ON e.case_id = u.case_id
WHERE u.kind = 'detector' AND u.model_id = ? AND u.case_id <> ?
"""
TAUGHT = """
SELECT EXISTS (SELECT 1 FROM label_current WHERE case_id = ?1) OR EXISTS (
    SELECT 1 FROM model_use u CROSS JOIN label_current k ON k.case_id = u.case_id
    WHERE u.kind = 'detector' AND u.model_id = ?2 AND u.case_id <> ?1
) OR EXISTS (SELECT 1 FROM model_use WHERE case_id = ?1 AND kind = 'classifier')
"""
IN_USE = "SELECT model_id FROM model_use WHERE case_id = ? AND kind = 'classifier'"


@dataclass(frozen=True, slots=True)
class LearntStanding:
    """What the learnt queue reflects, and what it should."""

    known: bool
    """There is one."""
    wanted: bool
    """There is something to learn from: verdicts that hold here or elsewhere, or a classifier in use."""
    stale: bool
    """There should be another one, or none any more."""


class LearntOrders:
    """By case, for the detector in use. Raises NotFound when the case is unknown or nothing was scored."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._last: LearntIndex | None = None

    def standing(self, case: str) -> LearntStanding:
        """Three small queries: cheap enough to ask whenever a case is opened or a verdict given."""
        with read_ranking(self._database, case) as ranking:
            query = "SELECT event, elsewhere, classifier FROM learnt_queue WHERE set_id = ?"
            stored = ranking.connection.exec_driver_sql(query, (ranking.set,)).one_or_none()
            now = reflected(ranking)
            wanted = taught(ranking)
        known = stored is not None
        return LearntStanding(known, wanted, stale=wanted != known or (stored is not None and tuple(stored) != now))

    def basis(self, case: str) -> tuple[int, str, int, str | None]:
        """What the slow part of learning depends on, verdicts of the case apart: score set, state of the evidence, labels
        elsewhere, classifier.
        """
        with read_ranking(self._database, case) as ranking:
            evidence = kept.evidence_of(ranking.connection, ranking.case)
            _event, others, classifier = reflected(ranking)
            return ranking.set, evidence, others, classifier

    def index(self, case: str) -> LearntIndex | None:
        """The newest version; None where labels have not re-ordered anything."""
        with read_ranking(self._database, case) as ranking:
            return self.of_set(ranking.connection, ranking.set)

    def of_set(self, connection: Connection, set_id: int) -> LearntIndex | None:
        """The same for a score set, on an open connection."""
        version = version_of(connection, set_id)
        last = self._last
        if last is not None and (last.set_id, last.created_us) == (set_id, version):
            return last
        if version is None:
            return None
        with self._lock:  # two screens that both want the newest read it once
            last = self._last
            if last is None or (last.set_id, last.created_us) != (set_id, version):
                self._last = last = packed.read(connection, set_id)
        return last

    def keep(self, index: LearntIndex) -> None:
        """The version that was just written: the next page need not read it."""
        with self._lock:
            self._last = index

    def has(self, connection: Connection, set_id: int) -> bool:
        """Whether a score set has one."""
        return version_of(connection, set_id) is not None


def version_of(connection: Connection, set_id: int) -> int | None:
    """A number that rises with every version."""
    found = connection.exec_driver_sql("SELECT created_us FROM learnt_queue WHERE set_id = ?", (set_id,)).scalar()
    return None if found is None else int(found)


def reflected(ranking: Ranking) -> tuple[int, int, str | None]:
    """Newest label event here, newest one of other cases under the same detector, classifier in use: what decides the order."""
    connection, case = ranking.connection, ranking.case
    model = connection.exec_driver_sql("SELECT model_id FROM score_set WHERE id = ?", (ranking.set,)).scalar()
    if model is None:
        raise NotFound("The case was scored anew meanwhile.")
    event = int(connection.exec_driver_sql(NEWEST, (case,)).scalar_one())
    return event, elsewhere(connection, case, str(model)), connection.exec_driver_sql(IN_USE, (case,)).scalar()


def taught(ranking: Ranking) -> bool:
    """Whether there is anything that an order could be learnt from. Where all was taken back there is none, as before the
    first.
    """
    query = "SELECT model_id FROM score_set WHERE id = ?"
    model = ranking.connection.exec_driver_sql(query, (ranking.set,)).scalar()
    return bool(ranking.connection.exec_driver_sql(TAUGHT, (ranking.case, model)).scalar())


def elsewhere(connection: Connection, case: int, detector: str) -> int:
    """Newest label event of other cases that use the same detector, 0 for none."""
    return int(connection.exec_driver_sql(NEWEST_ELSEWHERE, (detector, case)).scalar_one())
