"""The findings of a score set into the database: what each covers is counted here once and never when a queue is opened.

Counted are recorded processes that are still there: a later ingest may have taken processes or chains away while the model was at
work. An incident of which no recorded process with a scored chain is left is left out, and findings are numbered without gaps.

Per process 8 bytes of order and one of presence, and in passing 17 more; per incident some 40. Rows are made a block at a time.
Measured with tests/benchmarks/finding_rows.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from engine.domain.arrays import Floats32, Ints, Ints32
from engine.domain.processes import ProcessTable
from engine.domain.scores import FindingSet, ScoreParts, ScoreSet
from store.base import ids
from store.base.blocks import blocks

Flags = npt.NDArray[np.bool_]

BLOCK = 1 << 16
"""Processes that are looked at together."""
THERE = "SELECT id FROM process WHERE id BETWEEN ? AND ? AND merged_into IS NULL ORDER BY id"


@dataclass(frozen=True, slots=True)
class Pairs:
    """Which chains the processes of which findings end in; p pairs, by finding, then by rank."""

    finding: Ints32
    rank: Ints32
    processes: Ints32
    """[p] recorded ones of the finding that end in the chain."""
    odd: Ints32
    """[p] how many of these are odd."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is left of the findings of a corpus; n processes, i incidents, f findings that are left."""

    findings: FindingSet
    table: ProcessTable
    score: Floats32
    """[n] each process's own."""
    rank: Ints32
    """[c + 1] rank of each chain, 0 for one that is gone; the last is for processes without a chain."""
    order: Ints
    """[n] indexes of the processes by their ids."""
    there: Flags
    """[n] in the store as a process of its own, its chain among the scored ones or none."""
    number: Ints32
    """[i + 1] number of each incident's finding from 1, without gaps; 0 for incidents that are left out, and for none."""
    rows: Ints
    """[f] rows of the FindingSet."""
    shares: ScoreParts | None = None
    """Of the FindingSet's findings."""

    def parts(self) -> Iterator[Ints]:
        """All processes, a block at a time: their indexes."""
        for begin in range(0, len(self.table), BLOCK):
            yield np.arange(begin, min(begin + BLOCK, len(self.table)))

    def scored(self) -> Iterator[Ints]:
        """The recorded processes with a scored chain."""
        for part in self.parts():
            yield part[self.there[part] & (self.table.recorded[part] == 1) & (self.table.chain[part] >= 0)]

    def scored_in(self, incidents: Flags) -> Iterator[tuple[Ints, Ints32]]:
        """Those of some incidents, and the row of each one's. incidents [i + 1]."""
        for part in self.scored():
            of = self.findings.incident[part]
            inside = incidents[of]
            yield part[inside], of[inside]

    def covered(self) -> Iterator[tuple[Ints, Ints32]]:
        """All processes of the incidents that are left, and the row of each one's."""
        for part in self.parts():
            of = self.findings.incident[part]
            inside = self.there[part] & (self.number[of] > 0)
            yield part[inside], of[inside]


def kept(connection: Connection, case: int, scores: ScoreSet, rank: Ints32) -> Kept | None:
    """What of the findings is left; None where none were made. rank: see `Kept`."""
    table, findings = scores.processes, scores.findings
    if table is None or findings is None:
        return None
    own = scores.process_score
    own = np.full(len(table), np.nan, dtype=np.float32) if own is None else own
    order = np.argsort(table.row, kind="stable")
    there = _there(connection, case, table, order)
    there &= (rank[table.chain] > 0) | (table.chain < 0)
    size = len(findings.finding)
    every = np.append(np.ones(size, dtype=np.int32), np.int32(0))
    whole = Kept(findings, table, own, rank, order, there, every, np.zeros(0, dtype=np.int64), scores.parts)
    has = np.zeros(size, dtype=np.bool_)
    for _, of in whole.scored_in(every > 0):
        has[of] = True
    used = np.zeros(len(findings.keys) + 1, dtype=np.bool_)
    used[findings.finding[has]] = True
    number = np.where(has, np.cumsum(used, dtype=np.int32)[findings.finding], 0)
    return replace(whole, number=np.append(number, 0).astype(np.int32), rows=np.flatnonzero(used) - 1)


def pairs(left: Kept) -> Pairs:
    """Count the processes by finding and chain."""
    inside = left.number > 0
    size = sum(len(part) for part, _ in left.scored_in(inside))
    code = np.empty(size, dtype=np.int64)
    width = int(left.rank.max(initial=0)) + 1
    begin = 0
    for part, of in left.scored_in(inside):
        pair = left.number[of].astype(np.int64) * width + left.rank[left.table.chain[part]]
        code[begin : begin + len(part)] = pair * 2 + left.findings.odd[part]
        begin += len(part)
    code.sort()
    odd = (code & 1).astype(np.int8)
    code >>= 1
    first = np.flatnonzero(changes(code))
    finding, rank = (part.astype(np.int32) for part in np.divmod(code[first], width))
    odds = np.add.reduceat(odd, first, dtype=np.int32) if size else np.zeros(0, dtype=np.int32)
    return Pairs(finding, rank, np.diff(np.append(first, size)).astype(np.int32), odds)


def changes(code: Ints) -> Flags:
    """[m] whether each of some sorted numbers is the first of its kind."""
    first = np.ones(len(code), dtype=np.bool_)
    np.not_equal(code[1:], code[:-1], out=first[1:])
    return first


def best_of(found: Pairs, chains: int) -> Ints:
    """[chains + 1] by rank: number of the best finding that covers a recorded process of the chain, 0 for none."""
    none = np.iinfo(np.int64).max
    best = np.full(chains + 1, none)
    np.minimum.at(best, found.rank, found.finding)
    return np.where(best == none, 0, best)


def _there(connection: Connection, case: int, table: ProcessTable, order: Ints) -> Flags:
    """[n] whether each is a process of the case now, and no second record of another one."""
    there = np.zeros(len(table), dtype=np.bool_)
    hosts = connection.exec_driver_sql("SELECT id FROM host WHERE case_id = ? ORDER BY id", (case,)).scalars().all()
    for host in hosts:
        for rows in blocks(connection, THERE, (ids.records(host)[0], ids.placeholders(host)[1])):
            found = np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))
            low = np.searchsorted(table.row, found[0], sorter=order)
            high = np.searchsorted(table.row, found[-1], side="right", sorter=order)
            part = order[low:high]
            place = np.searchsorted(found, table.row[part])
            there[part] = found[place] == table.row[part]
    return there
