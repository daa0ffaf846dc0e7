"""The chains of one or several cases as arrays.

In one order whatever was ingested first: chains by their keys, paths by their texts. What is sampled, counted, numbered or
breaks a tie on the way to a queue does so by place in these arrays, so equal evidence gives equal models and equal queues;
ids are of the order of arrival. (Rejected: sorting in each consumer, of which the next one would be forgotten.)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection

from engine.domain.arrays import NO_TIME, Ints, Ints32
from engine.domain.chains import ChainCorpus
from engine.domain.records import MAX_STEPS
from store.base.blocks import blocks
from store.base.interning import texts_of

QUERY = "SELECT id, key, steps, count, host_count, coalesce(first_us, ?2) FROM chain WHERE case_id = ?1 AND count > 0 ORDER BY id"


class _Gathered:
    """Chains of the cases read so far."""

    def __init__(self) -> None:
        self.place: dict[str, int] = {}
        self.ids: list[int] = []
        self.steps: list[bytes] = []
        self.counts: list[int] = []
        self.hosts: list[int] = []
        self.first: list[int] = []

    def add(self, rows: Sequence[Any]) -> None:
        """A chain that an earlier case has too gets its numbers added."""
        for number, key, steps, count, hosts, first in rows:
            place = self.place.setdefault(key, len(self.ids))
            if place == len(self.ids):
                self.ids.append(number)
                self.steps.append(steps)
                self.counts.append(count)
                self.hosts.append(hosts)
                self.first.append(first)
            else:
                self.counts[place] += count
                self.hosts[place] += hosts
                known = [time for time in (self.first[place], first) if time != NO_TIME]
                self.first[place] = min(known, default=NO_TIME)


def load(connection: Connection, cases: list[int]) -> ChainCorpus:
    """Read the chains of the cases; chains by key, paths by text."""
    gathered = _Gathered()
    for case in cases:
        for rows in blocks(connection, QUERY, (case, NO_TIME)):
            gathered.add(rows)
    steps, lengths, used = unpacked(gathered.steps)
    numbers = used.tolist()
    texts = texts_of(connection, "path", numbers)
    by_text = sorted(range(len(numbers)), key=lambda at: texts[numbers[at]])
    place = np.full(len(numbers) + 1, -1, dtype=np.int32)
    place[by_text] = np.arange(len(numbers))
    keys = list(gathered.place)
    by_key = np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64)
    totals = [_hosts(connection, case) for case in cases]
    return ChainCorpus(
        ids=np.array(gathered.ids, dtype=np.int64)[by_key],
        keys=[keys[at] for at in by_key.tolist()],
        paths=tuple(texts[numbers[at]] for at in by_text),
        steps=place[steps[by_key]],
        lengths=lengths[by_key],
        counts=np.array(gathered.counts, dtype=np.int64)[by_key],
        hosts=np.array(gathered.hosts, dtype=np.int32)[by_key],
        first_us=np.array(gathered.first, dtype=np.int64)[by_key],
        host_total=sum(total for total, _ in totals),
        host_days=sum(days for _, days in totals),
    )


def unpacked(packed: list[bytes]) -> tuple[Ints32, Ints32, Ints]:
    """[c, MAX_STEPS] indices into the third, padded with -1; [c] lengths; the sorted path ids that occur."""
    lengths = np.array([len(steps) // 4 for steps in packed], dtype=np.int32)
    flat = np.frombuffer(b"".join(packed), dtype="<i4")
    used, index = np.unique(flat, return_inverse=True)
    steps = np.full((len(packed), MAX_STEPS), -1, dtype=np.int32)
    steps[np.arange(MAX_STEPS) < lengths[:, None]] = index
    return steps, lengths, used.astype(np.int64)


def host_days(connection: Connection, case: int) -> float:
    """The unit of alert budgets: days over which each host was seen, added up."""
    return _hosts(connection, case)[1]


def _hosts(connection: Connection, case: int) -> tuple[int, float]:
    """Hosts of a case, and the days on which each was active, added up; a host counts for a day at least."""
    query = "SELECT count(*), coalesce(sum(max(active_days, 1)), 0) FROM host WHERE case_id = ? AND records > 0"
    hosts, days = connection.exec_driver_sql(query, (case,)).one()
    return int(hosts), float(days)
