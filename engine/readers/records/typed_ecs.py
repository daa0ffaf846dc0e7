"""Process starts in Elastic Common Schema, nested, decoded into the fields that are read.

What a stream repeats (host, user, hashes, the event's categories) is kept as its bytes and interpreted once, by the same
functions as in `ecs`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from typing import Any

import orjson
from msgspec import UNSET, Raw, Struct, UnsetType, field
from msgspec.json import Decoder
from msgspec.structs import astuple

from engine.domain.records import ProcessEnd, ProcessEvent, ReaderItem
from engine.readers.records import ecs
from engine.readers.records.ecs_phase import END, OTHER, SILENT, START, phase_of_event
from engine.readers.records.typed_columns import Column, filled, moments, numbers, texts, unbraced
from engine.readers.records.typed_values import GENERAL, NULL, Memo, Nowhere, Number, Text, Way
from engine.readers.text.timestamps import parse_utc
from engine.readers.windows.windows_fields import ZERO_GUID, number, text


class _Event(Struct, gc=False):
    category: Raw = NULL
    type: Raw = NULL
    action: Raw = NULL
    id: Text = None
    code: Raw = NULL
    kind: Raw = NULL
    outcome: Raw = NULL
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
    end: Raw = NULL
    exe: Nowhere = UNSET
    cwd: Nowhere = UNSET
    ppid: Number = None
    user: Raw = NULL
    pe: _Version | UnsetType = UNSET
    extension: _Extension | UnsetType = field(default=UNSET, name="Ext")
    parent: _Parent = field(default_factory=_Parent)


class _Record(Struct, gc=False, kw_only=True):
    time: Text = field(default=None, name="@timestamp")
    event: _Event
    host: Raw = NULL
    user: Raw = NULL
    process: _Process
    id: Text = field(default=None, name="_id")
    auditd: Raw = NULL
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


_TOLD = ("category", "type", "action", "code", "kind", "outcome")
_LINES: Callable[[tuple[Raw, ...]], bytes] = b"\n".join
"""The JSON values, each on a line: the log's own lines have none inside."""


class EcsLines:
    """Maps lines of one stream; remembers what repeats."""

    def __init__(self) -> None:
        self.decode = Decoder(_Record).decode
        self._texts = Memo(text)
        self._entities = Memo(ecs.entity)
        self._hosts = Memo(_host)
        self._users = Memo(_user)
        self._arguments = Memo(lambda raw: ecs.command_of({"args": orjson.loads(raw)}))
        self._hashes = Memo(lambda raw: ecs.hashes(orjson.loads(raw)))
        self._phases = Memo(_phase)
        self._systems = Memo(lambda pair: ecs.system(*pair))

    def read(self, records: Sequence[_Record], positions: Sequence[int]) -> list[ReaderItem | Way]:
        """For each decoded line its record, None for what is no process start, or GENERAL. Raises what orjson raises."""
        of = _columns(_Record, records)
        event, process = _columns(_Event, of["event"]), _columns(_Process, of["process"])
        told = map(_LINES, zip(*(event[name] for name in _TOLD), strict=True))
        phases = list(map(self._phases.__getitem__, told))
        hosts, families = zip(*map(self._hosts.__getitem__, map(bytes, of["host"])), strict=True)
        images = self._first(process["executable"], process["name"])
        sound = not any(map(_tells_more, of["auditd"]))
        if sound and phases.count(START) == len(phases) and all(hosts) and None not in images:
            return self._events({**of, "host": hosts, "family": families, "image": images}, process, event, positions)
        items: list[ReaderItem | Way] = [None if phase == OTHER else GENERAL for phase in phases]
        for place, phase in enumerate(phases):
            if phase == END and hosts[place] and process["end"][place] is NULL and not _tells_more(of["auditd"][place]):
                items[place] = self._end(records[place], hosts[place], images[place], positions[place])
        fit = [
            place
            for place, host in enumerate(hosts)
            if host and phases[place] == START and images[place] is not None and not _tells_more(of["auditd"][place])
        ]
        if fit:
            for place, item in zip(fit, self.read([records[at] for at in fit], [positions[at] for at in fit]), strict=True):
                items[place] = item
        return items

    def _events(
        self, of: dict[str, Column], process: dict[str, Column], event: dict[str, Column], positions: Sequence[int]
    ) -> list[ReaderItem | Way]:
        parent = _columns(_Parent, process["parent"])
        times = _times(process["start"], of["time"], event["created"])
        texts_of = self._texts.__getitem__
        events = map(
            ProcessEvent,
            repeat("ecs"),
            of["image"],
            map(self._systems.__getitem__, zip(of["family"], of["image"], strict=True)),
            of["host"],
            times,
            numbers(process["pid"]),
            _or(numbers(parent["pid"]), map(number, process["ppid"])),
            _entities(process["entity_id"], ecs.entity),
            _entities(parent["entity_id"], self._entities.__getitem__),
            self._first(parent["executable"], parent["name"]),
            repeat(()),
            self._commands(texts(process["command_line"]), process["args"]),
            self._commands(texts(parent["command_line"]), parent["args"]),
            map(self._users.__getitem__, map(_LINES, zip(of["user"], process["user"], strict=True))),
            _inside(process["extension"], _integrity),
            map(texts_of, process["working_directory"]),
            repeat(None),
            _inside(process["pe"], _original_name),
            map(self._hashes.__getitem__, map(bytes, process["hash"])),
            _record_ids(event["id"], of["id"], positions),
            positions,
        )
        # A time that cannot be read is told of by the general way.
        return list(events) if all(times) else [event if event.time_us else GENERAL for event in events]

    def _end(self, record: _Record, host: str, image: str | None, position: int) -> ReaderItem | Way:
        time, process = parse_utc(record.time), record.process
        if time is None:
            return GENERAL
        guid = ecs.entity(process.entity_id)
        return ProcessEnd(position=position, host=host, time_us=time, pid=number(process.pid), guid=guid, image=image)

    def _first(self, one: Column, other: Column) -> Column:
        texts_of = self._texts.__getitem__
        return _or(list(map(texts_of, one)), map(texts_of, other))

    def _commands(self, lines: Column, arguments: Column) -> Column:
        return _or(lines, map(self._arguments.__getitem__, map(bytes, arguments)))


def _columns(struct: type[Struct], records: Sequence[Struct]) -> dict[str, Column]:
    return dict(zip(struct.__struct_fields__, zip(*map(astuple, records), strict=True), strict=True))


def _or(first: Column, second: Iterable[Any]) -> Column:
    """Row by row the first value, or the second where the first is empty."""
    return first if all(first) else [one or other for one, other in zip(first, second, strict=True)]


def _times(*columns: Column) -> Column:
    """Row by row the first of some columns that can be read as a time, in microseconds."""
    filled_columns = [column for column in columns if any(column)]
    times = moments(filled_columns[0]) if filled_columns else [None] * len(columns[0])
    if all(times):
        return times
    return [next(filter(None, map(parse_utc, row)), None) for row in zip(*columns, strict=True)]


def _entities(column: Column, one_by_one: Callable[[Any], Any]) -> Column:
    """ecs.entity, which `one_by_one` is or remembers."""
    inner = unbraced(column)
    if inner is not None and ZERO_GUID not in inner:
        return inner
    if not filled(column) or "0" in column:
        return list(map(one_by_one, column))
    joined = "".join(column)
    return column if "{" not in joined and ZERO_GUID not in joined else list(map(one_by_one, column))


def _inside(groups: Column, read: Callable[[Any], str | None]) -> Iterable[str | None]:
    """What `read` gives for the groups that are there; few streams have any."""
    return [None if group is UNSET else read(group) for group in groups] if any(map(_is_set, groups)) else repeat(None)


def _record_ids(ids: Column, others: Column, positions: Sequence[int]) -> Column:
    return (
        ids
        if filled(ids)
        else [text(one) or text(other) or str(at) for one, other, at in zip(ids, others, positions, strict=True)]
    )


def _values(joined: bytes) -> list[Any]:
    return [orjson.loads(part) for part in joined.split(b"\n")]


def _phase(joined: bytes) -> str:
    """What `phase_of_event` gives; SILENT also for what has its time elsewhere."""
    event = dict(zip(_TOLD, _values(joined), strict=True))
    return SILENT if event["kind"] not in (None, "event") else phase_of_event(event)


def _tells_more(auditd: Raw) -> bool:
    """Whether auditd may name the machine or a failure, which only the general way looks for."""
    if auditd is NULL:
        return False
    text_of = bytes(auditd)
    return any(word in text_of for word in (b"node", b"fail", b'"log"', b"\\u"))


def _user(joined: bytes) -> str | None:
    user, of_process = _values(joined)
    return ecs.user_of(user if type(user) is dict else {}, {"user": of_process})


def _host(raw: bytes) -> tuple[str | None, str]:
    """Name and operating system's family of a document's `host`."""
    host = orjson.loads(raw)
    return (ecs.host_of(host), ecs.family_of(host)) if type(host) is dict else (None, "")


def _is_set(group: object) -> bool:
    return group is not UNSET


def _original_name(version: _Version) -> str | None:
    return text(version.original_file_name)


def _integrity(extension: _Extension) -> str | None:
    return None if extension.token is UNSET else text(extension.token.integrity_level_name)
