"""Sysmon event 1 as flat JSON (NXLog, and what copies its names), decoded into the fields that are read."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from typing import Any

from msgspec import UNSET, Struct, field
from msgspec.json import Decoder
from msgspec.structs import astuple

from engine.domain.records import WINDOWS, ProcessEvent, ReaderItem
from engine.readers.records.typed_columns import Column, filled, guids, moments, numbers, texts
from engine.readers.records.typed_values import GENERAL, Memo, Nowhere, Number, Text, Way
from engine.readers.windows.windows_fields import EVENT_NUMBERS, SYSMON, guid, kind_of, text

_CREATION = frozenset((1, "1"))
_KNOWN = EVENT_NUMBERS | frozenset(map(str, EVENT_NUMBERS))
_REPEATING = ("user", "integrity", "cwd", "logon_id", "original_name", "hashes")
"""In the order of ProcessEvent."""


class _Record(Struct, gc=False, kw_only=True):
    """In the order of NXLog's output: a key is compared with the field behind the last one first."""

    host: Text = field(default=None, name="Hostname")
    event_id: Number = field(name="EventID")
    provider: Text = field(default=None, name="SourceName")
    record_number: Number = field(default=None, name="RecordNumber")
    time: Text = field(default=None, name="UtcTime")
    guid: Text = field(default=None, name="ProcessGuid")
    pid: Number = field(default=None, name="ProcessId")
    image: Text = field(default=None, name="Image")
    original_name: Text = field(default=None, name="OriginalFileName")
    command_line: Text = field(default=None, name="CommandLine")
    cwd: Text = field(default=None, name="CurrentDirectory")
    user: Text = field(default=None, name="User")
    logon_id: Number = field(default=None, name="LogonId")
    integrity: Text = field(default=None, name="IntegrityLevel")
    hashes: Text = field(default=None, name="Hashes")
    parent_guid: Text = field(default=None, name="ParentProcessGuid")
    ppid: Number = field(default=None, name="ParentProcessId")
    parent_image: Text = field(default=None, name="ParentImage")
    parent_command_line: Text = field(default=None, name="ParentCommandLine")
    snapshot: Nowhere = UNSET
    diff_results: Nowhere = field(default=UNSET, name="diffResults")


class SysmonLines:
    """Maps lines of one stream; remembers what repeats."""

    def __init__(self) -> None:
        self.decode = Decoder(_Record).decode
        self._texts = Memo(text)
        self._guids = Memo(guid)
        self._hosts = Memo(str)
        self._kinds = Memo(lambda provider: kind_of(provider, None, 1))

    def read(self, records: Sequence[_Record], positions: Sequence[int]) -> list[ReaderItem | Way]:
        """For each decoded line its record, None for an event of another kind, or GENERAL."""
        columns = self.columns(records, positions)
        if columns is not None:
            return _events(columns)
        items: list[ReaderItem | Way] = [_other(record) for record in records]
        chosen = [
            place for place, record in enumerate(records) if record.event_id in _CREATION and _regular(_of([record]), self._kinds)
        ]
        if chosen:
            of = _of([records[place] for place in chosen])
            events = _events(self._columns(of, [positions[place] for place in chosen]))
            for place, event in zip(chosen, events, strict=True):
                items[place] = event
        return items

    def columns(self, records: Sequence[_Record], positions: Sequence[int]) -> dict[str, Column] | None:
        """Fields of ProcessEvent but ancestors, which there are none of, each a column; None where a record is something else."""
        of = _of(records)
        return self._columns(of, positions) if _regular(of, self._kinds) else None

    def _columns(self, of: dict[str, Column], positions: Sequence[int]) -> dict[str, Column]:
        def known(name: str) -> Column:
            return list(map(self._texts.__getitem__, of[name]))

        size = len(positions)
        return {
            "kind": [SYSMON] * size,
            "image": known("image"),
            "os": [WINDOWS] * size,
            "host": list(map(self._hosts.__getitem__, of["host"])),
            "time_us": moments(of["time"]),
            "pid": numbers(of["pid"]),
            "ppid": numbers(of["ppid"]),
            "guid": guids(of["guid"], guid),
            "parent_guid": guids(of["parent_guid"], self._guids.__getitem__),
            "parent_image": known("parent_image"),
            "command_line": texts(of["command_line"]),
            "parent_command_line": texts(of["parent_command_line"]),
            **{name: known(name) for name in _REPEATING},
            "record_id": list(map(str, of["record_number"])),
            "position": positions,
        }


def _of(records: Sequence[_Record]) -> dict[str, Column]:
    return dict(zip(_Record.__struct_fields__, zip(*map(astuple, records), strict=True), strict=True))


def _regular(of: dict[str, Column], kinds: Memo) -> bool:
    """Whether all are process creations with what every such record has."""
    return (
        _CREATION.issuperset(of["event_id"])
        and all(filled(of[name]) for name in ("image", "record_number"))
        and not any(None in of[name] for name in ("host", "time", "pid", "provider"))
        and min(map(len, of["host"])) > 1
        and all(kinds[provider] == SYSMON for provider in set(of["provider"]))
    )


def _events(columns: dict[str, Column]) -> list[ReaderItem | Way]:
    every: dict[str, Any] = {**columns, "ancestors": repeat(())}
    return list(map(ProcessEvent, *(every[name] for name in ProcessEvent.__struct_fields__)))


def _other(record: _Record) -> Way | None:
    """A record that is not mapped here: another event, or something unusual."""
    number = record.event_id
    if record.provider is None and record.host is None:
        return GENERAL
    return GENERAL if number is None or number in _KNOWN or (type(number) is str and not number.isdigit()) else None
