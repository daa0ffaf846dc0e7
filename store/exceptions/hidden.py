"""Which findings exceptions hide from the queue: decided when a queue is read, by the clock of whoever reads it.

A finding is hidden when every process that it is listed for is covered by an exception that holds, and nothing in it stays: no
process that was called malicious or undetermined in this case, none that a list of known-bad hashes names. Each odd process is a
reason to read the finding, so one that is not covered leaves it where it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from engine.domain.processes import Repute
from engine.exceptions.kept import STAYS
from store.base import ids
from store.chains import hash_lists
from store.exceptions.coverage import LISTED
from store.scope.rules import OF_PROCESS

HOLDS = "(e.expires_us IS NULL OR e.expires_us > ?)"
EXPIRED = "SELECT 1 FROM exception WHERE expires_us <= ? LIMIT 1"
IN_USE = (
    "SELECT s.id FROM model_use u JOIN score_set s ON s.case_id = u.case_id AND s.model_id = u.model_id"
    " WHERE u.case_id = ? AND u.kind = 'detector'"
)
COVERED_BY = (
    "SELECT c.finding, c.process_id FROM exception_covered c CROSS JOIN exception e ON e.id = c.exception_id"
    " WHERE c.set_id = ? AND {which}"
)
FURTHER = (
    "SELECT i.finding, v.process_id FROM json_each(?) j CROSS JOIN covered v ON v.set_id = ? AND v.process_id = j.value"
    " CROSS JOIN incident i INDEXED BY incident_number ON i.set_id = v.set_id AND i.number = v.incident"
    f" CROSS JOIN finding f ON f.set_id = i.set_id AND f.rank = i.finding WHERE {LISTED}"
)
WHOLE = (
    "SELECT x.finding FROM (SELECT finding, count(DISTINCT process_id) AS covered FROM ({covered}) GROUP BY finding) x"
    " CROSS JOIN finding f ON f.set_id = ? AND f.rank = x.finding"
    " WHERE x.covered = CASE WHEN f.odd > 0 THEN f.odd ELSE f.processes END"
)
"""SQL: findings of which all is covered that they are listed for. Their figures count recorded processes, as exceptions do."""
OF_THESE = (
    "SELECT DISTINCT i.finding FROM json_each(?) j CROSS JOIN incident i ON i.set_id = ? AND i.finding = j.value"
    " CROSS JOIN covered v INDEXED BY covered_incident ON v.set_id = i.set_id AND v.incident = i.number"
    f" CROSS JOIN process p ON p.id = v.process_id LEFT JOIN host h ON h.id = p.id >> {ids.SHIFT}"
    " LEFT JOIN chain c ON c.id = p.chain_id WHERE {which}"
)
STAYING = ", ".join(f"'{verdict}'" for verdict in STAYS)
WIDELY = (
    "SELECT k.id FROM label_current l JOIN chain k ON k.case_id = l.case_id AND k.key = l.chain_key WHERE l.case_id = ?"
    f" AND l.verdict IN ({STAYING}) UNION SELECT k.id FROM label_current l JOIN chain k ON k.case_id = l.case_id"
    " AND k.steps >= l.steps AND k.steps < CAST(l.steps || x'ffffffffffffffffffff' AS BLOB)"
    f" WHERE l.case_id = ? AND l.steps IS NOT NULL AND l.verdict IN ({STAYING})"
)
"""SQL: chains that such a verdict may count for."""
JUDGED = (
    f"((p.chain_id IN ({WIDELY}) OR p.id IN (SELECT d.process_id FROM process_verdict d WHERE d.case_id = ?"
    f" AND d.verdict IN ({STAYING}))) AND {OF_PROCESS} IN ({STAYING}))"
)
"""SQL: process `p`, of chain `c` on host `h`, has a verdict with which it stays."""
BY_WHICH = (
    "SELECT DISTINCT c.finding, c.exception_id FROM exception_covered c CROSS JOIN exception e ON e.id = c.exception_id"
    f" WHERE c.set_id = ? AND {HOLDS} AND c.finding IN (SELECT value FROM json_each(?)) ORDER BY 1, 2"
)


@dataclass(frozen=True, slots=True)
class HiddenFindings:
    """What exceptions do to the queue of a case at a time."""

    findings: tuple[int, ...] = ()
    """Numbers of those that are hidden."""
    exceptions: tuple[int, ...] = ()
    """The exceptions that hide them."""
    back: tuple[int, ...] = ()
    """Findings that are in the queue again because exceptions have expired …"""
    expired: tuple[int, ...] = ()
    """… and those exceptions."""

    def __bool__(self) -> bool:
        return bool(self.findings or self.back)


NOTHING_HIDDEN = HiddenFindings()


def set_in_use(connection: Connection, case: int) -> int | None:
    """The scores of the model in use; None where nothing was scored."""
    found = connection.exec_driver_sql(IN_USE, (case,)).scalar()
    return None if found is None else int(found)


def hidden(connection: Connection, case: int, set_id: int, now_us: int) -> HiddenFindings:
    """What is hidden of a scoring of a case at a time."""
    if connection.exec_driver_sql("SELECT 1 FROM exception_covered WHERE set_id = ? LIMIT 1", (set_id,)).scalar() is None:
        return NOTHING_HIDDEN
    whole = wholly_covered(connection, set_id, now_us)
    over = connection.exec_driver_sql(EXPIRED, (now_us,)).scalar() is not None
    ever = wholly_covered(connection, set_id, None) if over else whole
    stays = staying(connection, case, set_id, ever)
    found, back = whole - stays, ever - whole - stays
    expired = {number for _, number in by_which(connection, set_id, back, None)}
    holding = connection.exec_driver_sql(f"SELECT e.id FROM exception e WHERE {HOLDS}", (now_us,)).scalars()
    expired -= set(holding) if back else set()
    hiding = {number for _, number in by_which(connection, set_id, found, now_us)}
    return HiddenFindings(*(tuple(sorted(numbers)) for numbers in (found, hiding, back, expired)))


def wholly_covered(connection: Connection, set_id: int, now_us: int | None, further: Iterable[int] = ()) -> frozenset[int]:
    """Numbers of the findings of which exceptions cover all that they are listed for; None: as if none ever expired. `further`:
    processes that are covered besides.
    """
    which, bound = ("TRUE", ()) if now_us is None else (HOLDS, (now_us,))
    covered, values = COVERED_BY.format(which=which), [set_id, *bound]
    if added := list(further):
        covered, values = f"{covered} UNION ALL {FURTHER}", [*values, json.dumps(added), set_id]
    found = connection.exec_driver_sql(WHOLE.format(covered=covered), (*values, set_id))
    return frozenset(map(int, found.scalars()))


def by_which(connection: Connection, set_id: int, findings: Iterable[int], now_us: int | None) -> list[tuple[int, int]]:
    """(Finding, exception that covers a process which it is listed for), of some findings; None: also those that have expired."""
    query = BY_WHICH if now_us is not None else BY_WHICH.replace(HOLDS, "? IS NULL")
    rows = connection.exec_driver_sql(query, (set_id, now_us, json.dumps(sorted(findings))))
    return [(int(finding), int(number)) for finding, number in rows]


def judged(connection: Connection, case: int) -> tuple[str, tuple[Any, ...]]:
    """SQL, with its values: that process `p` stays by its verdict; what is never true where no such verdict was given."""
    some = f"SELECT 1 FROM label_current WHERE case_id = ? AND verdict IN ({STAYING}) LIMIT 1"
    if connection.exec_driver_sql(some, (case,)).scalar() is None:
        return "FALSE", ()
    return JUDGED, (case, case, case)


def staying(connection: Connection, case: int, set_id: int, findings: frozenset[int]) -> frozenset[int]:
    """Of some findings those in which something stays."""
    which, values = judged(connection, case)
    bad = sorted(key for key, one in hash_lists.listings(connection, [case]).items() if one.known is Repute.BAD)
    if bad:
        which, values = f"{which} OR p.hashes IN (SELECT value FROM json_each(?))", (*values, json.dumps(bad))
    if which == "FALSE" or not findings:
        return frozenset()
    rows = connection.exec_driver_sql(OF_THESE.format(which=which), (json.dumps(sorted(findings)), set_id, *values))
    return frozenset(map(int, rows.scalars()))
