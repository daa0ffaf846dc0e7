"""Audit events out of audit records.

One event is several lines with the same node and stamp; lines of different events interleave and may come out of
order. Events stay open until they are complete or `MAX_OPEN` younger ones are waiting, and leave in the order in which
they began, so positions increase. An event has one system call: that of another process under the same stamp is another event,
of which the stamp is damaged, or counted anew since the machine started.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.domain.records import LINUX, SAMPLE_BYTES, ProcessEvent, ReaderItem, Reject
from engine.readers.guard import guarded
from engine.readers.linux import auditd_interpreted as plain
from engine.readers.linux.auditd_records import (
    CWD,
    EOE,
    EXECVE,
    PATH,
    PROCTITLE,
    RECORD_TYPES,
    SYSCALL,
    AuditLine,
    argument_count,
    arguments,
    as_text,
    decoded,
    fields,
    is_exec_syscall,
    shell_line,
    title_line,
)
from engine.readers.linux.auditd_sudo import SudoCommands
from engine.readers.text.applets import is_many, told_by
from engine.readers.text.moments import Moments
from engine.readers.text.timestamps import from_seconds_text

MAX_OPEN = 256
"""Events waiting for more records. Records of one event are at most a few dozen lines apart even on busy hosts."""
MAX_CLOSED = 1024
"""Stamps of finished events that are remembered, so that a late record does not open its event again."""
MAX_EVENT_BYTES = 8 * 1024 * 1024
"""Records kept per event (ARG_MAX in hex, with room); a flood of continuations cannot take the memory."""
MAX_OPEN_BYTES = 64 * 1024 * 1024
_OVERHEAD = 64
"""Counted per kept record, so that a flood of empty ones is bounded, too."""

_PID = re.compile(rb"(?:^| )pid=(\d{1,10})\b")
_UNSET = frozenset((b"4294967295", b"-1", b"unset", b""))


class _Event:
    __slots__ = (
        *("closed", "cwd", "execve", "host", "interpreted", "other", "path", "position", "size", "stamp", "syscall"),
        *("parts", "time_us", "title"),
    )

    def __init__(self, position: int, first: AuditLine) -> None:
        self.position = position
        self.host = first.node or b""
        self.stamp = first.stamp
        self.interpreted = first.interpreted
        self.time_us = first.time_us
        self.syscall: bytes | None = None
        self.execve: list[bytes] = []
        self.parts: set[bytes] = set()
        """The same bodies: a line that two collectors wrote, or a log that stands twice in a file, doubles no argument."""
        self.cwd: bytes | None = None
        self.path: bytes | None = None
        self.title: bytes | None = None
        self.other = False
        self.closed = False
        self.size = 0

    @property
    def pid(self) -> bytes:
        """Whose system call it is; empty where that is not known."""
        return _pid(self.syscall or b"")

    def __str__(self) -> str:
        """Its system call and arguments, as a reject shows them."""
        return as_text((self.syscall or b"") + b" ".join(self.execve))

    def add(self, kind: int, body: bytes) -> None:
        """Take one record in; bodies that decide nothing, and repetitions, are not kept."""
        if kind == EOE:
            self.closed = True
        elif self.other and kind != EXECVE:
            self.closed = self.closed or kind == PROCTITLE
        elif kind == EXECVE:
            self.other = False
            if body not in self.parts and self._fits(body):
                self.parts.add(body)
                self.execve.append(body)
        elif kind == SYSCALL and self.syscall is None and self._fits(body):
            self.syscall = body
            self.other = not is_exec_syscall(body) and not self.execve
        elif kind == CWD and self.cwd is None and self._fits(body):
            self.cwd = body
        elif kind == PATH and (self.path is None or b"item=0 " in body[:64]) and self._fits(body):
            self.path = body
        elif kind == PROCTITLE and self.title is None and self._fits(body):
            self.title = body
            # Asked only here: a title that came early leaves the event to the window, which costs nothing but delay.
            self.closed = self.whole()

    def _fits(self, body: bytes) -> bool:
        if self.size + len(body) > MAX_EVENT_BYTES:
            return False
        self.size += len(body) + _OVERHEAD
        return True

    def whole(self) -> bool:
        """Whether nothing that matters is missing; PROCTITLE ends an event, but only where the order held."""
        if self.syscall is None:
            return False
        if self.other:
            return True
        if not self.execve:
            return False
        if len(self.execve) == 1 and b"_len=" not in self.execve[0]:
            return True
        count = argument_count(self.execve)
        return count is not None and len(arguments(self.execve)) >= count


class Assembler:
    """Feed lines, get items; `finish` at the end of the stream."""

    def __init__(self, default_host: str = "", dates: plain.LocaleDates | None = None) -> None:
        self._default_host = default_host
        self._dates = dates or plain.LocaleDates(Moments())
        self._open: OrderedDict[tuple[bytes | None, bytes], _Event | _Queued] = OrderedDict()
        self._closed: dict[tuple[bytes | None, bytes], bytes] = {}
        self._bytes = 0
        self._queued = 0
        self.sudo = SudoCommands()

    @property
    def waiting(self) -> bool:
        """Whether events are open: what comes now belongs behind them."""
        return bool(self._open)

    def feed(self, position: int, record: AuditLine) -> Iterator[ReaderItem]:
        """Take one record; yields the events that are finished now."""
        kind = RECORD_TYPES.get(record.type)
        key = (record.node, record.stamp)
        event = self._open.get(key)
        if kind == SYSCALL and isinstance(event, _Event) and _is_another(event.pid, record.body):
            # It keeps its place; what comes under the stamp from now on is of the new one.
            self._queued += 1
            own = (None, b"#%d" % self._queued)
            self._open = OrderedDict((own if held == key else held, value) for held, value in self._open.items())
            event = None
        if event is None:
            if kind is None:
                # Logins, services, AVC denials: whole in one record, or companions of an event that is yet to open.
                self.sudo.see(record)
                yield None
                return
            if kind == EOE or (key in self._closed and not (kind == SYSCALL and _is_another(self._closed[key], record.body))):
                return
            event = self._open[key] = _Event(position, record)
        if kind is None or isinstance(event, _Queued):
            return
        before = event.size
        event.add(kind, record.body)
        self._bytes += event.size - before
        yield from self._drain()

    def put(self, item: ReaderItem) -> Iterator[ReaderItem]:
        """Queue what is no part of an event, as the Reject of a bad line, behind the open events, to keep positions in order."""
        self._queued += 1
        self._open[(None, b"#%d" % self._queued)] = _Queued(item)
        yield from self._drain()

    def finish(self) -> Iterator[ReaderItem]:
        """The events that are still open."""
        while self._open:
            yield self._pop()

    def _drain(self) -> Iterator[ReaderItem]:
        opened = self._open
        while opened:
            first = next(iter(opened.values()))
            ready = isinstance(first, _Queued) or first.closed
            if not ready and len(opened) <= MAX_OPEN and self._bytes <= MAX_OPEN_BYTES:
                return
            yield self._pop()

    def _pop(self) -> ReaderItem:
        key, event = self._open.popitem(last=False)
        if isinstance(event, _Queued):
            return event.item
        self._bytes -= event.size
        self._closed[key] = event.pid
        if len(self._closed) > MAX_CLOSED:
            del self._closed[next(iter(self._closed))]
        return _item(event, event.position, self._default_host, self._dates)


@dataclass(frozen=True, slots=True)
class _Queued:
    item: ReaderItem


def whole(lines: Iterable[AuditLine], position: int, dates: plain.LocaleDates) -> ReaderItem:
    """The event that a record with all of its lines tells (go-audit)."""
    event: _Event | None = None
    for line in lines:
        event = event or _Event(position, line)
        if (kind := RECORD_TYPES.get(line.type)) is not None:
            event.add(kind, line.body)
    return None if event is None else _item(event, position, "", dates)


@guarded
def _item(event: _Event, position: int, default_host: str, dates: plain.LocaleDates) -> ReaderItem:
    if event.other or (event.syscall is None and not event.execve):
        return None
    if event.syscall is None:
        return _reject(event, "incomplete-event", "EXECVE without its SYSCALL record: no pid, no executable, no outcome.")
    read, value = (plain.fields, plain.value) if event.interpreted else (fields, decoded)
    call = read(event.syscall)
    outcome = call.get(b"success", b"")
    if outcome == b"no" or (outcome != b"yes" and call.get(b"exit", b"0") != b"0"):
        return None
    pid = _number(call.get(b"pid"))
    if pid is None:
        return _reject(event, "incomplete-event", "SYSCALL record without a pid.")
    argv = plain.arguments(event.execve) if event.interpreted else arguments(event.execve) if event.execve else []
    image = value(call.get(b"exe", b"")) or (value(read(event.path).get(b"name", b"")) if event.path else b"")
    image = image or (argv[0] if argv else b"")
    if not image:
        return _reject(event, "no-image", "Neither exe, PATH nor arguments name the executable.")
    stamp, _, serial = event.stamp.rpartition(b":")
    session = call.get(b"ses", b"")
    comm = value(call.get(b"comm", b""))
    name = as_text(image)
    return ProcessEvent(
        kind="auditd",
        image=told_by(name, *map(as_text, argv[:2] or [comm])) if is_many(name) else name,
        os=LINUX,
        host=as_text(event.host) if event.host else default_host,
        time_us=_time(event, stamp.decode("utf-8", "replace"), dates),
        pid=pid,
        ppid=_number(call.get(b"ppid")),
        command_line=_command(event, argv, comm),
        user=_user(call),
        cwd=as_text(value(read(event.cwd).get(b"cwd", b""))) or None if event.cwd else None,
        logon_id=None if session in _UNSET else as_text(session),
        record_id=as_text(serial),
        position=position,
    )


def _time(event: _Event, stamp: str, dates: plain.LocaleDates) -> int | None:
    if event.time_us is not None:
        return event.time_us or None
    return dates.time_us(stamp) if event.interpreted else from_seconds_text(stamp)


def _command(event: _Event, argv: list[bytes], comm: bytes) -> str | None:
    """The arguments as a shell line, else the title, if it is the new program's (see `title_line`)."""
    if argv or event.title is None:
        return shell_line(argv)
    if not event.interpreted:
        return title_line(event.title, comm)
    line = plain.title(event.title)
    own = line.split(b" ", 1)[0].rpartition(b"/")[2]
    return as_text(line) if own and comm and own.startswith(comm[:15]) else None


def _user(call: dict[bytes, bytes]) -> str | None:
    """Name of the user that the process runs as, of the login when that has none, else the number."""
    for key in (b"UID", b"AUID"):
        name = call.get(key, b"").strip(b'"')
        if name not in _UNSET and not name.startswith(b"unknown"):
            return as_text(name)
    number = call.get(b"uid", b"").strip(b'"')
    return as_text(number) if number not in _UNSET else None


def _pid(body: bytes) -> bytes:
    found = _PID.search(body)
    return found.group(1) if found else b""


def _is_another(pid: bytes, body: bytes) -> bool:
    """Whether a system call is that of another process than `pid`; of none that is not known."""
    return pid != b"" and _pid(body) not in (b"", pid)


def _number(value: bytes | None) -> int | None:
    return int(value) if value is not None and value.isdigit() and len(value) <= 10 else None


def _reject(event: _Event, code: str, reason: str) -> Reject:
    sample = event.syscall or (event.execve[0] if event.execve else b"")
    return Reject(
        position=event.position,
        code=code,
        reason=reason,
        record_id=as_text(event.stamp.rpartition(b":")[2]),
        sample=sample[:SAMPLE_BYTES],
    )
