"""What each source has of a host: span, number of records, the log's own numbers. Derived with the links, by kind of record."""

from __future__ import annotations

import numpy as np
from sqlalchemy import Connection

from engine.domain.arrays import NO_TIME, Ints, told_by_clocks
from engine.domain.lineage import HostEvents
from engine.lineage.grouping import Mask
from store.base.text import bindable

LATEST = np.iinfo(np.int64).max
_DIGITS = 18
INSERT = (
    "INSERT INTO host_span (host_id, source_id, kind, records, first_us, last_us, first_id, last_id)"
    " VALUES (?, ?, CAST(? AS TEXT), ?, ?, ?, ?, ?)"
)


def write(connection: Connection, host_id: int, events: HostEvents) -> None:
    """Replace the spans of a host. Needs a write transaction."""
    connection.exec_driver_sql("DELETE FROM host_span WHERE host_id = ?", (host_id,))
    if not len(events.row):
        return
    kinds = len(events.kinds)
    group = events.source.astype(np.int64) * kinds + events.kind
    size = len(events.sources) * kinds
    count = np.bincount(group, minlength=size)
    numbers = _record_numbers(events)
    times = _ends(group, events.time_us, told_by_clocks(events.time_us), size)
    places = _ends(group, numbers, numbers >= 0, size)
    rows = [
        (host_id, events.sources[at // kinds], bindable(events.kinds[at % kinds]), int(count[at]), *times[at], *places[at])
        for at in np.flatnonzero(count).tolist()
    ]
    connection.exec_driver_sql(INSERT, rows)


def _record_numbers(events: HostEvents) -> Ints:
    """[n] the record ids as numbers, -1 for what is none."""
    texts = [text for text in events.record_id if text]
    # As nearly all logs have them: without a line of Python for each.
    if texts and len(texts) == len(events.row) and max(map(len, texts)) <= _DIGITS and "".join(texts).isdecimal():
        return np.fromiter(map(int, texts), np.int64, len(texts))
    found = (int(text) if text and len(text) <= _DIGITS and text.isdecimal() else -1 for text in events.record_id)
    return np.fromiter(found, np.int64, len(events.row))


def _ends(group: Ints, values: Ints, known: Mask, size: int) -> list[tuple[int | None, ...]]:
    """The lowest and the highest value of each group, None where none is known."""
    low, high = np.full(size, LATEST), np.full(size, NO_TIME)
    np.minimum.at(low, group[known], values[known])
    np.maximum.at(high, group[known], values[known])
    return [
        (None, None) if most == NO_TIME else (least, most) for least, most in zip(low.tolist(), high.tolist(), strict=True)
    ]  # fmt: skip
