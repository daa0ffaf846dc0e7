"""Incidents, findings and what they cover, of what store/scores/finding_rows.py found to be left, into their tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection

from engine.domain.arrays import NO_TIME, Floats, Ints, Ints32, told_by_clocks
from engine.domain.distinct import distinct
from store.base import ids
from store.base.blocks import insert_all
from store.schema.witness import RowsAccount
from store.scores.finding_rows import Kept, Pairs

CHUNK = 5_000
"""Rows that are inserted together."""
LATE = np.iinfo(np.int64).max
INCIDENT = (
    "INSERT INTO incident (set_id, finding, place, number, host_id, top, lead, score, processes, odd, first_us, last_us)"
    " VALUES ({:d}, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
FINDING = (
    "INSERT INTO finding (set_id, rank, key, score, top_rank, chains, processes, hosts, first_us, last_us, incidents, odd, lead,"
    " parts) VALUES ({:d}, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
FINDING_CHAIN = "INSERT INTO finding_chain (set_id, finding, rank, processes, odd) VALUES ({:d}, ?, ?, ?, ?)"
COVERED = "INSERT INTO covered (set_id, process_id, incident, odd, score) VALUES ({:d}, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the incidents that are left, by finding and place; k incidents. top, lead: indexes of processes."""

    row: Ints
    """[k] of the FindingSet."""
    finding: Ints32
    place: Ints32
    """[k] from 1, without gaps."""
    top: Ints32
    lead: Ints32
    score: Floats
    """[k] the lead's own."""
    processes: Ints32
    odd: Ints32
    first: Ints
    """[k] LATE where no time is known."""
    last: Ints
    """[k] NO_TIME where no time is known."""


def write(connection: Connection, set_id: int, left: Kept | None, found: Pairs | None, account: RowsAccount) -> None:
    """Insert the findings of a score set, where there are any."""
    if left is None or found is None:
        for _ in range(4):
            account.end()
        return
    figures = _figures(left)
    findings = _findings(left, figures, found)
    _insert(connection, FINDING, set_id, findings, account, told=-1)  # no account tells of the parts of a score
    _insert(connection, INCIDENT, set_id, _incidents(left, figures), account)
    _insert(connection, COVERED, set_id, (_covered(left, left.order[part]) for part in _chunks(len(left.order))), account)
    _insert(connection, FINDING_CHAIN, set_id, _pairs(found), account)


def _insert(
    connection: Connection, statement: str, set_id: int, chunks: Iterator[Any], account: RowsAccount, told: int | None = None
) -> None:
    """Rows of a table without their set_id, in the order of its keys; told: the first so many columns are accounted for."""
    for chunk in chunks:
        if rows := list(chunk):
            insert_all(connection, statement.format(set_id), rows)
            account.add(rows if told is None else [row[:told] for row in rows])
    account.end()


def _chunks(size: int) -> Iterator[slice]:
    for begin in range(0, size, CHUNK):
        yield slice(begin, begin + CHUNK)


def _pairs(found: Pairs) -> Iterator[Iterator[tuple[Any, ...]]]:
    for part in _chunks(len(found.rank)):
        columns = (column[part].tolist() for column in (found.finding, found.rank, found.processes, found.odd))
        yield zip(*columns, strict=True)


def _covered(left: Kept, part: Ints) -> Iterator[tuple[Any, ...]]:
    """Of some processes those that are covered, in the order of their ids. Incidents are called by their row, from 1."""
    part = part[left.there[part] & (left.number[left.findings.incident[part]] > 0)]
    score = left.score[part]
    return zip(
        left.table.row[part].tolist(), (left.findings.incident[part] + 1).tolist(),
        left.findings.odd[part].astype(np.int64).tolist(), [None if math.isnan(value) else value for value in score.tolist()],
        strict=True,
    )  # fmt: skip


def _figures(left: Kept) -> Figures:
    """Count each incident, and put its lead and top right where those are gone."""
    size = len(left.number)
    processes, odd = np.zeros(size, dtype=np.int32), np.zeros(size, dtype=np.int32)
    first, last = np.full(size, LATE), np.full(size, NO_TIME)
    for part, of in left.covered():
        recorded = left.table.recorded[part] == 1
        index, row = part[recorded], of[recorded]
        time = left.table.time_us[index]
        np.add.at(processes, row, 1)
        np.add.at(odd, row, left.findings.odd[index].astype(np.int32))
        believed = told_by_clocks(time)
        np.maximum.at(last, row, np.where(believed, time, NO_TIME))
        np.minimum.at(first, row, np.where(believed, time, LATE))
    row = np.flatnonzero(left.number)
    row = row[np.lexsort((left.findings.place[row], left.number[row]))]
    finding = left.number[row]
    begin = np.flatnonzero(np.append(True, finding[1:] != finding[:-1])) if len(row) else row
    place = np.arange(len(row)) - np.repeat(begin, np.diff(np.append(begin, len(row)))) + 1
    lead, top = _leads(left)[row], _tops(left)[row]
    score = np.nan_to_num(left.score[lead].astype(np.float64), nan=-np.inf)
    return Figures(row, finding, place.astype(np.int32), top, lead, score, processes[row], odd[row], first[row], last[row])


def _leads(left: Kept) -> Ints32:
    """[i] the oddest recorded process of each incident that has a chain: as it was, or the first of the oddest that are left."""
    lead = left.findings.lead.copy()
    wrong = ~(left.there[lead] & (left.table.recorded[lead] == 1) & (left.table.chain[lead] >= 0))
    wrong = np.append(wrong, False) & (left.number > 0)
    if wrong.any():
        best = np.full(len(lead), -np.inf, dtype=np.float32)
        for part, of in left.scored_in(wrong):
            np.maximum.at(best, of, np.nan_to_num(left.score[part], nan=-np.inf))
        lead[wrong[:-1]] = len(left.table)
        for part, of in left.scored_in(wrong):
            chosen = np.nan_to_num(left.score[part], nan=-np.inf) == best[of]
            np.minimum.at(lead, of[chosen], part[chosen].astype(np.int32))
    return lead


def _tops(left: Kept) -> Ints32:
    """[i] the topmost process of each incident: as it was, or the earliest that is left."""
    top = left.findings.top.copy()
    wrong = np.append(~left.there[top], False) & (left.number > 0)
    if wrong.any():
        top[wrong[:-1]] = len(left.table)
        for part, of in left.covered():
            np.minimum.at(top, of[wrong[of]], part[wrong[of]].astype(np.int32))
    return top


def _incidents(left: Kept, of: Figures) -> Iterator[Iterator[tuple[Any, ...]]]:
    row = left.table.row
    for part in _chunks(len(of.row)):
        top = row[of.top[part]]
        yield zip(
            of.finding[part].tolist(), of.place[part].tolist(), (of.row[part] + 1).tolist(),
            (top >> ids.SHIFT).tolist(), top.tolist(), row[of.lead[part]].tolist(), of.score[part].tolist(),
            of.processes[part].tolist(), of.odd[part].tolist(), *_times(of.first[part], of.last[part]), strict=True,
        )  # fmt: skip


def _findings(left: Kept, of: Figures, found: Pairs) -> Iterator[Iterator[tuple[Any, ...]]]:
    size = len(left.rows)
    begin = np.searchsorted(of.finding, np.arange(1, size + 1))
    lead = of.lead[np.lexsort((of.place, -of.score, of.finding))][begin]
    hosts = distinct(of.finding.astype(np.int64) << 32 | left.table.host[of.top])
    figures = (
        left.findings.score[left.rows], left.rank[left.table.chain[lead]], np.bincount(found.finding, minlength=size + 1)[1:],
        _sums(of.processes, begin), np.bincount(hosts >> 32, minlength=size + 1)[1:],
    )  # fmt: skip
    first, last = (np.minimum.reduceat(of.first, begin), np.maximum.reduceat(of.last, begin)) if size else (of.first, of.last)
    further = (np.diff(np.append(begin, len(of.row))), _sums(of.odd, begin), left.table.row[lead])
    for part in _chunks(size):
        keys = [left.findings.keys[row] for row in left.rows[part].tolist()]
        ranks = range(part.start + 1, part.start + len(keys) + 1)
        yield zip(
            ranks, keys, *(column[part].tolist() for column in figures),
            *_times(first[part], last[part]), *(column[part].tolist() for column in further),
            _parts(left, part, len(keys)), strict=True,
        )  # fmt: skip


def _parts(left: Kept, part: slice, size: int) -> list[bytes | None]:
    if left.shares is None:
        return [None] * size
    packed = np.ascontiguousarray(left.shares.values[left.rows[part]], dtype="<f4")
    return [row.tobytes() for row in packed]


def _sums(values: Ints32, begin: Ints) -> Ints:
    return np.add.reduceat(values, begin, dtype=np.int64) if len(begin) else np.zeros(0, dtype=np.int64)


def _times(first: Ints, last: Ints) -> tuple[Sequence[int | None], Sequence[int | None]]:
    return (
        [None if value == LATE else value for value in first.tolist()],
        [None if value == NO_TIME else value for value in last.tolist()],
    )
