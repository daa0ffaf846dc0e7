"""What logs say of their hosts and readers of their sources: rows of `host_fact`, the notes of a source."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Connection

from engine.domain.records import HostFact, Note
from store.base.text import bindable

MOST_TEXT = 500
"""Characters of a sentence that are kept: what it quotes of the log is as long as an attacker likes."""
LARGEST = 2**63 - 1
CLOCK_SET = "clock-set"
"""The code of a fact that linking looks at."""
FACT = (
    "INSERT INTO host_fact (host_id, source_id, position, code, text, time_us)"
    " VALUES (?, ?, ?, CAST(? AS TEXT), CAST(? AS TEXT), ?)"
)


def add_facts(connection: Connection, source_id: int, host_ids: Sequence[int], facts: Sequence[HostFact]) -> None:
    """Store a batch's facts, whose hosts are given."""
    rows = [
        (
            host_id,
            source_id,
            fact.position,
            bindable(fact.code[:MOST_TEXT]),
            bindable(fact.text[:MOST_TEXT]),
            None if fact.time_us is None or abs(fact.time_us) > LARGEST else fact.time_us,
        )
        for host_id, fact in zip(host_ids, facts, strict=True)
    ]
    connection.exec_driver_sql(FACT, rows)


def clock_set(connection: Connection, host_id: int) -> list[int]:
    """When the clock of a host was set, under all its names."""
    query = (
        "SELECT time_us FROM host_fact WHERE host_id IN (SELECT id FROM host WHERE id = ?1 OR same_as = ?1)"
        " AND code = ?2 AND time_us IS NOT NULL ORDER BY time_us"
    )
    return [int(time) for time in connection.exec_driver_sql(query, (host_id, CLOCK_SET)).scalars()]


def add_notes(connection: Connection, source_id: int, notes: Sequence[Note]) -> None:
    """Put notes behind those that the source has. They come at its end: whoever goes on there is told them once more."""
    stored = connection.exec_driver_sql("SELECT notes FROM source WHERE id = ?", (source_id,)).scalar_one()
    told = json.loads(stored)
    told += [one for note in notes if (one := [note.code[:MOST_TEXT], note.text[:MOST_TEXT], note.count]) not in told]
    # Not as ASCII: that would join two surrogates that stand beside each other.
    made = bindable(json.dumps(told, ensure_ascii=False))
    connection.exec_driver_sql("UPDATE source SET notes = CAST(? AS TEXT) WHERE id = ?", (made, source_id))


def notes_of(stored: str) -> tuple[Note, ...]:
    """The notes of a source as they were given; none where the database was edited by other hands."""
    try:
        return tuple(Note(code=str(code), text=str(text), count=int(count)) for code, text, count in json.loads(stored))
    except (ValueError, TypeError):
        return ()
