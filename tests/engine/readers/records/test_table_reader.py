"""Rows of tables as records: what is read from JSON is read from a CSV of the same names."""

from __future__ import annotations

import io

from engine.domain.records import Note, ProcessEvent
from engine.readers.contract import ReadOptions
from engine.readers.detect import choose
from engine.readers.records.table_reader import READER

SPLUNK = (
    "_time,host,source,EventCode,Image,ProcessId,ProcessGuid,ParentImage,ParentProcessId,User,UtcTime\n"
    "2024-05-02T10:00:07Z,ws,XmlWinEventLog:Microsoft-Windows-Sysmon/Operational,1,C:\\a\\p.exe,6320,"
    "{365ABB72-D0DB-5CC8-0000-0010488A3C00},C:\\a\\w.exe,5210,LAB\\m,2024-05-02 10:00:07.123\n"
)


def test_a_row_is_the_record_that_the_same_json_object_is() -> None:
    detected = choose(SPLUNK.encode(), "x.csv")
    assert detected is not None
    assert detected.reader is READER
    (event,) = READER.read(io.BytesIO(SPLUNK.encode()), ReadOptions())
    assert isinstance(event, ProcessEvent)
    assert (event.kind, event.image, event.pid, event.ppid) == ("sysmon1", "C:\\a\\p.exe", 6320, 5210)


def test_the_host_option_names_what_names_none_and_notes_are_none() -> None:
    data = SPLUNK.replace("ws,Xml", ",Xml").encode()
    items = list(READER.read(io.BytesIO(data), ReadOptions(host="h")))
    assert [item.host for item in items if isinstance(item, ProcessEvent)] == ["h"]
    assert not any(isinstance(item, Note) for item in items)
