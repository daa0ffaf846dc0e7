"""Which findings are above a threshold: those whose oddest process (`lead`) is, by its own score.

A chain is flagged by the chain's score, a finding by a process that it covers: else one odd start of a shell would put every
finding above the threshold that covers an everyday one. A finding's own score adds up several and is no place on that scale.
"""

from __future__ import annotations

import numpy as np
from sqlalchemy import Connection

COUNT = """
SELECT count(*) FROM finding f CROSS JOIN covered v ON v.set_id = f.set_id AND v.process_id = f.lead
WHERE f.set_id = ? AND f.rank <= ? AND v.score >= ?
"""


def level(threshold: float) -> float:
    """A chain's score as processes have theirs, in 32 bits: a process that has it reaches the threshold."""
    with np.errstate(over="ignore"):  # more than any score is
        return float(np.float32(threshold))


def total(connection: Connection, set_id: int) -> int:
    """Findings of a score set. Numbers have no gaps, so the last one is the count."""
    return int(connection.exec_driver_sql("SELECT coalesce(max(rank), 0) FROM finding WHERE set_id = ?", (set_id,)).scalar_one())


def last(connection: Connection, set_id: int, score: float) -> int:
    """The last finding that scores so much. A finding scores at least what its oddest process does, so behind it none is above.

    Numbers follow scores: it is found by halving, without an index.
    """
    low, high = 0, total(connection, set_id)
    query = "SELECT score FROM finding WHERE set_id = ? AND rank = ?"
    while low < high:
        middle = (low + high + 1) // 2
        if connection.exec_driver_sql(query, (set_id, middle)).scalar_one() >= score:
            low = middle
        else:
            high = middle - 1
    return low


def count(connection: Connection, set_id: int, threshold: float) -> int:
    """How many there are. Reads those that score so much, and no others."""
    wanted = level(threshold)
    values = (set_id, last(connection, set_id, wanted), wanted)
    return int(connection.exec_driver_sql(COUNT, values).scalar_one())


def flagged(connection: Connection, set_id: int, threshold: float) -> int:
    """The same for any score set: one whose processes were not known has findings of flagged chains only, and no others."""
    if total(connection, set_id):
        return count(connection, set_id, threshold)
    query = "SELECT count(DISTINCT finding) FROM score WHERE set_id = ? AND finding > 0"
    return int(connection.exec_driver_sql(query, (set_id,)).scalar_one())
