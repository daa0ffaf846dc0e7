"""The variants of every scored chain into the database: its processes by the shape of their command lines.

Of all recorded processes, covered or not: what an everyday chain looks like everyday stands beside what is odd in it. In passing
9 bytes per process, and 44 per variant.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from sqlalchemy import Connection

from engine.domain.arrays import Floats32, Ints, Ints32
from store.base.blocks import insert_all
from store.schema.witness import RowsAccount
from store.scores.finding_rows import Kept, changes

CHUNK = 5_000
STATEMENT = "INSERT INTO variant (set_id, chain_id, shape, processes, hosts, score, lead) VALUES ({:d}, ?, ?, ?, ?, ?, ?)"


def write(connection: Connection, set_id: int, left: Kept | None, chain_ids: Ints, account: RowsAccount) -> None:
    """Insert them, where processes are known. chain_ids [c] of the corpus."""
    if left is None:
        account.end()
        return
    commands = left.table.commands
    own = np.zeros(len(commands), dtype=np.int64) if commands.shape is None else commands.shape
    shapes, index = np.unique(np.append(own, 0), return_inverse=True)
    of_command: Ints32 = index.astype(np.int32)
    variant = _different(_codes(left, of_command, len(shapes)))
    chain, shape = chain_ids[variant // len(shapes)], shapes[variant % len(shapes)]
    hosts = _hosts(left, of_command, len(shapes), variant)
    processes, score, lead = _figures(left, of_command, len(shapes), variant)
    order = np.lexsort((shape, chain))
    for begin in range(0, len(order), CHUNK):
        part = order[begin : begin + CHUNK]
        rows = list(_rows(left, chain[part], shape[part], processes[part], hosts[part], score[part], lead[part]))
        insert_all(connection, STATEMENT.format(set_id), rows)
        account.add(rows)
    account.end()


def _rows(
    left: Kept, chain: Ints, shape: Ints, processes: Ints32, hosts: Ints, score: Floats32, lead: Ints32
) -> Iterator[tuple[Any, ...]]:
    known = [None if np.isneginf(value) else value for value in score.tolist()]
    return zip(
        chain.tolist(), shape.tolist(), processes.tolist(), hosts.tolist(), known,
        left.table.row[lead].tolist(), strict=True,
    )  # fmt: skip


def _code(left: Kept, part: Ints, of_command: Ints32, width: int) -> Ints:
    """A number for the chain and shape of each of some processes."""
    return left.table.chain[part].astype(np.int64) * width + of_command[left.table.command[part]]


def _codes(left: Kept, of_command: Ints32, width: int) -> Ints:
    code = np.empty(sum(len(part) for part in left.scored()), dtype=np.int64)
    begin = 0
    for part in left.scored():
        code[begin : begin + len(part)] = _code(left, part, of_command, width)
        begin += len(part)
    return code


def _hosts(left: Kept, of_command: Ints32, width: int, variant: Ints) -> Ints:
    """[v] on how many hosts each one is."""
    total = int(left.table.host.max(initial=0)) + 1
    code = np.empty(sum(len(part) for part in left.scored()), dtype=np.int64)
    begin = 0
    for part in left.scored():
        place = np.searchsorted(variant, _code(left, part, of_command, width))
        code[begin : begin + len(part)] = place * total + left.table.host[part]
        begin += len(part)
    different = _different(code)
    different //= total
    return np.bincount(different, minlength=len(variant))


def _different(code: Ints) -> Ints:
    """The different ones of some numbers, ascending; they are sorted in place, for a copy would be the largest thing here."""
    code.sort()
    return code[changes(code)]


def _figures(left: Kept, of_command: Ints32, width: int, variant: Ints) -> tuple[Ints32, Floats32, Ints32]:
    """[v] processes, the highest score among them (-inf: none is known), the first that has it."""
    processes = np.zeros(len(variant), dtype=np.int32)
    best = np.full(len(variant), -np.inf, dtype=np.float32)
    lead = np.full(len(variant), len(left.table), dtype=np.int32)
    for part in left.scored():
        place = np.searchsorted(variant, _code(left, part, of_command, width))
        np.add.at(processes, place, 1)
        np.maximum.at(best, place, np.nan_to_num(left.score[part], nan=-np.inf))
    for part in left.scored():
        place = np.searchsorted(variant, _code(left, part, of_command, width))
        chosen = np.nan_to_num(left.score[part], nan=-np.inf) == best[place]
        np.minimum.at(lead, place[chosen], part[chosen].astype(np.int32))
    return processes, best, lead
