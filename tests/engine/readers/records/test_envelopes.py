"""What products wrap around records: the same processes come out, whatever it was."""

from __future__ import annotations

import base64
import csv
import gzip
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.records import ProcessEvent, ReaderItem, Reject, Unknown
from engine.readers.contract import ReadOptions
from engine.readers.detect import choose
from engine.readers.records.shapes import items_of
from engine.readers.records.wrapped.embedded import records_in
from engine.readers.text.moments import Moments

Records = list[dict[str, Any]]


def flat(number: int) -> dict[str, Any]:
    return {
        "EventID": 4688,
        "SourceName": "Microsoft-Windows-Security-Auditing",
        "Hostname": "ws-1.lab.example",
        "TimeCreated": f"2024-05-02T10:00:{number:02}.123456Z",
        "RecordNumber": 100 + number,
        "NewProcessId": hex(1000 + number),
        "NewProcessName": rf"C:\Windows\prog{number}.exe",
        "ProcessId": "0x1f4",
        "CommandLine": f'prog{number} "a b" {{x}}',
    }


def document(number: int) -> dict[str, Any]:
    return {
        "@timestamp": f"2024-05-02T10:00:{number:02}.123456Z",
        "event": {"category": ["process"], "type": ["start"], "kind": "event"},
        "host": {"name": "ws-1.lab.example", "os": {"type": "windows"}},
        "process": {
            "executable": rf"C:\Windows\prog{number}.exe",
            "pid": 1000 + number,
            "command_line": f'prog{number} "a b" {{x}}',
            "parent": {"pid": 500},
        },
    }


def xml(number: int) -> str:
    record = flat(number)
    data = "".join(
        f"<Data Name='{name}'>{record[name]}</Data>" for name in ("NewProcessId", "NewProcessName", "ProcessId", "CommandLine")
    )
    return (
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
        f"<Provider Name='{record['SourceName']}'/><EventID>4688</EventID><TimeCreated SystemTime='{record['TimeCreated']}'/>"
        f"<EventRecordID>{record['RecordNumber']}</EventRecordID><Computer>{record['Hostname']}</Computer></System>"
        f"<EventData>{data}</EventData></Event>"
    )


def dotted(record: dict[str, Any], before: str = "") -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in record.items():
        out |= dotted(value, f"{before}{key}.") if isinstance(value, dict) else {before + key: value}
    return out


def lines(objects: list[Any]) -> bytes:
    return "\n".join(map(json.dumps, objects)).encode() + b"\n"


def one(whole: Any) -> bytes:
    return json.dumps(whole).encode()


def pretty(whole: Any) -> bytes:
    return json.dumps(whole, indent=2).encode()


def fields(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value if isinstance(value, list) else [value] for key, value in dotted(record).items()}


def answer(records: Records) -> dict[str, Any]:
    hits = [{"_index": "logs", "_id": str(at), "_score": 1.0, "_source": record} for at, record in enumerate(records)]
    return {
        "took": 3, "timed_out": False, "_shards": {"total": 1, "failures": []},
        "hits": {"total": {"value": len(hits), "relation": "eq"}, "max_score": 1.0, "hits": hits},
    }  # fmt: skip


def by_fields(records: Records) -> dict[str, Any]:
    hits = [{"_index": "logs", "_id": str(at), "fields": fields(record)} for at, record in enumerate(records)]
    return {"took": 3, "hits": {"total": 3, "hits": hits}}


def columns(records: Records, rows: str, name: str = "name") -> dict[str, Any]:
    names = list(dict.fromkeys(key for record in records for key in dotted(record)))
    values = [[dotted(record).get(key) for key in names] for record in records]
    return {"columns": [{name: key, "type": "keyword"} for key in names], rows: values}


def bulk(records: Records) -> bytes:
    return lines([part for record in records for part in ({"index": {"_index": "logs", "_id": "1"}}, record)])


def attributes(record: dict[str, Any]) -> dict[str, Any]:
    def any_value(value: Any) -> dict[str, Any]:
        if isinstance(value, dict):
            return {"kvlistValue": {"values": [{"key": key, "value": any_value(one)} for key, one in value.items()]}}
        return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}

    return any_value(record)


def otlp(bodies: list[Any]) -> dict[str, Any]:
    logs = [{"timeUnixNano": "1714644000000000000", "body": body} for body in bodies]
    resource = {"attributes": [{"key": "host.name", "value": {"stringValue": "collector"}}]}
    return {"resourceLogs": [{"resource": resource, "scopeLogs": [{"scope": {}, "logRecords": logs}]}]}


def receiver(number: int) -> dict[str, Any]:
    record = flat(number)
    keys = ("NewProcessId", "NewProcessName", "ProcessId", "CommandLine")
    return {
        "channel": "Security", "computer": record["Hostname"], "record_id": record["RecordNumber"], "level": "Information",
        "event_id": {"id": 4688, "qualifiers": 0}, "provider": {"name": record["SourceName"], "guid": "{5}"},
        "system_time": record["TimeCreated"], "event_data": {"data": {"_": 0}, **{key: record[key] for key in keys}},
    }  # fmt: skip


SYSLOG = "<134>1 2024-05-02T10:00:59Z collector.lab.example laurel 1 - - "
OLD_SYSLOG = "May  2 10:00:59 collector forwarder[12]: "
FILEBEAT = {
    "@timestamp": "2024-05-02T10:00:59Z", "agent": {"hostname": "collector"}, "ecs": {"version": "8.0.0"},
    "host": {"name": "collector"}, "event": {"dataset": "x"}, "log": {"file": {"path": "/var/log/x"}},
}  # fmt: skip

WRAPPINGS: dict[str, Callable[[Records], bytes]] = {
    "elasticsearch": lambda records: one(answer(records)),
    "elasticsearch pretty": lambda records: pretty(answer(records)),
    "elasticsearch fields": lambda records: pretty(by_fields(records)),
    "scroll pages": lambda records: lines([answer(records[:1]), answer(records[1:]), answer([])]),
    "multi search": lambda records: one({"took": 1, "responses": [answer(records[:2]), answer(records[2:]), {"error": {}}]}),
    "hits only": lambda records: one(answer(records)["hits"]),
    "list of hits": lambda records: pretty(answer(records)["hits"]["hits"]),
    "elasticdump": lambda records: lines(answer(records)["hits"]["hits"]),
    "elasticdump text": lambda records: lines([{"_index": "x", "_source": json.dumps(record)} for record in records]),
    "discover document": lambda records: b"\n".join(map(pretty, by_fields(records)["hits"]["hits"])),
    "kibana inspect": lambda records: pretty({"isPartial": False, "rawResponse": answer(records)}),
    "kibana bsearch": lambda records: lines([{"id": 0, "result": {"rawResponse": answer(records)}}]),
    "bulk": bulk,
    "esql": lambda records: one(columns(records, "values")),
    "sql": lambda records: pretty(columns(records, "rows")),
    "log analytics": lambda records: one({"tables": [{"name": "PrimaryResult", **columns(records, "rows")}]}),
    "kusto": lambda records: one(
        {
            "Tables": [
                {
                    "TableName": "T",
                    "Columns": columns(records, "Rows", "ColumnName")["columns"],
                    "Rows": columns(records, "Rows")["Rows"],
                }
            ]
        }
    ),
    "data frame": lambda records: one(
        {
            "columns": [column["name"] for column in columns(records, "data")["columns"]],
            "index": [0, 1, 2],
            "data": columns(records, "data")["data"],
        }
    ),
    "flattened": lambda records: lines(list(map(dotted, records))),
    "logstash": lambda records: lines([{"@version": "1", "host": "collector", "message": json.dumps(one)} for one in records]),
    "filebeat": lambda records: lines([{**FILEBEAT, "message": json.dumps(one)} for one in records]),
    "filebeat original": lambda records: lines(
        [{**FILEBEAT, "event": {"original": json.dumps(one)}, "message": "x"} for one in records]
    ),
    "filebeat decoded": lambda records: lines([{**FILEBEAT, "json": one, "message": "x"} for one in records]),
    "fluent bit": lambda records: lines([{"date": 1714644059.5, "log": json.dumps(one) + "\n"} for one in records]),
    "docker": lambda records: lines([{"log": json.dumps(one) + "\n", "stream": "stdout", "time": "t"} for one in records]),
    "vector": lambda records: lines(
        [{"host": "collector", "source_type": "file", "message": json.dumps(one)} for one in records]
    ),
    "journald": lambda records: lines([{"_HOSTNAME": "collector", "MESSAGE": json.dumps(one)} for one in records]),
    "cloudwatch events": lambda records: pretty(
        {"events": [{"timestamp": 1714644059000, "message": json.dumps(one), "ingestionTime": 1} for one in records]}
    ),
    "cloudwatch subscription": lambda records: one(
        {
            "messageType": "DATA_MESSAGE",
            "logGroup": "g",
            "logEvents": [{"id": "1", "timestamp": 1714644059000, "message": json.dumps(one)} for one in records],
        }
    ),
    "cloudwatch insights": lambda records: one(
        {
            "results": [
                [{"field": "@timestamp", "value": "2024-05-02 10:00:59.000"}, {"field": "@message", "value": json.dumps(one)}]
                for one in records
            ],
            "status": "Complete",
        }
    ),
    "insights lines": lambda records: lines([{"@timestamp": "t", "@message": json.dumps(one)} for one in records]),
    "azure": lambda records: one({"records": [{"time": "t", "category": "c", "properties": one} for one in records]}),
    "azure text": lambda records: lines([{"time": "t", "category": "c", "properties": json.dumps(one)} for one in records]),
    "odata": lambda records: one({"@odata.context": "https://x", "value": records}),
    "results": lambda records: one({"Schema": [{"Name": "a", "Type": "b"}], "Results": records}),
    "paged": lambda records: pretty({"total": 3, "next": None, "data": {"items": records}}),
    "rows": lambda records: one({"rows": records}),
    "deep": lambda records: lines([{"a": {"b": {"c": json.dumps({"payload": one})}}} for one in records]),
    "text in text": lambda records: lines([{"log": json.dumps({"message": json.dumps(one)})} for one in records]),
    "array in text": lambda records: one({"body": json.dumps(records)}),
    "lines of texts": lambda records: lines([json.dumps(record) for record in records]),
    "array of texts": lambda records: pretty([json.dumps(record) for record in records]),
    "arrays in an array": lambda records: one([records[:1], [records[1:]], []]),
    "otlp map": lambda records: one(otlp([attributes(record) for record in records])),
    "otlp text": lambda records: lines([otlp([{"stringValue": json.dumps(record)}]) for record in records]),
    "syslog": lambda records: "".join(SYSLOG + json.dumps(record) + "\n" for record in records).encode(),
    "old syslog": lambda records: "".join(OLD_SYSLOG + json.dumps(record) + "\n" for record in records).encode(),
    "syslog in filebeat": lambda records: lines([{**FILEBEAT, "message": OLD_SYSLOG + json.dumps(one)} for one in records]),
    "data frame, rows": lambda records: one({str(at): record for at, record in enumerate(records)}),
    "data frame, columns": lambda records: one(
        {name: {str(at): record.get(name) for at, record in enumerate(records)} for name in records[0]}
    ),
    "side by side": lambda records: one({f"event {at}": record for at, record in enumerate(records)}),
    "side by side, deeper": lambda records: one(
        {"case": {"a": {}, "b": 1}, "by": {f"e{at}": one for at, one in enumerate(records)}}
    ),
    "collection": lambda records: one({"Info": {"a": 1}, "Windows.Security": records, "Other": [{"x": 1}]}),
}


def read(data: bytes) -> list[ReaderItem]:
    found = choose(data, "x.bin")
    assert found is not None
    assert found.confidence > 0.9
    return list(found.reader.read(io.BytesIO(data), ReadOptions()))


def told(items: list[ReaderItem]) -> list[tuple[Any, ...]]:
    return [
        (event.image, event.pid, event.ppid, event.host, event.time_us, event.command_line)
        for event in items
        if isinstance(event, ProcessEvent)
    ]


@pytest.mark.parametrize("make", [flat, document])
@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_the_same_processes_come_out_of_every_wrapping(wrapping: str, make: Callable[[int], dict[str, Any]]) -> None:
    records = [make(number) for number in range(3)]
    plain = told(read(lines(records)))
    assert [(row[1], row[2], row[3]) for row in plain] == [(1000 + at, 500, "ws-1.lab.example") for at in range(3)]
    items = read(WRAPPINGS[wrapping](records))
    assert told(items) == plain
    assert not any(isinstance(item, Reject) for item in items)


TEXTS: dict[str, Callable[[str], dict[str, Any]]] = {
    "message": lambda text: {**FILEBEAT, "message": text},
    "original": lambda text: {**FILEBEAT, "event": {"original": text}, "message": "A new process has been created"},
    "log": lambda text: {"log": text, "time": "2024-05-02T10:00:59Z"},
    "splunk": lambda text: {"preview": False, "result": {"_raw": text, "host": "collector"}},
    "otlp": lambda text: otlp([{"stringValue": text}]),
    "cloud": lambda text: {"logEvents": [{"message": text}, {"message": text.replace("prog", "other")}]},
    "declared": lambda text: {"payload": '<?xml version="1.0"?>\r\n' + text + "\r\n"},
}


@pytest.mark.parametrize("holder", TEXTS)
def test_events_in_xml_come_out_of_texts(holder: str) -> None:
    data = lines([TEXTS[holder](xml(number)) for number in range(3)])
    events = [row for row in told(read(data)) if "other" not in row[0]]
    assert events == told(read(lines([flat(number) for number in range(3)])))


def test_what_opentelemetrys_receiver_makes_of_an_event_of_windows_is_that_event() -> None:
    bodies = [attributes(receiver(number)) for number in range(3)]
    assert told(read(one(otlp(bodies)))) == told(read(lines([flat(number) for number in range(3)])))


def test_the_wrappings_host_and_time_stand_in_only_where_the_record_has_none() -> None:
    bare = {key: value for key, value in flat(1).items() if key not in ("Hostname", "TimeCreated")}
    for wrapping, host in (
        ("logstash", "collector"),
        ("filebeat", "collector"),
        ("journald", "collector"),
        ("syslog", "collector.lab.example"),
    ):
        (event,) = read(WRAPPINGS[wrapping]([bare]))
        assert isinstance(event, ProcessEvent)
        assert event.host == host
    (event,) = read(WRAPPINGS["filebeat"]([bare]))
    assert isinstance(event, ProcessEvent)
    assert event.time_us == 1_714_644_059_000_000


@pytest.mark.parametrize("wrapping", ["elasticsearch", "odata", "azure", "bulk", "filebeat"])
def test_other_events_in_a_wrapping_are_other(wrapping: str) -> None:
    records = [flat(0), {**flat(1), "EventID": 4624}, flat(2)]
    items = read(WRAPPINGS[wrapping](records))
    assert [type(item).__name__ for item in items] == ["ProcessEvent", "NoneType", "ProcessEvent"]


def test_what_a_bulk_file_says_to_do_is_no_record() -> None:
    actions = [{"index": {}}, {"create": {"_index": "a", "_id": "1"}}, {"delete": {"_id": "2"}}, {"update": {"_id": "3"}}]
    items = read(lines([*actions, flat(1), {"index": {"depth": 3}}]))
    assert [type(item).__name__ for item in items] == ["ProcessEvent", "Unknown"]


def test_a_wrapping_of_what_nobody_knows_is_unknown() -> None:
    record = {"events": [{"action": "pull", "image": "nginx"}], "log": '{"a": {"b": 1}}', "more": {"x": [1, "{"]}}
    items = read(lines([flat(1), record]))
    assert items[1] == Unknown(position=2, keys=("events", "log", "more.x"))


def test_rows_of_a_table_hold_records_too() -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["@timestamp", "_source"])
    writer.writerows([["t", json.dumps(document(number))] for number in range(3)])
    assert told(read(out.getvalue().encode())) == told(read(lines([document(number) for number in range(3)])))


KIBANA = [
    "@timestamp", "host.name", "user.name", "process.executable", "process.pid", "process.command_line",
    "process.parent.executable", "process.parent.pid", "event.action",
]  # fmt: skip


def discover(rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([KIBANA, *rows])
    return out.getvalue().encode()


@pytest.mark.parametrize("mark", [",", ".", "\u00a0", "\u202f", ""])
def test_kibanas_table_has_numbers_with_marks(mark: str) -> None:
    time = "May 2, 2024 @ 10:00:00.123"
    row = [time, "ws-1", "mira", r"C:\a\b.exe", f"5{mark}210", "b -x", r"C:\c.exe", f"4{mark}100", "start"]
    (event,) = told(read(discover([row, [*row[:-1], "end"], [*row[:-1], "fork"]])))
    assert (event[0], event[1], event[2], event[3], event[5]) == (r"C:\a\b.exe", 5210, 4100, "ws-1", "b -x")


def test_a_table_of_chosen_fields_tells_starts_by_their_parent_and_command_line() -> None:
    names = "@timestamp,host.name,process.executable,process.pid,process.command_line,process.parent.pid,destination.ip\n"
    start = "2024-05-02T10:00:00Z,ws-1,/usr/bin/id,2002,id,2001,\n"
    connection = "2024-05-02T10:00:01Z,ws-1,/usr/bin/curl,2003,,,192.0.2.1\n"
    assert [row[:3] for row in told(read((names + start + connection).encode()))] == [("/usr/bin/id", 2002, 2001)]


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"9" * 400, b"-0", b"null"])
@pytest.mark.parametrize("wrapping", ["elasticsearch", "odata", "flattened", "docker"])
def test_numbers_that_json_has_not_cost_their_field(number: bytes, wrapping: str) -> None:
    data = WRAPPINGS[wrapping]([{**flat(1), "LogonType": 777_777}, flat(2)])
    assert told(read(data.replace(b"777777", number))) == told(read(lines([flat(1), flat(2)])))


@pytest.mark.parametrize("layout", [one, pretty, lines])
def test_trailing_commas_are_ignored(layout: Callable[[Any], bytes]) -> None:
    data = layout([{**flat(number), "CommandLine": "x"} for number in range(3)])
    for loose in (data.replace(b"}", b",}"), data.rstrip().removesuffix(b"]").rstrip() + b",\n]\n"):
        assert told(read(loose)) == told(read(data))
    assert len(told(read(data))) == 3


def test_pretty_printed_objects_between_lines() -> None:
    data = lines([flat(0)]) + pretty(flat(1)) + b"\n" + lines([flat(2)])
    assert told(read(data)) == told(read(lines([flat(number) for number in range(3)])))


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def spots(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return (
        [path, *(spot for key, inner in inside for spot in spots(inner, (*path, key)))]
        if path
        else [spot for key, inner in inside for spot in spots(inner, (key,))]
    )


@settings(max_examples=300, deadline=None)
@given(st.data(), st.sampled_from(sorted(WRAPPINGS)), st.sampled_from([flat, document]))
def test_no_value_anywhere_is_unforeseen(data: st.DataObject, wrapping: str, make: Callable[[int], dict[str, Any]]) -> None:
    text = WRAPPINGS[wrapping]([make(0), make(1)])
    try:
        whole = json.loads(text)
    except ValueError:
        first, *_ = text.splitlines()
        if not first.startswith(b"{"):
            return
        try:
            whole = json.loads(first)
        except ValueError:
            return
    path = data.draw(st.sampled_from(spots(whole)))
    node = whole
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = data.draw(junk)
    from engine.readers.registry import reader_named

    items = list(reader_named("json").read(io.BytesIO(one(whole)), ReadOptions()))
    assert [item for item in items if isinstance(item, Reject) and item.code == "unforeseen"] == []


def coded(whole: Any, *, compressed: bool) -> str:
    data = json.dumps(whole, separators=(",", ":")).encode()
    return base64.b64encode(gzip.compress(data, mtime=0) if compressed else data).decode()


@pytest.mark.parametrize("compressed", [False, True])
def test_queues_code_what_they_hold(compressed: bool) -> None:
    held = [{"kinesis": {"partitionKey": "k", "data": coded(flat(number), compressed=compressed)}} for number in range(3)]
    assert told(read(one({"Records": held}))) == told(read(lines([flat(number) for number in range(3)])))
    events = {"messageType": "DATA_MESSAGE", "logEvents": [{"message": json.dumps(flat(number))} for number in range(3)]}
    held = [{"data": coded(events, compressed=compressed)}]
    assert told(read(one({"Records": held}))) == told(read(lines([flat(number) for number in range(3)])))


@pytest.mark.parametrize("text", ["eyJ", "H4sIAAAA", "eyJhIjoxfQ.x.y", "H4sI" + "A" * 400, coded([1], compressed=True)])
def test_what_only_begins_like_it_is_unknown(text: str) -> None:
    assert isinstance(read(lines([flat(1), {"data": text}]))[1], Unknown)


def test_a_compressed_text_is_not_unpacked_without_end() -> None:
    bomb = base64.b64encode(gzip.compress(b'{"a":"' + bytes(64 * 2**20))).decode()
    assert records_in(bomb) == []


@pytest.mark.parametrize("inner", [7, {"scopeLogs": "x"}, {"scopeLogs": [5]}, {"scopeLogs": [{"logRecords": {}}]},
                                   {"scopeLogs": [{"logRecords": ["x"]}]}], ids=repr)  # fmt: skip
def test_what_is_no_log_where_opentelemetry_has_one_is_told(inner: Any) -> None:
    items = read(lines([otlp([{"stringValue": json.dumps(flat(1))}]), {"resourceLogs": [inner]}]))
    assert len(items) == 2
    assert isinstance(items[0], ProcessEvent)
    assert isinstance(items[1], Reject | Unknown)


@pytest.mark.parametrize(
    "hits", [{"total": 7, "hits": []}, {"total": {"value": 7, "relation": "eq"}}], ids=["no hits", "counted"]
)
def test_an_answer_that_only_counts_holds_no_record(hits: dict[str, Any]) -> None:
    assert list(items_of({"took": 3, "hits": hits}, 1, Moments())) == []


def test_an_answer_whose_hits_have_another_name_is_not_understood() -> None:
    whole = answer([{"a": 1}])
    whole["hits"]["hitw"] = whole["hits"].pop("hits")
    assert [type(item) for item in items_of(whole, 1, Moments())] == [Unknown]
