"""The chains of one or several cases as arrays.

In one order whatever was ingested first: chains by their keys, paths by their texts. What is sampled, counted, numbered or
breaks a tie on the way to a queue does so by place in these arrays, so equal evidence gives equal models and equal queues;
ids are of the order of arrival. (Rejected: sorting in each consumer, of which the next one would be forgotten.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from sqlalchemy import Connection

from engine.domain import chain_keys
from engine.domain.arrays import NO_TIME, Ints, Ints32
from engine.domain.blocks import blocks as pieces
from engine.domain.chains import ChainCorpus
from engine.domain.distinct import distinct
from engine.domain.records import MAX_STEPS
from store.base.blocks import blocks
from store.base.interning import texts_of

QUERY = "SELECT id, key, steps, count, host_count, coalesce(first_us, ?2) FROM chain WHERE case_id = ?1 AND count > 0 ORDER BY id"


@dataclass(frozen=True, slots=True)
class _Gathered:
    """Some chains as they were read, or all; c chains. Columns, because a million rows as objects are half a gigabyte."""

    keys: chain_keys.Halves
    """[c, 2] the two halves of each key, of which the order is that of the keys' texts."""
    ids: Ints
    steps: Ints32
    """[c, MAX_STEPS] ids of paths, -1 behind the end."""
    counts: Ints
    hosts: Ints
    first: Ints

    @classmethod
    def of(cls, rows: Sequence[Any]) -> _Gathered:
        """Of rows of QUERY."""
        if not rows:
            nothing = np.zeros(0, dtype=np.int64)
            return cls(chain_keys.halves(()), nothing, np.zeros((0, MAX_STEPS), np.int32), nothing, nothing, nothing)
        ids, keys, steps, counts, hosts, first = zip(*rows, strict=True)
        numbers = (np.array(column, dtype=np.int64) for column in (counts, hosts, first))
        return cls(chain_keys.halves(keys), np.array(ids, dtype=np.int64), _padded(steps)[0], *numbers)

    @classmethod
    def together(cls, parts: list[_Gathered]) -> _Gathered:
        """A column after the other; the parts are given up."""
        columns = [[getattr(part, one.name) for part in parts] for one in fields(cls)]
        parts.clear()
        return cls(*(np.concatenate(columns.pop(0)) for _ in range(len(columns))))

    def by_key(self) -> _Gathered:
        """Each chain once, ascending: one that a later case has too gets its numbers added, and keeps its first id."""
        order = np.lexsort((self.keys[:, 1], self.keys[:, 0]))  # keeps the order of equal ones
        keys = self.keys[order]
        if not len(order):
            return self
        start = np.flatnonzero(np.append(True, (keys[1:] != keys[:-1]).any(axis=1)))
        known = np.where(self.first == NO_TIME, np.iinfo(np.int64).max, self.first)[order]
        first = np.minimum.reduceat(known, start)
        return _Gathered(
            keys[start], self.ids[order[start]], self.steps[order[start]], np.add.reduceat(self.counts[order], start),
            np.add.reduceat(self.hosts[order], start), np.where(first == np.iinfo(np.int64).max, NO_TIME, first),
        )  # fmt: skip


def load(connection: Connection, cases: list[int]) -> ChainCorpus:
    """Read the chains of the cases; chains by key, paths by text."""
    parts = [_Gathered.of(rows) for case in cases for rows in blocks(connection, QUERY, (case, NO_TIME))]
    found = _Gathered.together(parts or [_Gathered.of(())]).by_key()
    used = distinct(found.steps)
    used = used[used >= 0]
    numbers = used.tolist()
    texts = texts_of(connection, "path", numbers)
    by_text = sorted(range(len(numbers)), key=lambda at: texts[numbers[at]])
    place = np.full(len(numbers) + 1, -1, dtype=np.int32)
    place[by_text] = np.arange(len(numbers))
    for part in pieces(len(found.ids)):
        steps = found.steps[part]
        found.steps[part] = np.where(steps >= 0, place[np.searchsorted(used, steps)], -1)
    totals = [_hosts(connection, case) for case in cases]
    return ChainCorpus(
        ids=found.ids,
        keys=chain_keys.texts(found.keys),
        paths=tuple(texts[numbers[at]] for at in by_text),
        steps=found.steps,
        lengths=(found.steps >= 0).sum(axis=1, dtype=np.int32),
        counts=found.counts,
        hosts=found.hosts.astype(np.int32),
        first_us=found.first,
        host_total=sum(total for total, _ in totals),
        host_days=sum(days for _, days in totals),
    )


def unpacked(packed: Sequence[bytes]) -> tuple[Ints32, Ints32, Ints]:
    """[c, MAX_STEPS] indices into the third, padded with -1; [c] lengths; the sorted path ids that occur."""
    steps, lengths = _padded(packed)
    used = distinct(steps)
    used = used[used >= 0]
    return np.where(steps >= 0, np.searchsorted(used, steps), -1).astype(np.int32), lengths, used.astype(np.int64)


def _padded(packed: Sequence[bytes]) -> tuple[Ints32, Ints32]:
    """[c, MAX_STEPS] ids of paths as they were packed, padded with -1; [c] lengths."""
    lengths = np.array([len(steps) // 4 for steps in packed], dtype=np.int32)
    steps = np.full((len(packed), MAX_STEPS), -1, dtype=np.int32)
    steps[np.arange(MAX_STEPS) < lengths[:, None]] = np.frombuffer(b"".join(packed), dtype="<i4")
    return steps, lengths


def host_days(connection: Connection, case: int) -> float:
    """The unit of alert budgets: days over which each host was seen, added up."""
    return _hosts(connection, case)[1]


def _hosts(connection: Connection, case: int) -> tuple[int, float]:
    """Hosts of a case, and the days on which each was active, added up; a host counts for a day at least."""
    query = "SELECT count(*), coalesce(sum(max(active_days, 1)), 0) FROM host WHERE case_id = ? AND records > 0"
    hosts, days = connection.exec_driver_sql(query, (case,)).one()
    return int(hosts), float(days)
