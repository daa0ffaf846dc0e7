"""What of a case exceptions cover: asked of its chains first, then of the processes of those few that come into question.

Kept beside the scores and the exceptions: how much each covers, and which of the processes that findings are listed for. It is
made anew when the case is ranked and when exceptions change, in the same transaction, and depends on nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sqlalchemy import Connection

from engine.domain.arrays import Ints
from engine.domain.distinct import distinct
from engine.domain.spans import CLOCKS
from engine.exceptions.commands import CommandKind, CommandShape, shape_of_command
from engine.exceptions.kept import ExceptionScope
from engine.exceptions.matching import ExceptionMatcher
from engine.progress import Run
from store.base import ids
from store.base.blocks import blocks
from store.base.interning import in_chunks, texts_of
from store.base.packed import STEP_BYTES, unpack_steps
from store.chains.lookup import step_texts
from store.exceptions.rows import stored

RECORDED = f"p.id & {ids.FIRST_PLACEHOLDER} = 0 AND p.merged_into IS NULL"
BLOCK = 20_000
"""Processes that are written down together."""
REMEMBERED = 1 << 16
"""Command lines whose shapes are kept."""
CHAINS = f"SELECT id, steps FROM chain WHERE case_id = {{case}} AND substr(steps, length(steps) - {STEP_BYTES - 1}) IN ({{{{}}}})"
PROCESSES = (
    # The image of one whose record names none is not the last of its chain.
    "SELECT p.id, p.time_us, p.command FROM process p INDEXED BY process_chain WHERE p.chain_id = ? AND p.image_id IS NOT NULL"
    f" AND {RECORDED} ORDER BY p.id"
)
NAMES = "SELECT coalesce(same_as, id), name FROM host WHERE case_id = ?"
LISTED = "(v.odd = 1 OR f.odd = 0)"
"""SQL: finding `f` is listed for the process of `v`: one that is odd; any where none is, as its verdict is told."""
COVER = (
    "INSERT INTO exception_covered (set_id, process_id, exception_id, finding)"
    " SELECT v.set_id, v.process_id, ?, i.finding FROM json_each(?) j"
    " CROSS JOIN covered v ON v.set_id = ? AND v.process_id = j.value"
    " CROSS JOIN incident i INDEXED BY incident_number ON i.set_id = v.set_id AND i.number = v.incident"
    f" CROSS JOIN finding f ON f.set_id = i.set_id AND f.rank = i.finding WHERE {LISTED} ON CONFLICT DO NOTHING"
)
USE = (
    "INSERT INTO exception_use (exception_id, case_id, processes, hosts, first_us, last_us) VALUES (?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (exception_id, case_id) DO UPDATE SET processes = excluded.processes, hosts = excluded.hosts,"
    " first_us = excluded.first_us, last_us = excluded.last_us"
)


@dataclass(slots=True)
class ExceptionMatch:
    """What one exception covers in a case; n recorded processes."""

    parts: list[Ints] = field(default_factory=list)
    first_us: int | None = None
    """Of those whose clock told a time."""
    last_us: int | None = None

    @property
    def processes(self) -> Ints:
        """[n] their ids."""
        return np.concatenate(self.parts) if self.parts else np.zeros(0, dtype=np.int64)

    def add(self, rows: Sequence[tuple[int, int | None]]) -> None:
        """Processes with their times."""
        self.parts.append(np.fromiter((number for number, _ in rows), dtype=np.int64, count=len(rows)))
        times = [time for _, time in rows if time is not None and CLOCKS.holds(time)]
        self.first_us = min((*times, *(() if self.first_us is None else (self.first_us,))), default=None)
        self.last_us = max((*times, *(() if self.last_us is None else (self.last_us,))), default=None)


def refresh(connection: Connection, case: int, run: Run = Run()) -> None:
    """Make anew what all exceptions cover of a case. Needs the write transaction of what changed it."""
    connection.exec_driver_sql("DELETE FROM exception_use WHERE case_id = ?", (case,))
    sets = connection.exec_driver_sql("SELECT id FROM score_set WHERE case_id = ?", (case,)).scalars().all()
    for set_id in sets:
        connection.exec_driver_sql("DELETE FROM exception_covered WHERE set_id = ?", (set_id,))
    scopes = {number: kept.scope for number, kept in stored(connection).items()}
    cover(connection, case, scopes, run)


def cover(connection: Connection, case: int, scopes: Mapping[int, ExceptionScope], run: Run = Run()) -> None:
    """Write down what some exceptions cover of a case, in each of its scorings. Needs a write transaction."""
    if not scopes:
        return
    sets = connection.exec_driver_sql("SELECT id FROM score_set WHERE case_id = ?", (case,)).scalars().all()
    for number, found in matches(connection, case, scopes, run).items():
        processes = found.processes
        hosts = len(distinct(processes >> ids.SHIFT))
        connection.exec_driver_sql(USE, (number, case, len(processes), hosts, found.first_us, found.last_us))
        for start in range(0, len(processes), BLOCK):
            part = json.dumps(processes[start : start + BLOCK].tolist())
            for set_id in sets:
                connection.exec_driver_sql(COVER, (number, part, set_id))


def matches(
    connection: Connection, case: int, scopes: Mapping[int, ExceptionScope], run: Run = Run()
) -> dict[int, ExceptionMatch]:
    """Number -> what it covers of a case, of those that cover anything. Raises Cancelled."""
    matching = _Matching(connection, case, ExceptionMatcher(scopes))
    found: dict[int, ExceptionMatch] = {}
    for chain, numbers in matching.chains():
        run.raise_if_cancelled()
        for rows in blocks(connection, PROCESSES, (chain,)):
            for number, covered in matching.of_block(numbers, rows):
                found.setdefault(number, ExceptionMatch()).add(covered)
    return found


class _Matching:
    """Asks one case."""

    def __init__(self, connection: Connection, case: int, matcher: ExceptionMatcher) -> None:
        self._connection, self._case, self._matcher = connection, case, matcher
        self._shapes: dict[int | None, CommandShape] = {None: CommandKind.NONE}
        self._hosts: dict[int, dict[int, bool]] = {}
        self._names: dict[int, list[str]] = {}
        for host, name in connection.exec_driver_sql(NAMES, (case,)):
            self._names.setdefault(int(host), []).append(name)

    def chains(self) -> Iterator[tuple[int, tuple[int, ...]]]:
        """Chains of which some exceptions cover image and ancestors, with those."""
        images = [
            int(number).to_bytes(STEP_BYTES, "little")
            for rows in blocks(self._connection, "SELECT id, text FROM path")
            for number, text in rows
            if self._matcher.may_be_image(text)
        ]
        chains = in_chunks(self._connection, CHAINS.format(case=int(self._case)), images)
        texts = step_texts(self._connection, [steps for _, steps in chains])
        for chain, steps in chains:
            numbers = self._matcher.of_chain([texts[step] for step in unpack_steps(steps)])
            if numbers:
                yield chain, numbers

    def of_block(self, numbers: Sequence[int], rows: Sequence[Any]) -> Iterator[tuple[int, list[tuple[int, int | None]]]]:
        """Of some processes of such a chain those that each covers, with their times."""
        if any(map(self._matcher.asks_for_commands, numbers)):
            self._read({row[2] for row in rows})
        for number in numbers:
            asks = self._matcher.asks_for_commands(number)
            covered = [
                (process, time)
                for process, time, command in rows
                if self._on_host(number, ids.host_of(process))
                and (not asks or self._matcher.of_command(number, self._shapes[command]))
            ]
            if covered:
                yield number, covered

    def _read(self, commands: set[int | None]) -> None:
        """Shapes of these command lines; of those before them only as many are kept as no service can make too many."""
        if len(self._shapes) > REMEMBERED:
            self._shapes = {None: CommandKind.NONE}
        new = {command for command in commands if command is not None and command not in self._shapes}
        texts = texts_of(self._connection, "string", new)
        self._shapes.update((command, shape_of_command(texts[command])) for command in new)

    def _on_host(self, number: int, host: int) -> bool:
        known = self._hosts.setdefault(number, {})
        if host not in known:
            known[host] = self._matcher.of_host(number, self._names.get(host, ()))
        return known[host]
