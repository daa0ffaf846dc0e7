"""A look into evidence before it is ingested: what it seems to be, and its first records as we understand them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from engine.domain.records import Note, ProcessEvent, Reject, Unknown
from engine.errors import InputError
from engine.progress import Run
from engine.readers.containers.member import Member, Remark
from engine.readers.containers.walk import expand
from engine.readers.contract import ReadOptions
from engine.readers.detect import Detected, NoLog, detect

MEMBERS = 12
"""Logs that are looked at; a folder of thousands is known by its first."""
LOOKED_AT = 48
"""Members that are looked at to find them: licence texts and tables of contents sort before the logs."""
RECORDS = 12
"""Process creations that are shown of all members together."""
ITEMS = 400
"""Records that are read of one member to find them: logs hold much besides process creations."""


@dataclass(frozen=True, slots=True)
class MemberLook:
    """One member. `format` is "" for what no reader knows."""

    path: str
    size: int | None
    format: str = ""
    confidence: float = 0.0
    events: tuple[ProcessEvent, ...] = ()
    read: int = 0
    """Records read for this look, of which `rejected` could not be used; 0 when enough was shown already."""
    rejected: int = 0
    unknown: int = 0
    """Of these those that nobody understands."""
    keys: tuple[str, ...] = ()
    """The fields of the first one of them."""
    instead: str = ""
    """What it is where no reader reads it and that can be told."""
    problem: str = ""
    """Why it cannot be read, or what is wrong with the first rejected record."""


@dataclass(frozen=True, slots=True)
class Look:
    """What is behind the paths, as far as it was looked at."""

    members: tuple[MemberLook, ...]
    """Logs first, each kind in the order of the folder."""
    more: bool
    """There are members beyond these."""

    @property
    def recognised(self) -> int:
        """Members that a reader was found for."""
        return sum(bool(member.format) for member in self.members)


def look(paths: Iterable[Path], run: Run, password: str = "", own: Callable[[Path], bool] | None = None) -> Look:
    """Detect and read a little of the first members. Raises Cancelled; everything else that goes wrong is in the look.
    `password`: of encrypted archives; `own`: what is the workspace's, and no evidence.

    Opens evidence read-only, keeps at most RECORDS records and reads at most ITEMS of each member.
    """
    looks: list[MemberLook] = []
    wanted = RECORDS
    for found in expand(paths, password=password, own=own):
        run.raise_if_cancelled()
        if len(looks) == LOOKED_AT or sum(bool(one.format) for one in looks) == MEMBERS:
            return _logs_first(looks, more=True)
        if isinstance(found, InputError):
            looks.append(MemberLook(found.file, None, problem=found.message))
            continue
        if isinstance(found, Remark):
            continue
        one = _member(found, wanted, run)
        wanted -= len(one.events)
        looks.append(one)
    return _logs_first(looks, more=False)


def _logs_first(looks: list[MemberLook], more: bool) -> Look:
    return Look(tuple(sorted(looks, key=lambda one: not one.format)), more)


def _member(member: Member, wanted: int, run: Run) -> MemberLook:
    try:
        detected = detect(member)
        if isinstance(detected, NoLog):
            return MemberLook(member.path, member.size, instead=detected.words)
        if wanted <= 0:
            return MemberLook(member.path, member.size, detected.reader.name, detected.confidence)
        return _first_records(member, detected, wanted, run)
    except InputError as error:
        return MemberLook(member.path, member.size, problem=error.message)


def _first_records(member: Member, detected: Detected, wanted: int, run: Run) -> MemberLook:
    events: list[ProcessEvent] = []
    unknown: list[Unknown] = []
    read = rejected = 0
    problem = ""
    with member.open() as stream:
        try:
            for item in islice(detected.reader.read(stream, ReadOptions(path=member.path)), ITEMS):
                run.raise_if_cancelled()
                read += not isinstance(item, Note)
                if isinstance(item, Reject):
                    rejected += 1
                    problem = problem or f"record {item.position}: {item.reason}"
                elif isinstance(item, Unknown):
                    unknown.append(item)
                elif isinstance(item, ProcessEvent):
                    events.append(item)
                    if len(events) == wanted:
                        break
        except InputError as error:
            problem = error.message
    return MemberLook(
        member.path,
        member.size,
        detected.reader.name,
        detected.confidence,
        tuple(events),
        read,
        rejected,
        len(unknown),
        unknown[0].keys if unknown else (),
        problem=problem,
    )
