"""The verdict of several processes that are shown as one line: of a finding, of an incident.

Told by the odd ones, which a line is listed for; by all where none is odd any more. A page must not read a million verdicts, so
looked at are the oddest process and, in the order of incidents and of ids, the next LOOKED that are covered, and of these the
verdicts of JUDGED. A finding with more of them can be mixed further down without that being said here.
"""

from __future__ import annotations

from typing import NamedTuple

from store.base import ids
from store.scope.rules import OF_PROCESS

LOOKED = 64
JUDGED = 16
MIXED, PARTLY = "mixed", "partly"

PROCESS = (
    f" CROSS JOIN process p ON p.id = v.process_id CROSS JOIN host h ON h.id = p.id >> {ids.SHIFT}"
    " CROSS JOIN chain c ON c.id = p.chain_id"
)
"""SQL: what OF_PROCESS asks, behind processes `v`."""
RECORDED = f"v.process_id & {ids.FIRST_PLACEHOLDER} = 0"
COVERED = (
    "SELECT v.process_id, v.odd FROM incident i CROSS JOIN covered v INDEXED BY covered_incident"
    f" ON v.set_id = i.set_id AND v.incident = i.number WHERE {{which}} AND {RECORDED}"
)
"""SQL: recorded processes that the incidents cover which a condition on `i` tells."""


class SaidOfSeveral(NamedTuple):
    """What a line says of several processes."""

    verdict: str | None
    """Of all of them."""
    mixed: bool
    partly: bool


def judged(which: str, of: str) -> str:
    """SQL: one of VERDICTS, NULL where nothing is decided, MIXED, PARTLY.

    which: condition on the incident `i`. of: the row with the columns `lead` and `odd` of what is judged.
    """
    covered = f"{COVERED.format(which=which)} ORDER BY i.place, v.process_id LIMIT {LOOKED}"
    chosen = f"SELECT {of}.lead AS process_id, 1 AS odd UNION ALL SELECT process_id, odd FROM ({covered})"
    verdicts = f"SELECT {OF_PROCESS} AS verdict FROM ({chosen}) v{PROCESS} WHERE v.odd = 1 OR {of}.odd = 0 LIMIT {JUDGED}"
    return (
        "(SELECT CASE WHEN count(verdict) = 0 THEN NULL"
        f" WHEN count(verdict) < count(*) THEN '{PARTLY}'"
        f" WHEN min(verdict) = max(verdict) THEN min(verdict) ELSE '{MIXED}' END FROM ({verdicts}))"
    )


OF_FINDING = judged("i.set_id = f.set_id AND i.finding = f.rank", "f")
"""SQL: of finding `f`."""
OF_INCIDENT = judged("i.set_id = n.set_id AND i.finding = n.finding AND i.place = n.place", "n")
"""SQL: of incident `n`."""


def read(said: str | None) -> SaidOfSeveral:
    """What one of these columns says."""
    return SaidOfSeveral(None if said in {MIXED, PARTLY} else said, said in {MIXED, PARTLY}, said == PARTLY)
