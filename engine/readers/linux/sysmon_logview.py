"""What sysmonLogView prints of Sysmon for Linux: a line that names the event, below it one field a line, indented.

github.com/microsoft/SysmonForLinux, sysmonLogView/sysmonLogView.cpp: "Event NAME", then a tab and "Name: value" for each field,
in the order of the event's kind, all of them or those that were asked for (-E); "--NULL--" is an empty value, -X puts blank
lines between events. Values are printed as they are, so that a line break in a command line begins a line that may look like a
field or name an event. Nothing that is printed tells the two apart, no number and no length; the order of the fields does, unless
the command line holds whole events. So:

- a creation is whole when its fields are those that creations have in this text;
- behind a whole one the next event begins, and a whole one begins behind anything, in the midst of a line, too (what stood
  before it was torn);
- what else looks like events or fields is text of a value of the creation above it, if with that it is whole; that is told;
- a creation that no reading makes whole is damaged: it is read, and told.

A command line that ends its event as that would have ended, and holds whole creations, is read as these. Every source with
creations says that this could be: the syslog that was printed leaves no such doubt.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import BinaryIO

from engine.domain.records import SAMPLE_BYTES, Note, ReaderItem, Reject
from engine.readers.contract import Format, ReadOptions
from engine.readers.guard import guarded
from engine.readers.linux.sysmon_linux import ended, without_unknown
from engine.readers.text.bounded_lines import numbered_lines
from engine.readers.text.encoding import as_utf8
from engine.readers.windows.windows_fields import SYSMON_LINUX, sysmon

FORMATS = (
    Format(
        slug="sysmon-logview",
        title="sysmonLogView",
        export="cat /var/log/syslog | /opt/sysmon/sysmonLogView > sysmon.txt (better: /var/log/syslog itself)",
        read="SYSMONEVENT_CREATE_PROCESS; SYSMONEVENT_PROCESS_TERMINATE ends a process",
        left_out=(
            "other events; the machine's name, which is not printed. Line breaks of command lines are printed as they are: "
            "what looks like fields or events in one is told, but whole events in one are read as events"
        ),
        source="github.com/microsoft/SysmonForLinux, sysmonLogView",
    ),
)

Names = tuple[str, ...]
_CREATE, _TERMINATE = "SYSMONEVENT_CREATE_PROCESS", "SYSMONEVENT_PROCESS_TERMINATE"
_ORDER: Names = (
    *("RuleName", "UtcTime", "ProcessGuid", "ProcessId", "Image", "FileVersion", "Description", "Product", "Company"),
    *("OriginalFileName", "CommandLine", "CurrentDirectory", "User", "LogonGuid", "LogonId", "TerminalSessionId"),
    *("IntegrityLevel", "Hashes", "ParentProcessGuid", "ParentProcessId", "ParentImage", "ParentCommandLine", "ParentUser"),
)
"""Fields of a creation, in the order in which they are printed."""
_OWN = frozenset(_ORDER[_ORDER.index("CurrentDirectory") :]) - {"User", "Hashes"}
"""Fields that no other event has: where they stand below the name of another one, that is text of a value."""
_FREE = frozenset({"Image", "CommandLine", "CurrentDirectory", "ParentImage", "ParentCommandLine"})
"""Fields whose values may hold any text; of the others Sysmon writes its own."""
_EVENT = re.compile(r"Event (SYSMONEVENT_[A-Z_]{3,60})\s*")
_NAMED = re.compile(rf"{_EVENT.pattern}\Z")
_TAIL = 100
"""Characters that hold the end of a line which names an event."""
_FIELD = re.compile(r"[ \t]+([A-Z]\w{1,40}): ?(.*)", re.DOTALL)
_EMPTY = "--NULL--"
_FEW = 60
"""Lines of a console that may stand before the first event."""
_LONGEST = 4 * 1024 * 1024
"""Characters of one event."""
_LEARNT = 64
"""Events whose fields are looked at before the first one is read."""
_WAITING = 1_000
"""So many names of events that begin none are held as the possible text of a value."""


class SysmonLogViewReader:
    """Events of Sysmon for Linux as text."""

    name = "sysmon-logview"

    def sniff(self, head: bytes, path: str) -> float:
        """Sure where the first line that is not blank names an event; less where a line behind a few others does."""
        first, *more = (line.decode("utf-8", "replace").rstrip("\r") for line in head.lstrip().split(b"\n", _FEW)[:_FEW])
        return 0.97 if _EVENT.fullmatch(first) else 0.6 if any(map(_EVENT.fullmatch, more)) else 0.0

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """One item per event, behind a damaged one a reject; positions are those of its first line."""
        created = 0
        parts = _parts(stream, hint.path)
        ahead = list(islice(parts, _LEARNT))
        shape = _shape(ahead)
        for part in _events(chain(ahead, parts), shape):
            created += part.kind == _CREATE
            yield from _told(part, shape, hint.host)
        if created:
            said = (
                "sysmonLogView prints line breaks of command lines as they are, so that whole events in a command line cannot be "
                "told from events. In the syslog that it was made of they can, and that names the host: ingest it if you have it."
            )
            yield Note(code="ambiguous-text", text=said, count=created)


@dataclass(slots=True)
class _Part:
    """What stands from a line that names an event to before the next one; `kind` is "" before the first.

    `names`: of the fields, and where their lines are. `within`: other parts are in it, as text of a
    value. `doubt`: what stands before it is not whole, or another event behind its torn end. `huge`: something was left out.
    """

    kind: str
    position: int
    head: str
    behind: bool
    lines: list[str] = field(default_factory=list)
    names: list[tuple[str, int]] = field(default_factory=list)
    size: int = 0
    within: bool = False
    doubt: bool = False
    huge: bool = False

    def add(self, line: str) -> None:
        """One more line."""
        self.size += len(line) + 1
        if self.size > _LONGEST:
            self.huge = True
            return
        found = _FIELD.fullmatch(line)
        if found and (self.kind != _CREATE or found.group(1) in _ORDER):
            self.names.append((found.group(1), len(self.lines)))
        self.lines.append(line)

    def take(self, other: _Part) -> None:
        """Another part as text of this one."""
        self.within = True
        self.huge |= other.huge
        if other.behind and self.lines:
            self.lines[-1] += other.head
        else:
            self.add(other.head)
        for line in other.lines:
            self.add(line)

    def shape(self) -> Names:
        """The names of the fields, in their order."""
        return tuple(name for name, _ in self.names)

    def has(self, shape: Names) -> bool:
        """Whether these are its fields."""
        return 0 < len(self.names) == len(shape) and self.shape() == shape


def _parts(stream: BinaryIO, path: str) -> Iterator[_Part]:
    part = _Part("", 0, "", behind=False)
    for position, line in numbered_lines(as_utf8(stream), path):
        text = line.decode("utf-8", "backslashreplace")
        found = _NAMED.search(text, max(0, len(text) - _TAIL))
        before = text[: found.start()] if found else text
        if before.strip():
            part.position = part.position or position
            part.add(before)
        if found:
            yield part
            part = _Part(found.group(1), position, found.group() if before.strip() else text, behind=bool(before.strip()))
    yield part


def _shape(parts: list[_Part]) -> Names:
    """What fields creations have in this text: those of most that begin with the first and end with the last field that was seen
    of one at all, be it below the name of another event.
    """
    created = Counter(part.shape() for part in parts if part.kind == _CREATE and part.names)
    others = (part.shape() for part in parts if part.kind != _CREATE)
    seen = set(chain(*created, *(shape for shape in others if not _OWN.isdisjoint(shape))))
    full = tuple(name for name in _ORDER if name in seen)
    fits = [shape for shape in created if (shape[0], shape[-1]) == (full[0], full[-1])]
    most = max(fits, key=lambda shape: (created[shape], len(shape)), default=full)
    return most if created[most] > 1 else full


def _events(parts: Iterable[_Part], shape: Names) -> Iterator[_Part]:
    """Parts that are events, with those in them that are text of a value."""
    waiting: list[_Part] = []
    for part in parts:
        whole = part.kind == _CREATE and part.has(shape)
        if waiting and not whole:
            if _makes_whole(waiting, part, shape):
                for one in [*waiting[1:], part]:
                    waiting[0].take(one)
                del waiting[1:]
                continue
            if part.behind:
                waiting[-1].take(part)
                continue
            part.doubt = part.kind == _CREATE and (waiting[-1].within or not _is_whole(waiting[-1], shape))
        elif waiting and part.behind:
            waiting[-1].doubt = True
        if waiting and (whole or len(waiting) > _WAITING or _is_whole(waiting[0], shape)):
            yield from waiting
            waiting = []
        waiting.append(part)
    yield from waiting


def _is_whole(part: _Part, shape: Names) -> bool:
    return part.kind != _CREATE or part.within or part.has(shape)


def _makes_whole(waiting: list[_Part], part: _Part, shape: Names) -> bool:
    """Whether the first one that waits is whole with all behind it as text of a value."""
    first = waiting[0]
    if _is_whole(first, shape) or not part.names or part.names[-1][0] not in shape[-1:]:
        return False
    last: list[str] = []
    for one in (part, *reversed(waiting[1:])):
        if len(last) < len(shape):
            last[:0] = [name for name, _ in one.names[-len(shape) :] if name in _ORDER]
    return _holder([*(name for name, _ in first.names), *last], shape) > 0


def _holder(names: Sequence[str], shape: Names) -> int:
    """The field, counted from 1, whose value holds all names that are too many: those of the shape stand before and behind them.
    0: there is none.
    """
    if len(names) < len(shape):
        return 0
    before = _alike(names, shape)
    behind = _alike(names[::-1], shape[::-1])
    return next((at for at in range(max(1, len(shape) - behind), before + 1) if shape[at - 1] in _FREE), 0)


def _alike(names: Sequence[str], shape: Names) -> int:
    """How many names are those of the shape, from the first on."""
    pairs = zip(names, shape, strict=False)
    return next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(names), len(shape)))


def _told(part: _Part, shape: Names, host: str) -> Iterator[ReaderItem]:
    """An event, and that it is not whole, or holds what looks like others."""
    names = part.shape()
    holder = _holder(names, shape) if part.kind == _CREATE and names != shape else 0
    if part.kind:
        yield _map_event(_values(part, shape, holder), part.position, part.kind, host)
    if reason := _reason(part, names, shape, holder):
        sample = "\n".join([part.head, *part.lines])[:SAMPLE_BYTES].encode("utf-8", "replace")[:SAMPLE_BYTES]
        yield Reject(position=part.position, code="damaged-event", reason=reason, sample=sample)


def _reason(part: _Part, names: Names, shape: Names, holder: int) -> str:
    """What is to be told of it; "" is nothing."""
    if part.huge:
        return "The event is larger than any: its end was left out."
    if holder or (part.within and names == shape):
        return "A value with line breaks holds text that looks like fields or events: it was read as that value's."
    if part.doubt or (part.kind == _CREATE and (part.within or not _lacks_inner(names, shape))):
        return "Fields are missing or of another event: a line is damaged, or a command line holds text that looks like fields."
    if part.kind != _CREATE and (len(set(names)) < len(names) or (names and not part.kind)):
        return "Fields without an event: a line is damaged, or a command line holds text that looks like fields."
    return ""


def _lacks_inner(names: Names, shape: Names) -> bool:
    """Whether an event lacks at most fields between its first and its last one."""
    left = iter(shape)
    return (names[:1], names[-1:]) == (shape[:1], shape[-1:]) and all(name in left for name in names)


def _values(part: _Part, shape: Names, holder: int) -> dict[str, str]:
    """Values by name, the first one of each. Behind the field that holds others only those of the shape count."""
    own = part.names if not holder else [*part.names[:holder], *part.names[len(part.names) - len(shape) + holder :]]
    ends = [*(at for _, at in own[1:]), len(part.lines)]
    values: dict[str, str] = {}
    for (name, at), end in zip(own, ends, strict=False):
        value = part.lines[at].partition(":")[2].removeprefix(" ")
        values.setdefault(name, "\n".join([value, *part.lines[at + 1 : end]]))
    return {name: value for name, value in values.items() if value != _EMPTY}


@guarded
def _map_event(fields: dict[str, str], position: int, kind: str, host: str) -> ReaderItem:
    if kind == _TERMINATE:
        return ended(fields, position, host, None)
    if kind != _CREATE:
        return None
    return sysmon(without_unknown(fields), position, host=host, time=None, record_id=str(position), kind=SYSMON_LINUX)


READER = SysmonLogViewReader()
