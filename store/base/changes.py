"""What somebody else did to a workspace that is open here: asked for every second, told only where something was committed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from store.base.database import Database, from_database
from store.base.dialect import committed

SCORES = (
    "SELECT s.id, s.model_id FROM score_set s JOIN model_use u ON u.case_id = s.case_id AND u.model_id = s.model_id"
    " AND u.kind = 'detector' WHERE s.case_id = (SELECT id FROM cases WHERE name = CAST(? AS TEXT))"
)
EVIDENCE = (
    "SELECT count(*), coalesce(sum(kept), 0) FROM source WHERE case_id = (SELECT id FROM cases WHERE name = CAST(? AS TEXT))"
)
ACTS = "SELECT max(id), batch FROM label_event WHERE id > ? GROUP BY batch ORDER BY 1"


@dataclass(frozen=True, slots=True)
class WorkspaceState:
    """What the screens draw of a workspace, as cheap to read as to compare."""

    cases: tuple[str, ...]
    """Names, newest first."""
    scores: tuple[int, str] | None
    """Score set and model that the case is ranked by."""
    evidence: tuple[int, int]
    """Sources and kept records of the case."""
    acts: int
    """The newest act of verdicts that this process did not write itself; 0 for none."""


class ForeignChanges:
    """Looks at one workspace, on a connection of its own that never writes. One thread at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection | None = None
        self._version = -1
        self._event = self._act = 0

    def look(self, case: str | None) -> WorkspaceState | None:
        """The state, where something was committed since the last look (here or elsewhere); None where nothing was, or where
        the database cannot be asked now: the next look will find it.
        """
        try:
            if self._connection is None:
                self._connection = self._database.engine.connect()
            version = committed(self._connection)
            if version == self._version:
                return None
            found = self._state(self._connection, case)
            self._version = version
            return found
        except Exception as error:
            if not from_database(error):
                raise
            return None
        finally:
            if self._connection is not None:
                self._connection.rollback()

    def _state(self, connection: Connection, case: str | None) -> WorkspaceState:
        names = connection.exec_driver_sql("SELECT name FROM cases ORDER BY created_us DESC, id DESC").scalars().all()
        scores = connection.exec_driver_sql(SCORES, (case,)).one_or_none()
        count, kept = connection.exec_driver_sql(EVIDENCE, (case,)).one()
        for number, batch in connection.exec_driver_sql(ACTS, (self._event,)).all():
            self._event = number
            if batch not in self._database.own_acts:
                self._act = batch
        return WorkspaceState(tuple(names), None if scores is None else (scores[0], scores[1]), (count, kept), self._act)

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection, self._version = None, -1
