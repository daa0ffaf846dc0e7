"""What another model changed at the top of the queue: which of the first findings stayed, and which came in."""

from __future__ import annotations

from dataclasses import dataclass

from store.base.database import Database
from store.base.packed import unpack_steps
from store.chains.lookup import step_texts
from store.evidence.cases import read_case
from store.scores.ranking import Ranking

FIRST = 10
COVERING = (
    "SELECT {what} FROM covered v CROSS JOIN incident n ON n.set_id = v.set_id AND n.number = v.incident"
    " WHERE v.set_id = {set} AND v.process_id = f.lead"
)
"""Of the incident that covers the oddest process of a finding, in a score set."""


@dataclass(frozen=True, slots=True)
class CameIn:
    """A finding among the first that was not among them before."""

    number: int
    host: str
    image: str
    """At the end of its oddest chain."""
    before: int
    """Number of the finding that covered this process before; 0 for none."""


@dataclass(frozen=True, slots=True)
class FirstFindings:
    """The top of a queue against what it was."""

    stayed: int
    """Of the first findings, how many have their oddest process in one of the first before."""
    came: tuple[CameIn, ...]

    @property
    def read(self) -> int:
        """How many were looked at: at most FIRST."""
        return self.stayed + len(self.came)


def first_findings(database: Database, case: str, before: str, now: str) -> FirstFindings:
    """Two models that scored the case. Raises NotFound where one of them has not."""
    with read_case(database, case) as (connection, number):
        old, new = (Ranking.of(connection, number, model) for model in (before, now))
        host = f"(SELECT h.name FROM host h WHERE h.id = ({COVERING.format(what='n.host_id', set='?1')}))"
        query = (
            f"SELECT f.rank, {host}, c.steps, ({COVERING.format(what='n.finding', set='?2')}) FROM finding f"
            " CROSS JOIN score s ON s.set_id = f.set_id AND s.rank = f.top_rank CROSS JOIN chain c ON c.id = s.chain_id"
            f" WHERE f.set_id = ?1 AND f.rank <= {FIRST} ORDER BY f.rank"
        )
        rows = connection.exec_driver_sql(query, (new.set, old.set)).all()
        texts = step_texts(connection, [row[2] for row in rows])
    came = [
        CameIn(int(row[0]), str(row[1] or ""), texts[unpack_steps(row[2])[-1]], int(row[3] or 0))
        for row in rows
        if not 0 < int(row[3] or 0) <= FIRST
    ]
    return FirstFindings(len(rows) - len(came), tuple(came))
