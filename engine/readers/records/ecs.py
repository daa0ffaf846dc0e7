"""Elastic Common Schema (process.*, https://www.elastic.co/guide/en/ecs/current/ecs-process.html) and Endgame's older EQL schema.

Elastic Defend, Auditbeat, Filebeat's auditd module and Winlogbeat's own modules write it; nested objects or dotted keys, single
values or lists of one. `ecs_phase` tells which documents are starts and which are ends.
"""

from __future__ import annotations

from typing import Any

from engine.domain.records import LINUX, WINDOWS, ProcessEnd, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import Format, Record
from engine.readers.records.ecs_phase import END, START, phase_of
from engine.readers.text.moments import Moments
from engine.readers.windows.windows_fields import ZERO_GUID, number, sample_of, text

FORMATS = (
    Format(
        slug="ecs",
        title="Elastic Common Schema: Elastic Defend, Auditbeat, Winlogbeat's and Filebeat's modules",
        export="Kibana: Discover, Share, CSV; or Inspect, Response; elasticdump; the search, scroll, SQL and ES|QL interfaces",
        read="event.category process with event.type start or an action of a start; states of running processes; signals",
        left_out="ends (they free the pid), forks, failed calls, alerts, metrics, every other category",
        source="elastic.co/guide/en/ecs/current/ecs-process.html; github.com/elastic/go-libaudit aucoalesce/normalizations.yaml",
    ),
    Format(
        slug="endgame",
        title="Endgame and the EQL library's example data",
        export="the EQL library's JSON, one object a line",
        read="event_subtype_full creation_event and already_running",
        left_out="termination_event (it frees the pid), other events",
        source="github.com/endgameinc/eqllib",
    ),
)

_DOTTED = ("process.executable", "process.name", "process.pid", "event.action", "host.name")
"""Any of these as a key of its own means that the document was flattened."""
_NOTHING: Record = {}
_MAX_DEPTH = 6
_NO_ENTITIES = frozenset((ZERO_GUID, "0"))


def recognises(record: Record) -> bool:
    """An ECS document with a process or an event category, or an Endgame process event."""
    if isinstance(record.get("process"), dict) and ("event" in record or "@timestamp" in record or "ecs" in record):
        return True
    if isinstance(record.get("event"), dict) and "@timestamp" in record and ("ecs" in record or "agent" in record):
        return True
    return "process.executable" in record or "process.entity_id" in record or _endgame(record)


def map_record(record: Record, position: int, moments: Moments, record_id: str | None = None) -> ReaderItem:
    """A process start as an event, an end as its end; forks (same image, no exec) and other categories are None."""
    if _endgame(record):
        return _map_endgame(record, position, moments)
    if not isinstance(record.get("process"), dict) or any(key in record for key in _DOTTED):
        record = nest(record)
    process, event = _group(record, "process"), _group(record, "event")
    phase = phase_of(event, process)
    if phase == END:
        return _end(record, process, position, moments)
    if phase != START or _failed(_group(record, "auditd")):
        return None
    image = _image(process)
    if image is None:
        return Reject(
            position=position,
            code="no-image",
            reason="process.executable and process.name are empty.",
            record_id=record_id,
            sample=sample_of(record),
        )
    parent, winlog = _group(process, "parent"), _group(record, "winlog")
    return ProcessEvent(
        kind="ecs",
        image=image,
        os=WINDOWS if winlog else system(family_of(_group(record, "host")), image),
        host=machine_of(record),
        time_us=_time(record, process, event, moments),
        pid=_number(process.get("pid")),
        ppid=_number(parent.get("pid")) or _number(process.get("ppid")),
        guid=entity(_one(process.get("entity_id"))),
        parent_guid=entity(_one(parent.get("entity_id"))),
        parent_image=_text(parent.get("executable")) or _text(parent.get("name")),
        command_line=command_of(process),
        parent_command_line=command_of(parent),
        user=user_of(_group(record, "user"), process),
        integrity=_text(_group(_group(process, "Ext"), "token").get("integrity_level_name"))
        or _text(_group(winlog, "event_data").get("IntegrityLevel")),
        cwd=_text(process.get("working_directory")) or _text(process.get("cwd")),
        logon_id=_text(_group(winlog, "logon").get("id")),
        original_name=_text(_group(process, "pe").get("original_file_name")),
        hashes=hashes(process.get("hash")),
        record_id=record_id or _text(event.get("id")) or text(record.get("_id")) or str(position),
        position=position,
    )


def _end(record: Record, process: Record, position: int, moments: Moments) -> ProcessEnd:
    time = next((value for value in (process.get("end"), record.get("@timestamp")) if value is not None), None)
    return ProcessEnd(
        position=position,
        host=machine_of(record),
        time_us=moment_of(_one(time), moments),
        pid=_number(process.get("pid")),
        guid=entity(_one(process.get("entity_id"))),
        image=_image(process),
    )


def _image(process: Record) -> str | None:
    # Auditbeat 6 had names of its own: exe, cwd.
    return _text(process.get("executable")) or _text(process.get("exe")) or _text(process.get("name"))


def _failed(audit: Record) -> bool:
    """Whether auditd tells of a call that failed; Auditbeat 6 and Filebeat's module have no event.outcome."""
    told = (audit.get("result"), _group(audit, "log").get("result"), _group(audit, "log").get("success"))
    return any(value in (False, "fail", "failed", "failure", "no", "false") for value in map(_one, told) if value is not None)


def nest(record: Record) -> Record:
    """Dotted keys (`process.parent.pid`) as nested objects; what is nested already stays and wins."""
    out: Record = {}
    for key, value in record.items():
        node = out
        *groups, last = key.split(".", _MAX_DEPTH)
        for group in groups:
            inner = node.get(group)
            if inner is None:
                inner = node[group] = {}
            if not isinstance(inner, dict):
                break
            node = inner
        else:
            known = node.get(last)
            if isinstance(known, dict) and isinstance(value, dict):
                node[last] = {**known, **value}
            elif known is None:
                node[last] = value
    return out


def _group(record: Record, key: str) -> Record:
    value = record.get(key)
    if type(value) is dict:
        return value
    return value[0] if type(value) is list and len(value) == 1 and type(value[0]) is dict else _NOTHING


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


def _number(value: Any) -> int | None:
    """`number` of the value or of the first of a list."""
    return number(_one(value))


def entity(value: Any) -> str | None:
    """A process entity id; a GUID without braces, in lower case. The zero GUID is none."""
    found = text(value)
    if found is not None and found.startswith("{"):
        found = found.strip("{}").lower()
    return None if found in _NO_ENTITIES else found


def moment_of(value: Any, moments: Moments) -> int | None:
    """A time of Elasticsearch, which is UTC where it names no zone; but Kibana's own format ("May 2, 2024 @ 10:00:00.123") is in
    the zone of whoever exported it.
    """
    return moments.local(value) if type(value) is str and "@" in value else moments.utc(value)


def _time(record: Record, process: Record, event: Record, moments: Moments) -> int | None:
    # process.start is better where Auditbeat reports late. @timestamp is the event's own time, but for a signal's and a state's;
    # event.created is when an agent first saw it, which may be days later.
    kind = _text(event.get("kind"))
    if kind == "signal":
        return _first_moment((process.get("start"), _original_time(record)), moments)
    if kind == "state":
        return _first_moment((process.get("start"),), moments)
    return _first_moment((process.get("start"), record.get("@timestamp"), event.get("created")), moments)


def _first_moment(values: tuple[Any, ...], moments: Moments) -> int | None:
    for value in values:
        if value is not None and (moment := moment_of(_one(value), moments)) is not None:
            return moment
    return None


def _original_time(record: Record) -> Any:
    """When the event happened that a detection rule made a signal of; @timestamp is when the rule ran."""
    alert = _group(_group(record, "kibana"), "alert")
    return (
        record.get("kibana.alert.original_time")
        or alert.get("original_time")
        or _group(record, "signal").get("original_time")
        or record.get("signal.original_time")
    )


def command_of(process: Record) -> str | None:
    """The command line, or the arguments joined."""
    line = _text(process.get("command_line"))
    if line is not None:
        return line
    words = process.get("args")
    if type(words) is list:
        return text(" ".join(word for word in words if type(word) is str))
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


def machine_of(record: Record) -> str:
    """The machine that the event is about, which is not the one that collected it: Windows' own name of it in forwarded events,
    auditd's node; `host` else. The agent's only where nothing says that it collects for others.
    """
    audit = _group(record, "auditd")
    return (
        _text(_group(record, "winlog").get("computer_name"))
        or _text(_group(audit, "log").get("node") or _group(audit, "data").get("node"))
        or host_of(_group(record, "host"))
        or _text(record.get("host"))
        or ("" if "forwarded" in _listed(record.get("tags")) else _agent(record))
    )


def _agent(record: Record) -> str:
    agent, beat = _group(record, "agent"), _group(record, "beat")
    return _text(agent.get("hostname")) or _text(beat.get("hostname")) or _text(agent.get("name")) or ""


def _listed(value: Any) -> list[Any]:
    return value if type(value) is list else [value]


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


def _map_endgame(record: Record, position: int, moments: Moments) -> ReaderItem:
    subtype = text(record.get("event_subtype_full")) or text(record.get("subtype")) or ""
    kind = text(record.get("event_type_full")) or text(record.get("event_type")) or "process"
    if not kind.startswith("process"):
        return None
    image = text(record.get("process_path")) or text(record.get("process_name"))
    host, time = text(record.get("hostname")) or text(record.get("host")) or "", moments.utc(record.get("timestamp"))
    pid, guid = number(record.get("pid")), entity(record.get("unique_pid"))
    if subtype.startswith("terminat"):
        return ProcessEnd(position=position, host=host, time_us=time, pid=pid, guid=guid, image=image)
    if subtype and not subtype.startswith(("creation", "create", "already_running", "exec")):
        return None
    if image is None:
        return Reject(
            position=position, code="no-image", reason="process_path and process_name are empty.", sample=sample_of(record)
        )
    return ProcessEvent(
        kind="eql",
        image=image,
        os=WINDOWS if "\\" in image or image.lower().endswith(".exe") else "",
        host=host,
        time_us=time,
        pid=pid,
        ppid=number(record.get("ppid")),
        guid=guid,
        parent_guid=entity(record.get("unique_ppid")),
        parent_image=text(record.get("parent_process_path")) or text(record.get("parent_process_name")),
        command_line=text(record.get("command_line")),
        user=text(record.get("user")) or text(record.get("user_name")),
        logon_id=text(record.get("logon_id")),
        record_id=text(record.get("serial_event_id")) or str(position),
        position=position,
    )
