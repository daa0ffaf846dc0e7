"""Exceptions as they would be made from what somebody judged in a case, and what they would hide, before they are kept."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection

from engine.domain.arrays import Ints
from engine.domain.distinct import distinct
from engine.errors import NotFound, StoreError, UsageError
from engine.exceptions.kept import KEPT, ExceptionScope
from engine.exceptions.matching import ExceptionMatcher, ScopeAsked, SeenProcess
from store.base import ids
from store.base.blocks import blocks
from store.base.interning import in_chunks, texts_of
from store.base.packed import unpack_steps
from store.chains.lookup import step_texts
from store.exceptions.coverage import LISTED, RECORDED, matches
from store.exceptions.hidden import judged, set_in_use, staying, wholly_covered
from store.narrow.record_names import survivors
from store.scope.rules import OF_PROCESS

MOST = 20
"""Exceptions that are made from one finding: who keeps more has not looked at them."""
OF_PROCESSES = f"LEFT JOIN host h ON h.id = p.id >> {ids.SHIFT} LEFT JOIN chain c ON c.id = p.chain_id"
COLUMNS = f"SELECT p.id, p.chain_id, p.command, p.image_id, {OF_PROCESS}"
OF_FINDING = (
    f"{COLUMNS} FROM incident i CROSS JOIN covered v INDEXED BY covered_incident ON v.set_id = i.set_id AND v.incident = i.number"
    " CROSS JOIN finding f ON f.set_id = i.set_id AND f.rank = i.finding CROSS JOIN process p ON p.id = v.process_id"
    f" {OF_PROCESSES} WHERE i.set_id = ? AND i.finding = ? AND i.place BETWEEN ? AND ? AND {LISTED} AND {RECORDED}"
    " ORDER BY i.place, p.id"
)
OF_ONE = f"{COLUMNS} FROM process p {OF_PROCESSES} WHERE p.id = ?"
ON_HOST = "SELECT name FROM host WHERE coalesce(same_as, id) = ? ORDER BY same_as IS NOT NULL, name"


@dataclass(frozen=True, slots=True)
class DraftSource:
    """What was judged: a finding, one of its incidents, or a process."""

    finding: int = 0
    place: int | None = None
    """None for all of the finding."""
    process_id: int = 0
    """Of any of its records, in place of a finding."""
    set_id: int | None = None
    """The scoring that the finding is of; None: the one in use."""


@dataclass(frozen=True, slots=True)
class ExceptionDraft:
    """An exception that nobody has kept yet."""

    scope: ExceptionScope
    verdict: str
    """That the process has which it is made from."""
    process_id: int
    host: str
    """Where that one ran. Untrusted."""


@dataclass(frozen=True, slots=True)
class ExceptionDrafts:
    """All that what was judged asks for: an exception for each kind of its odd processes."""

    drafts: tuple[ExceptionDraft, ...]
    without: int
    """Odd processes that have another verdict, or none: no exception is made from them."""


@dataclass(frozen=True, slots=True)
class ExceptionPreview:
    """What exceptions would do in a case."""

    processes: int
    hosts: int
    findings: tuple[int, ...]
    """Those that they would hide, besides what is hidden already."""
    staying: tuple[int, ...]
    """Those of which they cover all, and that stay: by a verdict or a list of known-bad hashes."""
    judged: Mapping[str, int]
    """Verdict -> how many of the processes covered stay by it: malicious, undetermined."""


def drafts(connection: Connection, case: int, source: DraftSource, asked: ScopeAsked) -> ExceptionDrafts:
    """Raises NotFound for what is not there, UsageError where nothing of it was judged so that it can be kept, or where it is of
    too many kinds; StoreError for a finding of a scoring that is not in use any more.
    """
    chosen: dict[tuple[int, int | None], tuple[int, str]] = {}
    without = 0
    for process, chain, command, image, verdict in _judged(connection, case, source):
        if verdict not in KEPT:
            without += 1
        elif chain is not None and image is not None:
            chosen.setdefault((chain, command), (process, verdict))
    if not chosen:
        raise UsageError(
            "An exception keeps a verdict of false positive or benign, and no odd process here has one.",
            remedy="Judge it first: `oddkin label F1 benign`, or f and b in Triage.",
        )
    return ExceptionDrafts(tuple(_drafts(connection, chosen, asked)), without)


def _judged(connection: Connection, case: int, source: DraftSource) -> Iterable[Sequence[Any]]:
    if source.process_id:
        number = survivors(connection, [source.process_id]).get(source.process_id)
        known = "SELECT 1 FROM host WHERE id = ? AND case_id = ?"
        if number is None or not connection.exec_driver_sql(known, (ids.host_of(number), case)).all():
            raise NotFound(f"There is no process {ids.called(source.process_id)} in this case.")
        yield from connection.exec_driver_sql(OF_ONE, (number,)).all()
        return
    set_id = set_in_use(connection, case)
    if set_id is None or source.set_id not in {None, set_id}:
        raise StoreError("The case was scored anew; its findings are other ones now.", remedy="Read the list again.")
    bounds = (1, 2**62) if source.place is None else (source.place, source.place)
    for rows in blocks(connection, OF_FINDING, (set_id, source.finding, *bounds)):
        yield from rows


def _drafts(
    connection: Connection, chosen: dict[tuple[int, int | None], tuple[int, str]], asked: ScopeAsked
) -> Iterable[ExceptionDraft]:
    query = "SELECT id, steps FROM chain WHERE id IN ({})"
    packed = {int(row[0]): bytes(row[1]) for row in in_chunks(connection, query, sorted({chain for chain, _ in chosen}))}
    steps = step_texts(connection, packed.values())
    commands = texts_of(connection, "string", {command for _, command in chosen if command is not None})
    matcher = ExceptionMatcher({})
    found: dict[str, ExceptionDraft] = {}
    for (chain, command), (process, verdict) in chosen.items():
        path = tuple(steps[step] for step in unpack_steps(packed[chain]))
        line = None if command is None else commands[command]
        scope = matcher.scope_of(SeenProcess(path, (), line), asked)
        if scope.key not in found:
            host = connection.exec_driver_sql(ON_HOST, (ids.host_of(process),)).scalars().first() or ""
            found[scope.key] = ExceptionDraft(scope, verdict, process, host)
        if len(found) > MOST:
            raise UsageError(
                f"What was judged is of more than {MOST} kinds, each of which would be an exception of its own.",
                remedy="Name one of its processes, or make it wider: --any-command.",
            )
    return found.values()


def preview(connection: Connection, case: int, scopes: Sequence[ExceptionScope], now_us: int) -> ExceptionPreview:
    """What some scopes would cover and hide."""
    found = [one.processes for one in matches(connection, case, dict(enumerate(scopes))).values()]
    processes: Ints = distinct(np.concatenate(found)) if found else np.zeros(0, dtype=np.int64)
    set_id = set_in_use(connection, case)
    new: frozenset[int] = frozenset()
    stays: frozenset[int] = frozenset()
    if set_id is not None:
        before = wholly_covered(connection, set_id, now_us)
        new = wholly_covered(connection, set_id, now_us, processes.tolist()) - before
        stays = staying(connection, case, set_id, new)
    verdicts = _verdicts(connection, case, processes)
    hosts = len(distinct(processes >> ids.SHIFT))
    return ExceptionPreview(len(processes), hosts, tuple(sorted(new - stays)), tuple(sorted(stays)), verdicts)


def _verdicts(connection: Connection, case: int, processes: Ints) -> dict[str, int]:
    """Verdict -> how many of some processes stay by it."""
    which, values = judged(connection, case)
    if which == "0":
        return {}
    query = (
        f"SELECT {OF_PROCESS}, count(*) FROM json_each(?) j CROSS JOIN process p ON p.id = j.value {OF_PROCESSES}"
        f" WHERE {which} GROUP BY 1"
    )
    rows = connection.exec_driver_sql(query, (json.dumps(processes.tolist()), *values))
    return {str(verdict): int(count) for verdict, count in rows}
