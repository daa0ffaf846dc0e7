"""Process starts in Elastic Common Schema, nested, decoded into the fields that are read.

What a stream repeats (host, user, hashes, the event's categories) is kept as its bytes and interpreted once, by the same
functions as in `ecs`.
"""

from __future__ import annotations

from typing import Any

import orjson
from msgspec import UNSET, Raw, Struct, UnsetType, field
from msgspec.json import Decoder

from engine.readers import ecs
from engine.readers.timestamps import parse_utc
from engine.readers.typed_values import GENERAL, NULL, Memo, Nowhere, Number, Text, Way
from engine.readers.windows_fields import number, text
from engine.records import ProcessEvent, ReaderItem


class _Event(Struct, gc=False):
    category: Raw = NULL
    type: Raw = NULL
    action: Raw = NULL
    id: Text = None
    code: Raw = NULL
    created: Text = None


class _Parent(Struct, gc=False):
    pid: Number = None
    entity_id: Text = None
    name: Text = None
    executable: Text = None
    command_line: Text = None
    args: Raw = NULL


class _Token(Struct, gc=False):
    integrity_level_name: Text = None


class _Extension(Struct, gc=False):
    token: _Token | UnsetType = UNSET


class _Version(Struct, gc=False):
    original_file_name: Text = None


class _Process(Struct, gc=False):
    pid: Number = None
    entity_id: Text = None
    name: Text = None
    executable: Text = None
    command_line: Text = None
    args: Raw = NULL
    working_directory: Text = None
    hash: Raw = NULL
    start: Text = None
    ppid: Number = None
    user: Raw = NULL
    pe: _Version | UnsetType = UNSET
    extension: _Extension | UnsetType = field(default=UNSET, name="Ext")
    parent: _Parent | UnsetType = UNSET


class _Record(Struct, gc=False):
    time: Text = field(default=None, name="@timestamp")
    event: _Event | UnsetType = UNSET
    host: Raw = NULL
    user: Raw = NULL
    process: _Process | UnsetType = UNSET
    id: Text = field(default=None, name="_id")
    # Another shape, or a flattened document.
    event_id_of_windows: Nowhere = field(default=UNSET, name="EventID")
    winlog: Nowhere = UNSET
    event_data: Nowhere = UNSET
    event_id: Nowhere = UNSET
    syslog: Nowhere = field(default=UNSET, name="SyslogMessage")
    snapshot: Nowhere = UNSET
    diff_results: Nowhere = field(default=UNSET, name="diffResults")
    endgame: Nowhere = field(default=UNSET, name="process_name")
    process_executable: Nowhere = field(default=UNSET, name="process.executable")
    process_name: Nowhere = field(default=UNSET, name="process.name")
    process_pid: Nowhere = field(default=UNSET, name="process.pid")
    event_action: Nowhere = field(default=UNSET, name="event.action")
    host_name: Nowhere = field(default=UNSET, name="host.name")


_NO_PARENT = _Parent()


class EcsLines:
    """Maps lines of one stream; remembers what repeats."""

    def __init__(self) -> None:
        self._decode = Decoder(_Record).decode
        self._texts = Memo(text)
        self._pids = Memo(number)
        self._entities = Memo(ecs.entity)
        self._hosts = Memo(_host)
        self._users = Memo(_user)
        self._hashes = Memo(lambda raw: ecs.hashes(orjson.loads(raw)))
        self._starts = Memo(_starts)

    def read(self, line: bytes, position: int) -> ReaderItem | Way:
        """The line's record, None for what is no process start, or GENERAL. Raises what msgspec and orjson raise."""
        record = self._decode(line)
        process, event = record.process, record.event
        if process is UNSET or event is UNSET:
            return GENERAL
        if not self._starts[b"%b\n%b\n%b\n%b" % (event.category, event.type, event.action, event.code)]:
            return None
        texts = self._texts
        image = texts[process.executable] or texts[process.name]
        host, family = self._hosts[bytes(record.host)]
        if image is None or not host:
            return GENERAL
        parent = _NO_PARENT if process.parent is UNSET else process.parent
        return ProcessEvent(
            kind="ecs",
            image=image,
            os=ecs.system(family, image),
            host=host,
            time_us=parse_utc(process.start) or parse_utc(event.created) or parse_utc(record.time),
            pid=self._pids[process.pid],
            ppid=self._pids[parent.pid] or self._pids[process.ppid],
            guid=ecs.entity(process.entity_id),
            parent_guid=self._entities[parent.entity_id],
            parent_image=texts[parent.executable] or texts[parent.name],
            command_line=_command(process),
            parent_command_line=texts[parent.command_line] or _command(parent),
            user=self._users[b"%b\n%b" % (record.user, process.user)],
            integrity=None if process.extension is UNSET else _integrity(process.extension),
            cwd=texts[process.working_directory],
            original_name=None if process.pe is UNSET else texts[process.pe.original_file_name],
            hashes=self._hashes[bytes(process.hash)],
            record_id=text(event.id) or text(record.id) or str(position),
            position=position,
        )


def _values(joined: bytes) -> list[Any]:
    """The JSON values, each on a line: the log's own lines have none inside."""
    return [orjson.loads(part) for part in joined.split(b"\n")]


def _starts(joined: bytes) -> bool:
    category, kind, action, code = _values(joined)
    return ecs.starts({"category": category, "type": kind, "action": action, "code": code})


def _user(joined: bytes) -> str | None:
    user, of_process = _values(joined)
    return ecs.user_of(user if type(user) is dict else {}, {"user": of_process})


def _host(raw: bytes) -> tuple[str | None, str]:
    """Name and family."""
    host = orjson.loads(raw)
    return (ecs.host_of(host), ecs.family_of(host)) if type(host) is dict else (None, "")


def _command(process: _Process | _Parent) -> str | None:
    line = text(process.command_line)
    if line is None:
        return ecs.command_of({"args": orjson.loads(bytes(process.args))})
    return line


def _integrity(extension: _Extension) -> str | None:
    return None if extension.token is UNSET else text(extension.token.integrity_level_name)
