"""The verdicts that hold, as they were given: an act on a finding is one line, whatever many processes it covered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from store.base.database import Database
from store.evidence.cases import read_case

# A verdict on a chain is told by its chain and scope, each by itself; what was given to processes by what it was given for.
QUERY = """
SELECT max(l.at_us), l.author, e.about, l.verdict, l.note, count(*), min(l.chain_key), min(l.scope)
FROM label_current l CROSS JOIN label_event e ON e.id = l.event_id WHERE l.case_id = ?
GROUP BY e.batch, e.about, CASE e.about WHEN '' THEN l.chain_key || l.scope END, l.verdict, l.note, l.author
ORDER BY min(l.event_id)
"""


@dataclass(frozen=True, slots=True)
class HeldAct:
    """What of one act still holds, by what it was on. Texts as given."""

    at_us: int
    author: str
    about: str
    """F3, F3/2, P123471 or P123471/branch, as it was called when the verdict was given; "" for a chain."""
    verdict: str
    note: str
    verdicts: int
    """On so many processes; 1 for a chain."""
    chain_key: str
    scope: str


def held(database: Database, case: str) -> Iterator[HeldAct]:
    """Oldest first. Raises NotFound for an unknown case."""
    with read_case(database, case) as (connection, number):
        for row in connection.exec_driver_sql(QUERY, (number,)):
            yield HeldAct(*row)
