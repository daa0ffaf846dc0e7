"""Elastic Common Schema (process.*, https://www.elastic.co/guide/en/ecs/current/ecs-process.html) and Endgame's older EQL schema.

Elastic Defend, Auditbeat, Filebeat's auditd module and Winlogbeat's own modules write it; nested objects or dotted keys, single
values or lists of one.
"""

from __future__ import annotations

from typing import Any

from engine.readers.timestamps import parse_utc
from engine.readers.windows_fields import number, sample_of, text
from engine.records import LINUX, WINDOWS, ProcessEvent, ReaderItem, Reject

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
_GROUPS = frozenset(("process", "event", "host", "user", "winlog", "agent"))
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
    record = flatten(record)
    if not _starts(record):
        return None
    image = text(dig(record, "process.executable")) or text(dig(record, "process.name"))
    if image is None:
        return Reject(
            position=position,
            code="no-image",
            reason="process.executable and process.name are empty.",
            record_id=record_id,
            sample=sample_of(record),
        )
    return ProcessEvent(
        kind="ecs",
        image=image,
        os=_system(record, image),
        host=text(dig(record, "host.hostname")) or text(dig(record, "host.name")) or text(dig(record, "agent.hostname")) or "",
        time_us=_time(record),
        pid=number(dig(record, "process.pid")),
        ppid=number(dig(record, "process.parent.pid")) or number(dig(record, "process.ppid")),
        guid=_entity(dig(record, "process.entity_id")),
        parent_guid=_entity(dig(record, "process.parent.entity_id")),
        parent_image=text(dig(record, "process.parent.executable")) or text(dig(record, "process.parent.name")),
        command_line=_command(record, "process"),
        parent_command_line=_command(record, "process.parent"),
        user=_user(record),
        integrity=text(dig(record, "process.Ext.token.integrity_level_name")),
        cwd=text(dig(record, "process.working_directory")),
        logon_id=text(dig(record, "winlog.logon.id")),
        original_name=text(dig(record, "process.pe.original_file_name")),
        hashes=_hashes(record),
        record_id=record_id or text(dig(record, "event.id")) or text(record.get("_id")) or str(position),
        position=position,
    )


def flatten(record: Record) -> Record:
    """The groups that are read here with dotted keys, so that each field afterwards costs one look-up and not four.

    Half of an ECS document is about agents and network: only `_GROUPS` are walked. Lists stay as they are.
    """
    flat: Record = {}
    pending: list[tuple[str, Record]] = []
    for key, value in record.items():
        if isinstance(value, dict):
            if key.partition(".")[0] in _GROUPS:
                pending.append((key + ".", value))
        else:
            flat[key] = value
    while pending:
        prefix, node = pending.pop()
        for key, value in node.items():
            if isinstance(value, dict):
                pending.append((f"{prefix}{key}.", value))
            else:
                flat.setdefault(prefix + key, value)
    return flat


def dig(flat: Record, path: str) -> Any:
    """Value at a dotted path of a flattened record; the first of a list."""
    value = flat.get(path)
    if isinstance(value, list):
        return value[0] if value else None
    return value


def _words(flat: Record, path: str) -> list[str]:
    value = flat.get(path)
    values = value if isinstance(value, list) else (value,)
    return [item.lower() for item in values if isinstance(item, str)]


def _starts(record: Record) -> bool:
    """Whether the document tells that a process began to run an image."""
    category, types, actions = (_words(record, "event." + key) for key in ("category", "type", "action"))
    if category and "process" not in category:
        return False
    if any(action in _ENDS for action in actions):
        return False
    if any(action in _STARTS for action in actions) or any(kind in ("start", "process_start", "creation") for kind in types):
        return True
    return not actions and not types and text(dig(record, "event.code")) in _WINDOWS_CODES


def _entity(value: Any) -> str | None:
    found = text(value)
    return found.strip("{}").lower() if found is not None and found.startswith("{") else found


def _time(record: Record) -> int | None:
    for path in ("process.start", "event.created", "@timestamp"):
        moment = parse_utc(dig(record, path))
        # Elastic Defend's @timestamp is the event's own time; process.start is better where Auditbeat reports late.
        if moment is not None:
            return moment
    return None


def _command(record: Record, prefix: str) -> str | None:
    line = text(dig(record, prefix + ".command_line"))
    if line is not None:
        return line
    node = record.get(prefix + ".args")
    if isinstance(node, list):
        words = [word for word in node if isinstance(word, str)]
        return " ".join(words) or None
    return text(node)


def _user(record: Record) -> str | None:
    name = text(dig(record, "user.name")) or text(dig(record, "process.user.name"))
    domain = text(dig(record, "user.domain"))
    return f"{domain}\\{name}" if name and domain else name


def _hashes(record: Record) -> str | None:
    found = [(name, text(dig(record, f"process.hash.{name}"))) for name in ("sha1", "md5", "sha256", "imphash")]
    return ",".join(f"{name.upper()}={value}" for name, value in found if value) or None


def _system(record: Record, image: str) -> str:
    family = (
        text(dig(record, "host.os.type")) or text(dig(record, "host.os.family")) or text(dig(record, "host.os.platform")) or ""
    )
    if family.lower() == "windows" or "\\" in image:
        return WINDOWS
    return LINUX if family.lower() not in ("macos", "darwin") and (family or image.startswith("/")) else ""


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
        guid=_entity(record.get("unique_pid")),
        parent_guid=_entity(record.get("unique_ppid")),
        parent_image=text(record.get("parent_process_path")) or text(record.get("parent_process_name")),
        command_line=text(record.get("command_line")),
        user=text(record.get("user")) or text(record.get("user_name")),
        logon_id=text(record.get("logon_id")),
        record_id=text(record.get("serial_event_id")) or str(position),
        position=position,
    )
