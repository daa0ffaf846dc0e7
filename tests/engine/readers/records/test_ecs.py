"""Documents in Elastic Common Schema: which are starts, which machine they are about, and when they happened."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.records import Note, ProcessEnd, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import ReadOptions
from engine.readers.records.ecs import nest
from engine.readers.records.json_reader import READER

ZERO = "00000000-0000-0000-0000-000000000000"
START: dict[str, Any] = {
    "@timestamp": "2024-05-02T10:00:07.123Z",
    "ecs": {"version": "8.11"},
    "agent": {"type": "endpoint", "hostname": "agent-1"},
    "event": {"kind": "event", "category": ["process"], "type": ["start"], "action": "exec"},
    "host": {"name": "ws-1", "os": {"type": "linux"}},
    "process": {
        "executable": "/usr/bin/id", "pid": 2002, "entity_id": "child", "args": ["id", "-u"],
        "parent": {"pid": 2001, "entity_id": "parent", "executable": "/usr/bin/sh"},
    },
}  # fmt: skip
TIME = 1_714_644_007_123_000


def changed(document: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """The document with other values at dotted places; None takes the place away."""
    copy: dict[str, Any] = json.loads(json.dumps(document))
    for path, value in changes.items():
        node = copy
        *groups, last = path.split(".")
        for group in groups:
            node = node.setdefault(group, {})
        if value is None:
            node.pop(last, None)
        else:
            node[last] = value
    return copy


def read(*documents: dict[str, Any]) -> list[ReaderItem]:
    data = b"\n".join(json.dumps(document).encode() for document in documents)
    return list(READER.read(io.BytesIO(data), ReadOptions()))


def one(changes: dict[str, Any], document: dict[str, Any] = START) -> ProcessEvent:
    (event,) = (item for item in read(changed(document, changes)) if not isinstance(item, Note))
    assert isinstance(event, ProcessEvent), event
    return event


@pytest.mark.parametrize(
    "event",
    [
        {"action": "exec", "type": ["start"]},
        {"action": ["fork", "exec"], "type": ["start"]},
        {"action": ["fork", "exec", "end"], "type": ["start", "start", "end"]},
        {"action": "executed", "type": "start", "outcome": "success"},
        {"action": "process_started", "type": ["start"]},
        {"action": "Prozesserstellung", "type": ["start"], "code": "4688"},
        {"action": "Process Create (rule: ProcessCreate)", "type": ["start"], "code": 1},
        {"action": None, "type": ["start"]},
        {"action": "x", "type": "start, info", "category": "host,process"},
        {"action": None, "type": '["start","info"]', "category": '["process","session"]'},
        {"action": None, "type": None, "code": "4,688"},
        {"action": None, "type": None, "category": None, "code": 4688.0},
        {"action": "created-process", "type": None, "category": None, "code": ["4688"]},
    ],
)
def test_starts(event: dict[str, Any]) -> None:
    assert one({f"event.{key}": value for key, value in event.items()}).image == "/usr/bin/id"


@pytest.mark.parametrize(
    "event",
    [
        {"action": "fork"},
        {"action": "fork", "type": ["start"]},
        {"outcome": "failure"},
        {"action": "executed", "outcome": ["failure"]},
        {"kind": "alert"},
        {"kind": "metric"},
        {"category": ["network"], "type": ["connection", "start"]},
        {"category": None, "action": "connection_attempted", "type": ["connection", "start"]},
        {"category": ["file"], "type": ["creation"]},
        {"category": ["malware", "intrusion_detection"], "kind": "alert"},
        {"action": "ran-command", "type": ["start"]},
        {"action": "started-service", "type": ["start"]},
        {"action": "started-audit", "type": ["start"]},
        {"action": "killed-pid", "type": ["end"]},
        {"action": "uid_change", "type": ["change"]},
        {"action": "Engine Lifecycle", "type": ["start"], "code": "400", "module": "powershell"},
        {"action": "Process accessed", "type": ["access"], "code": "10"},
        {"action": None, "type": ["info"]},
    ],
)
def test_what_is_neither_start_nor_end_is_other(event: dict[str, Any]) -> None:
    assert read(changed(START, {f"event.{key}": value for key, value in event.items()})) == [None]


@pytest.mark.parametrize(
    "event",
    [
        {"action": "end", "type": ["end"]},
        {"action": "process_stopped", "type": ["end"]},
        {"action": "exited-process", "type": ["end"], "code": "4689"},
        {"action": "Process terminated (rule: ProcessTerminate)", "type": ["end"], "code": "5"},
        {"action": ["fork", "end"], "type": ["start", "end"]},
        {"action": "crashed-program", "type": ["end"]},
        {"action": None, "type": None, "code": "4689"},
    ],
)
def test_ends_are_told(event: dict[str, Any]) -> None:
    (end,) = read(changed(START, {f"event.{key}": value for key, value in event.items()}))
    assert end == ProcessEnd(position=1, host="ws-1", time_us=TIME, pid=2002, guid="child", image="/usr/bin/id")


@pytest.mark.parametrize(
    ("auditd", "kept"),
    [
        ({"result": "success"}, 1),
        ({"result": "fail"}, 0),
        ({"log": {"result": "success", "success": True, "syscall": "execve"}}, 1),
        ({"log": {"result": "fail", "success": False, "syscall": "execve"}}, 0),
        ({"log": {"success": "no"}}, 0),
    ],
)
def test_calls_that_failed_are_told_by_auditd_too(auditd: dict[str, Any], kept: int) -> None:
    items = read(changed(START, {"auditd": auditd, "event.action": ["executed"], "event.type": "info"}))
    assert [item is not None for item in items] == [bool(kept)]


def test_auditbeat_6() -> None:
    document = {
        "@timestamp": "2024-05-02T10:00:07.123Z",
        "beat": {"hostname": "web-3", "name": "web-3"},
        "event": {"category": "audit-rule", "action": "executed", "module": "auditd", "type": "syscall"},
        "auditd": {"result": "success", "data": {"syscall": "execve"}},
        "process": {"pid": "2002", "ppid": "2001", "exe": "/usr/bin/id", "name": "id", "args": ["id", "-u"], "cwd": "/root"},
    }
    event = one({}, document)
    assert (event.image, event.pid, event.ppid, event.host) == ("/usr/bin/id", 2002, 2001, "web-3")
    assert (event.command_line, event.cwd, event.time_us) == ("id -u", "/root", TIME)
    assert read(changed(document, {"auditd.result": "fail"})) == [None]
    assert read(changed(document, {"event.action": "opened-file"})) == [None]


def test_ends_of_endgame() -> None:
    row = {"event_type_full": "process_event", "process_name": "a.exe", "process_path": "C:\\a.exe", "pid": 7, "hostname": "h"}
    items = read(
        {**row, "event_subtype_full": "creation_event"},
        {**row, "event_subtype_full": "termination_event", "unique_pid": "{AB}"},
        {**row, "event_subtype_full": "request_event"},
    )
    assert [type(item).__name__ for item in items] == ["ProcessEvent", "ProcessEnd", "NoneType"]
    assert items[1] == ProcessEnd(position=2, host="h", pid=7, guid="ab", image="C:\\a.exe")


@pytest.mark.parametrize(
    ("changes", "time"),
    [
        ({"event.created": "2024-05-03T22:11:09Z", "event.ingested": "2024-05-03T22:11:12Z"}, TIME),
        ({"process.start": "2024-05-02T10:00:00Z"}, 1_714_644_000_000_000),
        ({"@timestamp": None, "event.created": "2024-05-02T10:00:00Z"}, 1_714_644_000_000_000),
        ({"event.kind": "state", "event.action": "existing_process", "event.type": ["info"]}, None),
        (
            {"event.kind": "state", "event.action": "existing_process", "process.start": "2024-05-02T10:00:00Z"},
            1_714_644_000_000_000,
        ),
        ({"event.kind": "signal"}, None),
        ({"event.kind": "signal", "kibana.alert.original_time": "2024-05-02T10:00:00Z"}, 1_714_644_000_000_000),
        ({"event.kind": "signal", "signal.original_time": "2024-05-02T10:00:00Z"}, 1_714_644_000_000_000),
        ({"@timestamp": ["2024-05-02T10:00:00Z"]}, 1_714_644_000_000_000),
        ({"@timestamp": 1714644000000}, 1_714_644_000_000_000),
    ],
)
def test_the_time_is_the_events_own(changes: dict[str, Any], time: int | None) -> None:
    assert one(changes).time_us == time


def test_a_signal_with_flat_names_has_the_time_of_its_event() -> None:
    document = {**changed(START, {"event.kind": "signal"}), "kibana.alert.original_time": "2024-05-02T10:00:00Z"}
    assert one({}, document).time_us == 1_714_644_000_000_000


def test_a_time_that_cannot_be_read_is_counted_in_quick_lines_too() -> None:
    items = read(START, changed(START, {"@timestamp": "yesterday"}), START)
    assert [item.time_us for item in items if isinstance(item, ProcessEvent)] == [TIME, None, TIME]
    assert [(note.code, note.count) for note in items if isinstance(note, Note)] == [("unreadable-time", 1)]


@pytest.mark.parametrize(
    ("changes", "host"),
    [
        ({"host.hostname": "ws-1.lab", "host.name": "id-77"}, "ws-1.lab"),
        ({"host": "plain"}, "plain"),
        ({"host": None}, "agent-1"),
        ({"host": None, "tags": ["forwarded"]}, ""),
        ({"host": None, "agent": None, "observer.hostname": "sensor"}, ""),
        ({"host.name": ["ws-2"]}, "ws-2"),
        ({"host.name": "log-server", "auditd.data.node": "web-3"}, "web-3"),
        ({"host.name": "log-server", "auditd.log.node": "web-3"}, "web-3"),
        (
            {"host.name": "WEC01", "winlog.computer_name": "ws-1.lab", "winlog.event_id": 4688, "winlog.channel": "Security"},
            "ws-1.lab",
        ),
    ],
)
def test_the_machine_is_the_events_own(changes: dict[str, Any], host: str) -> None:
    assert one(changes).host == host


@pytest.mark.parametrize("value", ["-", "", None, ZERO, f"{{{ZERO}}}", "0", ["-"], [f"{{{ZERO}}}"], "N/A"])
def test_what_is_no_parent_is_none(value: Any) -> None:
    parent = {"pid": 1400, "entity_id": value, "executable": "-", "name": "-", "command_line": "-", "args": ["-"]}
    event = one({"process.parent": parent})
    assert (event.ppid, event.parent_guid, event.parent_image, event.parent_command_line) == (1400, None, None, None)
    assert one({"process.entity_id": value}).guid is None


MESSAGE = (
    "A new process has been created.\n\nCreator Subject:\n\tAccount Name:\t\tmira\n\n"
    "Process Information:\n\tNew Process ID:\t\t0x7d2\n\tNew Process Name:\tC:\\a.exe\n\tCreator Process ID:\t0x7d1\n"
)
WINDOWS = changed(
    START,
    {
        "event.code": "4688", "event.action": "created-process", "host.name": "WEC01", "process.executable": "C:\\a.exe",
        "winlog": {
            "channel": "Security", "computer_name": "ws-1.lab", "event_id": "4688", "record_id": 900,
            "provider_name": "Microsoft-Windows-Security-Auditing", "event_data": {"SubjectUserName": "mira"},
        },
    },
)  # fmt: skip
XML = (
    "<Event><System><Provider Name='Microsoft-Windows-Security-Auditing'/><EventID>4688</EventID>"
    "<EventRecordID>900</EventRecordID><TimeCreated SystemTime='2024-05-02T10:00:07.123Z'/><Computer>ws-1.lab</Computer></System>"
    "<EventData>"
    "<Data Name='NewProcessName'>C:\\a.exe</Data><Data Name='NewProcessId'>0x7d2</Data><Data Name='ProcessId'>0x7d1</Data>"
    "</EventData></Event>"
)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, "ecs"),
        ({"message": "Ein Text."}, "ecs"),
        ({"message": MESSAGE}, "security4688"),
        ({"event.original": XML}, "security4688"),
        ({"winlog.event_data": {"NewProcessName": "C:\\a.exe", "NewProcessId": "0x7d2", "ProcessId": "0x7d1"}}, "security4688"),
        (
            {"winlog.event_data": {"NewProcessName": ["C:\\a.exe"], "NewProcessId": ["0x7d2"], "ProcessId": [2001]}},
            "security4688",
        ),
        ({"winlog.event_id": 4688.0, "winlog.provider_name": ["Microsoft-Windows-Security-Auditing"]}, "ecs"),
    ],
)
def test_winlogbeat_whatever_a_pipeline_has_left(changes: dict[str, Any], kind: str) -> None:
    event = one(changes, WINDOWS)
    assert (event.kind, event.image, event.pid, event.ppid) == (kind, "C:\\a.exe", 2002, 2001)
    assert (event.host, event.time_us, event.record_id, event.os) == ("ws-1.lab", TIME, "900", "windows")


def test_other_events_of_winlogbeat_are_other_and_ends_are_ends() -> None:
    other = changed(WINDOWS, {"winlog.event_id": 4624, "event.code": "4624"})
    end = changed(
        WINDOWS, {"winlog.event_id": 4689, "event.code": "4689", "event.action": "exited-process", "event.type": ["end"]}
    )
    items = read(other, end)
    assert items[0] is None
    assert isinstance(items[1], ProcessEnd)
    assert (items[1].pid, items[1].host) == (2002, "ws-1.lab")


def test_dotted_names_are_nested_ones_and_those_that_are_nested_win() -> None:
    assert nest({"a.b": 1, "a": {"b": 2, "c": 3}}) == {"a": {"b": 2, "c": 3}}
    assert nest({"a": {"b": 2}, "a.b": 1, "a.d.e": 4}) == {"a": {"b": 2, "d": {"e": 4}}}
    assert nest({"a": None, "a.b": 1}) == {"a": {"b": 1}}
    assert nest({"a": 5, "a.b": 1}) == {"a": 5}


junk: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        "",
        "-",
        True,
        0,
        -1,
        1.5,
        5210.0,
        10**30,
        "5,210",
        "NaN",
        [],
        [None],
        [[1]],
        ["a"],
        {},
        {"x": 1},
        [{"name": "a"}],
        "\ud800",
    ]
)


def spots(value: Any, path: str = "") -> list[str]:
    if not isinstance(value, dict):
        return []
    return [spot for key, inner in value.items() for spot in (f"{path}{key}", *spots(inner, f"{path}{key}."))]


@settings(max_examples=400, deadline=None)
@given(st.data(), st.sampled_from([START, WINDOWS]))
def test_no_value_is_unforeseen(data: st.DataObject, document: dict[str, Any]) -> None:
    copy = json.loads(json.dumps(document))
    for path in data.draw(st.lists(st.sampled_from(spots(document)), min_size=1, max_size=3)):
        *groups, last = path.split(".")
        node = copy
        for group in groups:
            node = node.get(group) if isinstance(node, dict) else None
        if isinstance(node, dict):
            node[last] = data.draw(junk)
    items = read(copy)
    assert not any(isinstance(item, Reject) and item.code == "unforeseen" for item in items)
    assert len([item for item in items if not isinstance(item, Note)]) == 1
