"""Elastic Common Schema (process.*, https://www.elastic.co/guide/en/ecs/current/ecs-process.html) and Endgame's older EQL schema.

Elastic Defend, Auditbeat, Filebeat's auditd module and Winlogbeat's own modules write it; nested objects or dotted keys, single
values or lists of one.
"""

from __future__ import annotations

from typing import Any

from engine.domain.records import LINUX, WINDOWS, ProcessEvent, ReaderItem, Reject
from engine.readers.text.timestamps import parse_utc
from engine.readers.windows.windows_fields import number, sample_of, text

Record = dict[str, Any]

_STARTS = frozenset(
    (
        "start",
        "exec",
        "executed",
        "process_started",
        "existing_process",
        "creation",
        "creation_event",
        "process created",
        "process create (rule: processcreate)",
        "created-process",
        "already_running",
    )
)
_ENDS = frozenset(
    ("end", "stop", "fork", "process_stopped", "terminated", "termination_event", "exit", "change", "info", "uid_change")
)
_DOTTED = ("process.executable", "process.name", "process.pid", "event.action", "host.name")
"""Any of these as a key of its own means that the document was flattened."""
_NOTHING: Record = {}
_MAX_DEPTH = 6
_WINDOWS_CODES = frozenset(("1", "4688"))


def recognises(record: Record) -> bool:
    """An ECS document with a process or an event category, or an Endgame process event."""
    if isinstance(record.get("process"), dict) and ("event" in record or "@timestamp" in record or "ecs" in record):
        return True
    if isinstance(record.get("event"), dict) and "@timestamp" in record and ("ecs" in record or "agent" in record):
        return True
    return "process.executable" in record or "process.entity_id" in record or _endgame(record)


def map_record(record: Record, position: int, record_id: str | None = None) -> ReaderItem:
    """A process start as an event; forks (same image, no exec), ends and other categories are None."""
    if _endgame(record):
        return _map_endgame(record, position)
    if not isinstance(record.get("process"), dict) or any(key in record for key in _DOTTED):
        record = nest(record)
    process, event = _group(record, "process"), _group(record, "event")
    if not starts(event):
        return None
    image = _text(process.get("executable")) or _text(process.get("name"))
    if image is None:
        return Reject(
            position=position,
            code="no-image",
            reason="process.executable and process.name are empty.",
            record_id=record_id,
            sample=sample_of(record),
        )
    parent, host = _group(process, "parent"), _group(record, "host")
    return ProcessEvent(
        kind="ecs",
        image=image,
        os=system(family_of(host), image),
        host=host_of(host) or text(_group(record, "agent").get("hostname")) or "",
        time_us=_time(record, process, event),
        pid=number(_one(process.get("pid"))),
        ppid=number(_one(parent.get("pid"))) or number(_one(process.get("ppid"))),
        guid=entity(_one(process.get("entity_id"))),
        parent_guid=entity(_one(parent.get("entity_id"))),
        parent_image=_text(parent.get("executable")) or _text(parent.get("name")),
        command_line=command_of(process),
        parent_command_line=command_of(parent),
        user=user_of(_group(record, "user"), process),
        integrity=_text(_group(_group(process, "Ext"), "token").get("integrity_level_name")),
        cwd=_text(process.get("working_directory")),
        logon_id=_text(_group(_group(record, "winlog"), "logon").get("id")),
        original_name=_text(_group(process, "pe").get("original_file_name")),
        hashes=hashes(process.get("hash")),
        record_id=record_id or _text(event.get("id")) or text(record.get("_id")) or str(position),
        position=position,
    )


def nest(record: Record) -> Record:
    """Dotted keys (`process.parent.pid`) as nested objects; what is nested already stays and wins."""
    out: Record = {}
    for key, value in record.items():
        node = out
        *groups, last = key.split(".", _MAX_DEPTH)
        for group in groups:
            inner = node.setdefault(group, {})
            if not isinstance(inner, dict):
                break
            node = inner
        else:
            known = node.get(last)
            if isinstance(known, dict) and isinstance(value, dict):
                node[last] = {**known, **value}
            else:
                node.setdefault(last, value)
    return out


def _group(record: Record, key: str) -> Record:
    value = record.get(key)
    return value if type(value) is dict else _NOTHING


def _one(value: Any) -> Any:
    """The value itself, or the first of a list."""
    if type(value) is list:
        return value[0] if value else None
    return value


def _text(value: Any) -> str | None:
    """`text` of the value or of the first of a list; most fields are short-cut here, twenty of them per record."""
    if value is None:
        return None
    return text(value if type(value) is str else _one(value))


def _words(value: Any) -> list[str]:
    values = value if type(value) is list else (value,)
    return [item.lower() for item in values if type(item) is str]


def starts(event: Record) -> bool:
    """Whether the document tells that a process began to run an image."""
    category, types, actions = _words(event.get("category")), _words(event.get("type")), _words(event.get("action"))
    if category and "process" not in category:
        return False
    if any(action in _ENDS for action in actions):
        return False
    if any(action in _STARTS for action in actions) or any(kind in ("start", "process_start", "creation") for kind in types):
        return True
    return not actions and not types and _text(event.get("code")) in _WINDOWS_CODES


def entity(value: Any) -> str | None:
    """A process entity id; a GUID without braces, in lower case."""
    found = text(value)
    return found.strip("{}").lower() if found is not None and found.startswith("{") else found


def _time(record: Record, process: Record, event: Record) -> int | None:
    # Elastic Defend's @timestamp is the event's own time; process.start is better where Auditbeat reports late.
    for value in (process.get("start"), event.get("created"), record.get("@timestamp")):
        if value is not None:
            moment = parse_utc(_one(value))
            if moment is not None:
                return moment
    return None


def command_of(process: Record) -> str | None:
    """The command line, or the arguments joined."""
    line = _text(process.get("command_line"))
    if line is not None:
        return line
    words = process.get("args")
    if type(words) is list:
        return " ".join(word for word in words if type(word) is str) or None
    return text(words)


def user_of(user: Record, process: Record) -> str | None:
    """The account, of the document's `user` or of the process's."""
    name = _text(user.get("name")) or _text(_group(process, "user").get("name"))
    domain = _text(user.get("domain"))
    return f"{domain}\\{name}" if name and domain else name


def hashes(found: Any) -> str | None:
    """`process.hash` as Sysmon writes hashes."""
    if type(found) is not dict:
        return None
    named = [(name, _text(found.get(name))) for name in ("sha1", "md5", "sha256", "imphash")]
    return ",".join(f"{name.upper()}={value}" for name, value in named if value) or None


def host_of(host: Record) -> str | None:
    """The name in a document's `host`."""
    return _text(host.get("hostname")) or _text(host.get("name"))


def family_of(host: Record) -> str:
    """The operating system in a document's `host`, in lower case."""
    os = _group(host, "os")
    return (_text(os.get("type")) or _text(os.get("family")) or _text(os.get("platform")) or "").lower()


def system(family: str, image: str) -> str:
    """WINDOWS, LINUX or "" from the family, or from how the image is written."""
    if family == "windows" or "\\" in image:
        return WINDOWS
    return LINUX if family not in ("macos", "darwin") and (family or image.startswith("/")) else ""


def _endgame(record: Record) -> bool:
    return "process_name" in record and ("unique_pid" in record or "event_subtype_full" in record or "event_type_full" in record)


def _map_endgame(record: Record, position: int) -> ReaderItem:
    subtype = text(record.get("event_subtype_full")) or text(record.get("subtype")) or ""
    kind = text(record.get("event_type_full")) or text(record.get("event_type")) or "process"
    if not kind.startswith("process") or not (
        subtype.startswith(("creation", "create", "already_running", "exec")) or not subtype
    ):
        return None
    image = text(record.get("process_path")) or text(record.get("process_name"))
    if image is None:
        return Reject(
            position=position, code="no-image", reason="process_path and process_name are empty.", sample=sample_of(record)
        )
    return ProcessEvent(
        kind="eql",
        image=image,
        os=WINDOWS if "\\" in image or image.lower().endswith(".exe") else "",
        host=text(record.get("hostname")) or text(record.get("host")) or "",
        time_us=parse_utc(record.get("timestamp")),
        pid=number(record.get("pid")),
        ppid=number(record.get("ppid")),
        guid=entity(record.get("unique_pid")),
        parent_guid=entity(record.get("unique_ppid")),
        parent_image=text(record.get("parent_process_path")) or text(record.get("parent_process_name")),
        command_line=text(record.get("command_line")),
        user=text(record.get("user")) or text(record.get("user_name")),
        logon_id=text(record.get("logon_id")),
        record_id=text(record.get("serial_event_id")) or str(position),
        position=position,
    )
