"""The records that readers yield and everything else is built from.

`ProcessEvent` is a msgspec Struct and not a frozen dataclass: building one costs 0.6 µs instead of 6, and a case has
tens of millions.
"""

from __future__ import annotations

from typing import Any

import msgspec

WINDOWS = "windows"
LINUX = "linux"

MAX_STEPS = 10
"""Longest chain, in steps (both published methods use 10)."""


class ProcessEvent(msgspec.Struct, frozen=True, gc=False):
    """One process creation as one record tells it. Text is as recorded, unnormalised and untrusted.

    Readers name the fields. The reader of whole columns fills them by position, in a quarter of the time: the names of
    twenty arguments are searched for one by one.

    Absent values are None (or "" for `host`, `os`), never "-", "N/A" or 0.
    """

    kind: str
    """Family of the record, in small letters, digits and dashes: sysmon1, security4688, auditd, ecs, edr-mde, tetragon, list …
    `auditd-la` is auditd as exported from Log Analytics, `list` a process that ran when a list was made."""
    image: str
    """Path of the executable; a bare name where the format has no path. May be empty (kernel threads in osquery)."""
    os: str = ""
    """WINDOWS or LINUX, which are "windows" and "linux", or "" when the record does not tell: how paths are folded goes by it."""
    host: str = ""
    time_us: int | None = None
    """UTC, microseconds since 1970."""
    pid: int | None = None
    ppid: int | None = None
    guid: str | None = None
    """Canonical: lower case, no braces. Also ECS entity ids and the like, as they are."""
    parent_guid: str | None = None
    parent_image: str | None = None
    ancestors: tuple[str, ...] = ()
    """Images above `parent_image` that the record itself names, nearest first (Defender's grandparent, sequence lists)."""
    command_line: str | None = None
    parent_command_line: str | None = None
    user: str | None = None
    integrity: str | None = None
    cwd: str | None = None
    logon_id: str | None = None
    original_name: str | None = None
    """OriginalFileName of the version resource."""
    hashes: str | None = None
    record_id: str | None = None
    """The log's own number (EventRecordID, audit serial, ReportIndex); the row or record number where it has none."""
    position: int = 0
    """Where in the source: record, line or row number, counted from 1; byte offset for EVTX chunks that were carved."""


class Reject(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A record that could not be used. Never silently dropped."""

    position: int
    code: str
    """Short stable slug to count by: bad-json, bad-xml, shifted-fields, damaged-record, no-image, bad-time …"""
    reason: str
    """A sentence for a person; names the field and what was expected."""
    record_id: str | None = None
    sample: bytes = b""
    """The first bytes of the record, at most 400."""
    untrusted: int = 0
    """Process creations before this one in the source that were kept, and of which it says that they may have been changed."""


SAMPLE_BYTES = 400


class ProcessEnd(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The end of a process as one record tells it (Security 4689, Sysmon 5, ETW's ProcessStop): from then on its pid is free.

    It counts with the records that are no process creation. Fields as in `ProcessEvent`.
    """

    position: int
    host: str = ""
    time_us: int | None = None
    pid: int | None = None
    guid: str | None = None
    image: str | None = None


class HostFact(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What a record says of its host that changes how others are to be read. Counts with those that are no process creation."""

    position: int
    code: str
    """Short stable slug: log-cleared (1102, 104), clock-set (4616) …"""
    text: str
    """A sentence for a person; what it quotes of the log is untrusted."""
    host: str = ""
    time_us: int | None = None


class Unknown(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A well-formed record (JSON object, row) that no mapper understands. Never taken for one that is no process creation: a
    source of nothing else is not recognised.
    """

    position: int
    keys: tuple[str, ...]
    """Its fields, nested ones as a.b, in their order; at most 40."""
    near: tuple[tuple[str, str], ...] = ()
    """(field of a process creation, key) of what could be mapped: a key whose value is a program is among them. Empty for a
    record that cannot be a process."""


class Note(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Something about a source as a whole, at its end. No record: it is not counted as read."""

    code: str
    """Short stable slug: local-time, unreadable-time, day-order …"""
    text: str
    """A sentence for a person, with the remedy if there is one."""
    count: int = 0
    """Records that it is about."""


class Fragment(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A record that tells an event only together with others: a line of an audit event in a JSON object or a row. Mappers return
    it, readers put the fragments together (`auditd_parts.together`); none leaves them.
    """

    position: int
    lines: tuple[Any, ...]
    """What the assembler of its family takes, in order."""


ReaderItem = ProcessEvent | Reject | ProcessEnd | HostFact | Unknown | Note | Fragment | None
"""What readers yield, one per record read (and notes): None is a well-formed record that is no process creation."""
