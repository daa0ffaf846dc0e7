"""What Splunk wraps around records: results, rows, `_raw` in all its forms, values that were extracted twice."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.records import ProcessEvent, ReaderItem, Reject
from engine.readers.contract import ReadOptions
from engine.readers.detect import choose
from engine.readers.guard import CODE
from engine.readers.records import splunk
from engine.readers.records.shapes import items_of
from engine.readers.text.moments import Moments

QUOTE = '"'
COMMAND = '"C:\\Program Files\\a b.exe" /n "x, y"'
XML = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Sysmon'/>"
    "<EventID>1</EventID><TimeCreated SystemTime='2024-05-02T10:00:00.129Z'/><EventRecordID>7</EventRecordID>"
    "<Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>ws-7</Computer></System><EventData>"
    "<Data Name='UtcTime'>2024-05-02 10:00:00.123</Data><Data Name='ProcessId'>5210</Data><Data Name='Image'>C:\\a b.exe</Data>"
    f"<Data Name='CommandLine'>{escape(COMMAND, {QUOTE: '&quot;'})}</Data><Data Name='ParentProcessId'>4100</Data></EventData>"
    "</Event>"
)
CLASSIC = (
    "05/02/2024 12:00:00 PM\nLogName=Security\nEventCode=4688\nEventType=0\nComputerName=ws-7\n"
    "SourceName=Microsoft Windows security auditing.\nType=Information\nRecordNumber=88120\nKeywords=Audit Success\n"
    "TaskCategory=Process Creation\nOpCode=Info\nMessage=A new process has been created.\n\nCreator Subject:\n"
    "\tSecurity ID:\t\tS-1-5-21\n\tAccount Name:\t\tmira\n\tAccount Domain:\t\tLAB\n\tLogon ID:\t\t0x5A3F1\n\n"
    "Process Information:\n\tNew Process ID:\t\t0x145a\n\tNew Process Name:\tC:\\a b.exe\n"
    "\tCreator Process ID:\t0x1004\n\tCreator Process Name:\tC:\\Windows\\explorer.exe\n"
    f"\tProcess Command Line:\t{COMMAND}\n"
)
FLAT = json.dumps(
    {"EventID": 1, "SourceName": "Microsoft-Windows-Sysmon", "Hostname": "ws-7", "Image": "C:\\a b.exe", "ProcessId": 5210,
     "ParentProcessId": 4100, "CommandLine": COMMAND, "UtcTime": "2024-05-02 10:00:00.123"}
)  # fmt: skip
RAWS = {"xml": XML, "behind a syslog header": f"May  2 10:00:00 fwd evt: {XML}", "text": CLASSIC, "json": FLAT}
BESIDE = {"_time": "2024-05-02T10:00:00.123+00:00", "host": "FWD", "index": "win", "sourcetype": "x", "splunk_server": "i1"}
EACH = pytest.mark.parametrize("raw", RAWS.values(), ids=RAWS)


def inside(record: dict[str, Any]) -> list[ReaderItem]:
    return list(items_of(record, 1, Moments()))


def check(item: ReaderItem) -> None:
    assert isinstance(item, ProcessEvent)
    assert (item.image, item.pid, item.ppid, item.host) == ("C:\\a b.exe", 5210, 4100, "ws-7")
    assert (item.command_line, item.time_us) == (COMMAND, 1_714_644_000_123_000)


def table(rows: list[dict[str, str]]) -> list[ReaderItem]:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    data = out.getvalue().encode()
    detected = choose(data, "x.csv")
    assert detected is not None
    return list(detected.reader.read(io.BytesIO(data), ReadOptions()))


@EACH
def test_an_export_of_events(raw: str) -> None:
    (item,) = table([{"_raw": raw, **BESIDE}])
    check(item)


@EACH
def test_results_of_a_search_in_each_output_mode(raw: str) -> None:
    row = {"_raw": raw, **BESIDE}
    names, values = list(row), list(row.values())
    for answer in (
        {"preview": False, "offset": 0, "result": row},
        {"preview": False, "init_offset": 0, "messages": [], "fields": [{"name": "_raw"}], "results": [row]},
        {"preview": False, "fields": names, "rows": [values]},
        {"preview": False, "fields": names, "columns": [[value] for value in values]},
        {"preview": False, "fields": [{"name": name} for name in names], "rows": [values]},
    ):
        (item,) = inside(answer)
        check(item)


@EACH
def test_an_event_of_the_collector(raw: str) -> None:
    (item,) = inside({"time": 1714644000.123, "host": "FWD", "sourcetype": "x", "event": raw, "_time": 1714644000.123})
    check(item)


def test_the_last_line_of_an_export_is_no_record() -> None:
    assert inside({"preview": False, "lastrow": True}) == []


def test_results_of_another_service_are_left_to_others() -> None:
    assert splunk.rows({"results": [[{"field": "@message", "value": "x"}]], "status": "Complete"}) is None


def test_xml_that_was_cut_leaves_the_fields_beside_it() -> None:
    fields = {"EventCode": "1", "source": "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational", "Image": "C:\\a b.exe"}
    (item,) = inside({"_raw": XML[:500], **BESIDE, **fields, "ProcessGuid": "{365abb72-d0db-5cc8-0000-0010488a3c00}"})
    assert isinstance(item, ProcessEvent)
    assert item.image == "C:\\a b.exe"
    (lost,) = inside({"_raw": XML[:500], **BESIDE})
    assert isinstance(lost, Reject)
    assert lost.sample.startswith(b"<Event xmlns")


def test_what_was_extracted_twice_is_there_once() -> None:
    row = {**json.loads(FLAT), "EventID": "1", "ProcessId": ["5210", "5210"], "Image": "C:\\a b.exe\nC:\\a b.exe", "_time": "x"}
    (item,) = inside({"result": row})
    check(item)


def test_values_that_differ_stay() -> None:
    assert splunk.single({"Account_Name": "a\n-", "x": ["1", "2"], "y": "one"}) is None


VALUES = st.one_of(st.none(), st.integers(), st.floats(), st.text(max_size=9), st.lists(st.text(max_size=2), max_size=2),
                   st.sampled_from([{}, [], XML[:300], CLASSIC[:60], "{", "<Event>", [{}], [[1]]]))  # fmt: skip
KEYS = st.sampled_from(
    ["_raw", "result", "results", "rows", "columns", "fields", "event", "sourcetype", "lastrow", "_time", "host"]
)


@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=6))
@settings(max_examples=300, deadline=None)
def test_envelopes_of_any_values_raise_nothing(record: dict[str, Any]) -> None:
    assert [item.code for item in inside(record) if isinstance(item, Reject) and item.code == CODE] == []
