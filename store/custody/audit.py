"""Reading the audit: its entries, whether they are what was written, and as a file that stands alone."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection

from engine.progress import Run, Step
from store.base.blocks import blocks
from store.base.database import Topic
from store.custody.journal import head, record
from store.custody.links import BEGUN, NUMBER, AuditHead, EntryChain, Fault, canonical, exported, faults, stored
from store.custody.verdicts import stored_acts

STAGE = "audit"
EVERY = 1_000
"""Entries between two looks at the cancel token."""
ALL = "SELECT number, entry, hash FROM audit ORDER BY number"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry as it leaves the store. Log text, in places: front ends escape it."""

    number: int
    hash: str
    said: dict[str, Any]
    """The entry's own keys: at, who, oddkin, act, what, and case, command, arguments, login where there are any."""


@dataclass(slots=True)
class AuditReport:
    """Whether an audit is what was written."""

    entries: int = 0
    head: AuditHead | None = None
    faults: list[Fault] = field(default_factory=list)
    noted: int | None = None
    """The number of the entry that a noted hash is of; None where it is of none, or was not asked for."""


class Sink(Protocol):
    """What bytes are written to."""

    def write(self, data: bytes, /) -> int:
        """As a binary file's."""
        ...


class Audit(Topic):
    """The audit of a workspace."""

    def head(self) -> AuditHead | None:
        """The newest entry; None in a workspace of before that nobody has written to since."""
        with self._database.read() as connection:
            return head(connection)

    def list(self, case: str | None = None, last: int | None = None) -> tuple[AuditEntry, ...]:
        """Entries, oldest first: those about a case, the `last` of them. A case that was removed is still told of."""
        found = []
        with self._database.read() as connection:
            query = "SELECT number, entry, hash FROM audit ORDER BY number DESC"
            for row in connection.execution_options(stream_results=True).exec_driver_sql(query):
                said = stored(row.entry)
                if case is None or said.get("case") == case:
                    found.append(AuditEntry(row.number, str(row.hash), said))
                if last is not None and len(found) == last:
                    break
        return tuple(reversed(found))

    def verify(self, run: Run = Run(), noted: str = "") -> AuditReport:
        """Follow the chain, and hold it against the history of verdicts. `noted`: a hash that was written down elsewhere."""
        report, chain = AuditReport(), EntryChain(noted)
        with self._database.read() as connection:
            acts = _Acts(connection)
            for block in blocks(connection, ALL):
                for number, entry, digest in block:
                    report.entries += 1
                    if report.entries % EVERY == 0:
                        run.raise_if_cancelled()
                        run.report(Step(STAGE, report.entries, None, "entries"))
                    said = stored(entry)
                    sound = canonical(said) == entry and said.get(NUMBER) == number
                    report.faults += chain.faults(report.entries, (said, digest) if sound else None)
                    report.faults += acts.faults(report.entries, said)
            report.faults += acts.untold(report.entries)
            report.faults += _of_none(report.entries)
        report.head, report.noted = chain.head, chain.noted
        run.report(Step(STAGE, report.entries, report.entries, "entries", last=True))
        return report

    def export(self, stream: Sink, run: Run = Run()) -> tuple[int, AuditHead | None]:
        """Write every entry as a line with its hash; how many, and the newest of them."""
        written, newest = 0, None
        with self._database.read() as connection:
            for block in blocks(connection, ALL):
                run.raise_if_cancelled()
                for number, entry, digest in block:
                    stream.write(exported(entry, digest).encode("ascii") + b"\n")
                    written, newest = written + 1, AuditHead(number, digest)
                run.report(Step(STAGE, written, None, "entries"))
        run.report(Step(STAGE, written, written, "entries", last=True))
        return written, newest

    def note(self, act: str, what: Mapping[str, object], *, case: str = "") -> AuditHead | None:
        """Tell of something that changed nothing in the database: it was handed over, or looked at. None where that
        is not to be written: the workspace can only be read.
        """
        if self._database.read_only:
            return None
        with self._database.write() as connection:
            made = record(connection, self._database.acting, act, what, case=case)
            connection.commit()
        return made


def verify_file(file: Path, run: Run = Run(), noted: str = "") -> AuditReport:
    """The same of an export that is alone. Raises OSError."""
    report, chain = AuditReport(), EntryChain(noted)

    def counted(lines: io.BufferedReader) -> Iterator[bytes]:
        for line in lines:
            report.entries += 1
            if report.entries % EVERY == 0:
                run.raise_if_cancelled()
                run.report(Step(STAGE, report.entries, None, "entries"))
            yield line

    with file.open("rb") as lines:
        report.faults += faults(counted(lines), chain)
    report.faults += _of_none(report.entries)
    report.head, report.noted = chain.head, chain.noted
    return report


def _of_none(entries: int) -> list[Fault]:
    """An audit begins with its workspace, so that one without an entry lost some."""
    return [] if entries else [Fault(1, "the audit is empty: what a workspace's audit begins with was removed")]


class _Acts:
    """Holds the acts that entries tell of against the history of verdicts that is there."""

    def __init__(self, connection: Connection) -> None:
        self._cases = {row[0] for row in connection.exec_driver_sql("SELECT id FROM cases")}
        self._there = stored_acts(connection)
        self._told: set[tuple[int, int]] = set()
        self._first = 0
        """The newest event of before the audit."""

    def faults(self, place: int, said: dict[str, Any]) -> Iterator[Fault]:
        """Of an entry: whether what it tells of is still what it was."""
        what = said.get("what")
        if not isinstance(what, dict):
            return
        if said.get("act") == BEGUN and isinstance(what.get("events"), int):
            self._first = what["events"]
        number, batch = what.get("id"), what.get("batch")
        if said.get("act") != "verdicts given" or not (isinstance(number, int) and isinstance(batch, int)):
            return
        if number not in self._cases:
            return
        act = number, batch
        self._told.add(act)
        there = self._there.get(act)
        if there is None or (there.rows, there.sha256) != (what.get("rows"), what.get("sha256")):
            yield Fault(place, f"the verdicts that entry {said.get(NUMBER)} tells of are not in the history as they were given")

    def untold(self, place: int) -> Iterator[Fault]:
        """Verdicts that no entry tells of."""
        for act, there in self._there.items():
            if there.first > self._first and act not in self._told:
                yield Fault(place, f"no entry tells of {there.rows:,} verdicts in the history (from event {there.first} on)")
