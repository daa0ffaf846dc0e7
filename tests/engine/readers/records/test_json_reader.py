"""JSON events: layouts, shapes of records, damage."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.domain.records import ProcessEvent, ReaderItem, Reject, Unknown
from engine.readers.contract import ReadOptions
from engine.readers.detect import choose
from engine.readers.records.json_reader import READER
from engine.readers.records.own import to_own_json
from engine.readers.text.json_text import load_object

SYSMON_DATA: dict[str, Any] = {
    "UtcTime": "2020-06-10 02:51:04.728",
    "ProcessGuid": "{B669E388-4a98-5ee0-1704-000000000300}",
    "ProcessId": "2008",
    "Image": r"C:\Windows\System32\sppsvc.exe",
    "CommandLine": "sppsvc.exe -x",
    "User": r"NT AUTHORITY\NETWORK SERVICE",
    "IntegrityLevel": "System",
    "ParentProcessGuid": "{b669e388-a0da-5edf-0b00-000000000300}",
    "ParentProcessId": "696",
    "ParentImage": r"C:\Windows\System32\services.exe",
}
SECURITY_DATA: dict[str, Any] = {
    "NewProcessId": "0x7d8",
    "NewProcessName": r"C:\Windows\System32\sppsvc.exe",
    "ProcessId": "0x2b8",
    "CommandLine": "sppsvc.exe -x",
    "ParentProcessName": r"C:\Windows\System32\services.exe",
    "SubjectUserName": "HOST$",
    "SubjectDomainName": "MORDOR",
    "TargetUserName": "-",
    "MandatoryLabel": "S-1-16-16384",
}
SYSMON = "Microsoft-Windows-Sysmon"
SECURITY = "Microsoft-Windows-Security-Auditing"
SYSMON_XML = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Sysmon'/>"
    "<EventID>1</EventID><TimeCreated SystemTime='2020-06-10T02:51:05.1Z'/><EventRecordID>77</EventRecordID>"
    "<Computer>host.lan</Computer></System><EventData>"
    + "".join(f"<Data Name='{name}'>{value}</Data>" for name, value in SYSMON_DATA.items())
    + "</EventData></Event>"
)
MESSAGE = "Process Create:\r\nRuleName: -\r\n" + "\r\n".join(f"{name}: {value}" for name, value in SYSMON_DATA.items())

SYSMON_SHAPES: dict[str, dict[str, Any]] = {
    "nxlog": {"EventID": 1, "SourceName": SYSMON, "Hostname": "host.lan", "RecordNumber": 77, "ProcessID": 4, **SYSMON_DATA},
    "logstash": {"EventID": "1", "Channel": SYSMON + "/Operational", "Hostname": "host.lan", "RecordNumber": "77", **SYSMON_DATA},
    "message only": {"EventID": 1, "SourceName": SYSMON, "Hostname": "host.lan", "RecordNumber": 77, "Message": MESSAGE},
    "powershell": {"Id": 1, "ProviderName": SYSMON, "MachineName": "host.lan", "RecordId": 77, "Message": MESSAGE},
    "winlogbeat6": {
        "event_id": 1,
        "source_name": SYSMON,
        "computer_name": "host.lan",
        "record_number": "77",
        "user": {"name": "SYSTEM"},
        "event_data": SYSMON_DATA,
    },
    "winlogbeat7": {
        "@timestamp": "2020-06-10T02:51:05.723Z",
        "event": {"code": 1},
        "host": {"name": "other"},
        "winlog": {
            "event_id": 1,
            "provider_name": SYSMON,
            "computer_name": "host.lan",
            "record_id": 77,
            "event_data": SYSMON_DATA,
        },
    },
    "evtx_dump": {
        "Event": {
            "System": {
                "Provider": {"#attributes": {"Name": SYSMON}},
                "EventID": {"#attributes": {"Qualifiers": 0}, "#text": 1},
                "EventRecordID": 77,
                "Computer": "host.lan",
            },
            "EventData": SYSMON_DATA,
        }
    },
    "splunk result": {
        "preview": False,
        "result": {"EventCode": "1", "SourceName": SYSMON, "ComputerName": "host.lan", "RecordNumber": "77", **SYSMON_DATA},
    },
    "splunk raw xml": {"result": {"_raw": SYSMON_XML, "host": "collector"}},
    "sentinel event": {
        "EventID": 1,
        "Source": SYSMON,
        "Computer": "host.lan",
        "EventRecordId": 77,
        "EventData": SYSMON_XML[SYSMON_XML.index("<EventData") : SYSMON_XML.index("</Event>")],
    },
    "sentinel windowsevent": {
        "EventID": 1,
        "Provider": SYSMON,
        "Computer": "host.lan",
        "EventRecordId": 77,
        "EventData": json.dumps(SYSMON_DATA),
    },
    "elasticsearch": {
        "_index": "x",
        "_source": {"EventID": 1, "SourceName": SYSMON, "Hostname": "host.lan", "RecordNumber": 77, **SYSMON_DATA},
    },
}


def read(data: bytes | dict[str, Any] | list[dict[str, Any]], **options: str) -> list[ReaderItem]:
    if not isinstance(data, bytes):
        data = b"\n".join(json.dumps(record).encode() for record in ([data] if isinstance(data, dict) else data))
    return list(READER.read(io.BytesIO(data), ReadOptions(**options)))


def one(record: dict[str, Any]) -> ProcessEvent:
    (event,) = read(record)
    assert isinstance(event, ProcessEvent), event
    return event


@pytest.mark.parametrize("shape", SYSMON_SHAPES)
def test_sysmon_shapes_agree(shape: str) -> None:
    event = one(SYSMON_SHAPES[shape])
    assert event.kind == "sysmon1"
    assert (event.host, event.pid, event.ppid, event.record_id) == ("host.lan", 2008, 696, "77")
    assert event.guid == "b669e388-4a98-5ee0-1704-000000000300"
    assert event.parent_guid == "b669e388-a0da-5edf-0b00-000000000300"
    assert event.time_us == 1_591_757_464_728_000
    assert event.image == SYSMON_DATA["Image"]
    assert event.parent_image == SYSMON_DATA["ParentImage"]
    assert event.command_line == "sppsvc.exe -x"
    assert event.user == r"NT AUTHORITY\NETWORK SERVICE"


@pytest.mark.parametrize("shape", SYSMON_SHAPES)
def test_shapes_are_detected(shape: str) -> None:
    found = choose(json.dumps(SYSMON_SHAPES[shape]).encode() + b"\n", "x.bin")
    assert found is not None
    assert found.reader.name == "json"
    assert found.confidence > 0.9


def test_security_4688_hex_pids_and_time_order() -> None:
    row = {
        "EventID": 4688,
        "SourceName": SECURITY,
        "Hostname": "h",
        "EventTime": "2020-06-09 22:51:04",
        "@timestamp": "2020-06-10T02:51:05.734Z",
    }
    event = one({**row, **SECURITY_DATA})
    assert (event.kind, event.pid, event.ppid) == ("security4688", 0x7D8, 0x2B8)
    assert event.user == r"MORDOR\HOST$"
    assert event.integrity == "System"
    assert event.time_us == 1_591_757_465_734_000


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ParentProcessName": "S-1-16-8192"}, "ParentProcessName"),
        ({"ParentProcessName": "0x2b8"}, "ParentProcessName"),
        ({"NewProcessName": "S-1-5-18"}, "NewProcessName"),
        ({"NewProcessName": "%%1936"}, "NewProcessName"),
        ({"NewProcessId": r"C:\Windows\x.exe"}, "NewProcessId"),
        ({"ProcessId": "whoami"}, "ProcessId"),
    ],
)
def test_shifted_4688_is_rejected(change: dict[str, str], field: str) -> None:
    (reject,) = read({"EventID": 4688, "SourceName": SECURITY, **SECURITY_DATA, **change})
    assert isinstance(reject, Reject)
    assert reject.code == "shifted-fields"
    assert reject.reason.startswith(field)


@pytest.mark.parametrize("parent", ["-", "", "?", None])
def test_missing_parent_is_not_shifted(parent: str | None) -> None:
    assert one({"EventID": 4688, "SourceName": SECURITY, **SECURITY_DATA, "ParentProcessName": parent}).parent_image is None


def test_a_record_of_no_known_kind_is_unknown_with_its_fields() -> None:
    (item,) = read({"something": "else", "nested": {"a": 1, "b": {"c": [2]}}, "empty": {}})
    assert item == Unknown(position=1, keys=("something", "nested.a", "nested.b.c", "empty"))


@pytest.mark.parametrize("name", ["Registry", "MemCompression", r"\Device\HarddiskVolume1\x", "a.exe"])
def test_bare_kernel_names_are_paths_enough(name: str) -> None:
    assert one({"EventID": 4688, "SourceName": SECURITY, **SECURITY_DATA, "NewProcessName": name}).image == name


@pytest.mark.parametrize(
    "record",
    [
        {"EventID": 1, "SourceName": "Microsoft-Windows-Kernel-General", "Hostname": "h", **SYSMON_DATA},
        {"EventID": 4688, "SourceName": SYSMON, **SYSMON_DATA},
        {"EventID": 3, "SourceName": SYSMON, **SYSMON_DATA},
        {"event_id": 1, "source_name": "Service Control Manager", "event_data": SYSMON_DATA},
        {"winlog": {"event_id": 11, "provider_name": SYSMON, "event_data": SYSMON_DATA}},
    ],
)
def test_other_events_are_none(record: dict[str, Any]) -> None:
    assert read(record) == [None]


def test_empty_image_is_rejected() -> None:
    (reject,) = read({"EventID": 1, "SourceName": SYSMON, **SYSMON_DATA, "Image": ""})
    assert isinstance(reject, Reject)
    assert reject.code == "no-image"


def test_lost_process_id_comes_from_the_message() -> None:
    record = {"EventID": 1, "SourceName": SYSMON, "ProcessID": 4, **SYSMON_DATA, "Message": MESSAGE}
    del record["ProcessId"]
    assert one(record).pid == 2008
    row = {"EventID": 4688, "SourceName": SECURITY, **SECURITY_DATA, "Message": "A new\r\n\tCreator Process ID:\t0x2b8\r\n"}
    del row["ProcessId"]
    assert one(row).ppid == 0x2B8


def test_eql_rows_have_no_envelope_and_take_the_given_host() -> None:
    row = {"EventId": 1, **SYSMON_DATA}
    (event,) = read(row, host="case-host")
    assert isinstance(event, ProcessEvent)
    assert (event.kind, event.host, event.record_id) == ("sysmon1", "case-host", "1")
    (event,) = read(SYSMON_SHAPES["nxlog"], host="case-host")
    assert isinstance(event, ProcessEvent)
    assert event.host == "host.lan"


@pytest.mark.parametrize("indent", [None, 0, 2])
@pytest.mark.parametrize("array", [False, True])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_layouts_and_encodings(indent: int | None, array: bool, encoding: str) -> None:
    records = [{**SYSMON_SHAPES["nxlog"], "RecordNumber": number, "CommandLine": "é"} for number in range(30)]
    text = json.dumps(records, indent=indent) if array else "\n".join(json.dumps(record, indent=indent) for record in records)
    items = read(text.encode(encoding))
    assert [item.record_id for item in items if isinstance(item, ProcessEvent)] == [str(number) for number in range(30)]
    assert [item.position for item in items if item is not None] == list(range(1, 31))
    assert isinstance(items[0], ProcessEvent)
    assert items[0].command_line == "é"


def test_a_bad_line_costs_the_line() -> None:
    good = json.dumps(SYSMON_SHAPES["nxlog"]).encode()
    items = read(good + b"\n" + good[:200] + b"\n\n" + good + b"\nnonsense\n" + good)
    assert [type(item).__name__ for item in items] == ["ProcessEvent", "Reject", "ProcessEvent", "Reject", "ProcessEvent"]
    assert [item.position for item in items if isinstance(item, Reject)] == [2, 5]
    assert all(item.code == "bad-json" and item.sample for item in items if isinstance(item, Reject))


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (rb"a\ud83d", "a\ud83d"),
        (b"a\xff\xfe\xc3\xa9\xc3\xa8\xc3\xaa", "a\udcff\udcfeéèê"),
        (b"m\xfcll", "müll"),
        (rb"\ud83d\ude00\ud800", "\U0001f600\ud800"),
    ],
)
def test_cut_emoji_and_invalid_utf8_stay_what_they_were(raw: bytes, kept: str) -> None:
    line = json.dumps({**SYSMON_SHAPES["nxlog"], "CommandLine": "XXX"}).encode()
    (event,) = read(line.replace(b"XXX", raw))
    assert isinstance(event, ProcessEvent)
    assert event.command_line == kept


@pytest.mark.parametrize("number", [b"1e999", b"-1e999", b"9" * 5000, b"NaN", b"Infinity", b"-Infinity"])
def test_a_number_that_no_float_holds_costs_its_field_only(number: bytes) -> None:
    assert load_object(b'{"a": "\xff", "b": ' + number + b"}") == {"a": "\udcff", "b": None}


def test_a_hole_of_zeros_makes_no_record_of_two() -> None:
    one, other = b'{"a": "first", "b": "1"}', b'{"a": "second", "b": "2"}'
    assert load_object(one[:-4] + bytes(100) + other[-4:]) is None
    assert load_object(bytes(100) + other) == {"a": "second", "b": "2"}  # a hole between two lines
    assert load_object(b'{"a": "x\x00\x00"}') == {"a": "x\x00\x00"}  # what a registry value ends with


def test_ecs() -> None:
    document = {
        "@timestamp": "2024-05-06T07:08:09.123Z",
        "event": {"category": ["process"], "type": ["start"], "action": "exec"},
        "host": {"hostname": "web-1", "os": {"type": "linux"}},
        "user": {"name": "www"},
        "process": {
            "entity_id": "AbC==",
            "pid": 77,
            "executable": "/usr/bin/curl",
            "args": ["curl", "-s", "http://x"],
            "parent": {"entity_id": "Par==", "pid": 7, "executable": "/usr/bin/bash"},
            "hash": {"sha256": "00"},
        },
    }
    event = one(document)
    assert (event.kind, event.os, event.host, event.pid, event.ppid) == ("ecs", "linux", "web-1", 77, 7)
    assert (event.guid, event.parent_guid) == ("AbC==", "Par==")
    assert (event.command_line, event.parent_image, event.hashes) == ("curl -s http://x", "/usr/bin/bash", "SHA256=00")
    assert read({**document, "event": {**document["event"], "action": "fork"}}) == [None]  # type: ignore[dict-item]
    assert read({**document, "event": {"category": ["network"], "type": ["start"]}}) == [None]


def test_own_format_round_trips() -> None:
    event = ProcessEvent(
        kind="auditd",
        image="/bin/sh",
        os="linux",
        host="h",
        time_us=1,
        pid=5,
        ancestors=("/sbin/init",),
        command_line='sh -c "=cmd|\x00\x1b[31m\u202e\n"',
        record_id="9",
        position=1,
    )
    assert read(to_own_json(event)) == [event]
    broken = ProcessEvent(kind="auditd", image="/bin/\udcff", position=1)
    (back,) = read(to_own_json(broken))
    assert isinstance(back, ProcessEvent)
    assert back.image == "/bin/\udcff"


@pytest.mark.parametrize("value", ["five", "\ud800", [1], {"\ud800": 1}], ids=ascii)
@pytest.mark.parametrize("name", ["pid", "time_us", "ancestors"])
def test_own_format_refuses_a_field_of_another_type_and_says_so(name: str, value: Any) -> None:
    (reject,) = read(json.dumps({"kind": "auditd", "image": "/bin/sh", name: value}).encode())
    assert isinstance(reject, Reject)
    assert reject.code == "bad-field"


@pytest.mark.parametrize("written", ["windows", "Windows", "WINDOWS", " windows ", "linux", "Linux", "LINUX", ""])
def test_own_format_folds_the_name_of_a_system(written: str) -> None:
    (event,) = read(json.dumps({"kind": "auditd", "image": "x", "os": written}).encode())
    assert isinstance(event, ProcessEvent)
    assert event.os == written.strip().lower()


@given(st.text(max_size=60).filter(lambda text: text.strip().lower() not in {"windows", "linux", ""}))
@example("macos")
@example("win\x1b[31m")
@example("x" * 100_000)
@example("'")
def test_own_format_refuses_an_unknown_system_and_says_so(system: str) -> None:
    (reject,) = read(json.dumps({"kind": "auditd", "image": "x", "os": system}).encode())
    assert isinstance(reject, Reject)
    assert reject.code == "bad-field"
    assert reject.reason.startswith('Not a valid oddkin event: os is "windows", "linux" or left out, and not ')
    assert reject.reason.isascii()
    assert reject.reason.isprintable()
    assert len(reject.reason) < 600


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
KEYS = sorted({key for shape in SYSMON_SHAPES.values() for key in shape} | set(SYSMON_DATA) | set(SECURITY_DATA))
KEYS += [
    "process",
    "event",
    "ecs",
    "_raw",
    "sourcetype",
    "kind",
    "image",
    "columns",
    "name",
    "SyslogMessage",
    "ActionType",
    "process_name",
    "unique_pid",
]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(SYSMON_SHAPES)), st.dictionaries(st.sampled_from(KEYS), junk, max_size=6))
def test_fields_of_any_type_never_raise(shape: str, changes: dict[str, Any]) -> None:
    read({**SYSMON_SHAPES[shape], **changes})
    read(changes)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400) | st.text(alphabet='{}[]",:\\\n a1', max_size=120).map(str.encode))
def test_arbitrary_bytes_never_raise_and_positions_grow(data: bytes) -> None:
    for text in (data, b"{" + data, b'[{"a":1},' + data):
        positions = [item.position for item in read(text) if item is not None]
        assert positions == sorted(set(positions))


def test_an_osquery_snapshot_gives_an_item_per_row() -> None:
    rows = [{"pid": "1", "parent": "0", "path": "/sbin/init"}, {"pid": "2", "parent": "1", "path": "/bin/sh"}]
    record = {"name": "processes", "hostIdentifier": "h", "unixTime": 1678936138, "action": "snapshot", "snapshot": rows}
    items = list(READER.read(io.BytesIO(json.dumps(record).encode() + b"\n"), ReadOptions()))
    assert [(item.pid, item.image) for item in items if isinstance(item, ProcessEvent)] == [(1, "/sbin/init"), (2, "/bin/sh")]
