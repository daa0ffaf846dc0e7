"""Event Tracing of the kernel as JSON: the process that an event is about, and not the one that wrote it."""

from __future__ import annotations

import io
import json
from copy import deepcopy
from typing import Any

import pytest

from engine.domain.records import ProcessEnd, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import ReadOptions
from engine.readers.detect import choose

NOTEPAD = "\\Device\\HarddiskVolume4\\Windows\\System32\\notepad.exe"
SEALIGHTER: dict[str, Any] = {
    "header": {
        "activity_id": "{00000000-0000-0000-0000-000000000000}",
        "event_flags": 576,
        "event_id": 1,
        "event_name": "",
        "event_opcode": 1,
        "event_version": 3,
        "process_id": 15724,
        "provider_name": "Microsoft-Windows-Kernel-Process",
        "task_name": "ProcessStart",
        "thread_id": 4564,
        "timestamp": "2020-05-19 12:08:08Z",
    },
    "properties": {
        "CreateTime": "2020-05-19 12:08:08Z",
        "Flags": 0,
        "ImageName": NOTEPAD,
        "ParentProcessID": 15724,
        "ProcessID": 16144,
        "SessionID": 1,
    },
}
"""github.com/pathtofile/Sealighter, docs."""
SILK: dict[str, Any] = {
    "ProviderGuid": "22fb2cd6-0e7b-422b-a0c7-2fad1fd0e716",
    "YaraMatch": [],
    "ProviderName": "Microsoft-Windows-Kernel-Process",
    "EventName": "ProcessStart/Start",
    "Opcode": 1,
    "OpcodeName": "Start",
    "TimeStamp": "2020-05-19T14:08:08+02:00",
    "ThreadID": 4564,
    "ProcessID": 15724,
    "ProcessName": "WINWORD",
    "PointerSize": 8,
    "EventDataLength": 100,
    "XmlEventData": {
        "FormattedMessage": "Process 16,144 started at time …",
        "ProcessID": "16,144",
        "ParentProcessID": "15,724",
        "SessionID": "1",
        "ImageName": NOTEPAD,
        "EventName": "ProcessStart/Start",
        "PID": "15724",
        "PName": "WINWORD",
    },
}
STOP, LOAD = "ProcessStop/Stop", "ImageLoad"


def read(*records: dict[str, Any]) -> list[ReaderItem]:
    data = "\n".join(map(json.dumps, records)).encode()
    found = choose(data, "x.json")
    assert found is not None
    return list(found.reader.read(io.BytesIO(data), ReadOptions()))


def changed(record: dict[str, Any], name: str, number: int) -> dict[str, Any]:
    """The record as one of another event."""
    other = deepcopy(record)
    header = other.get("header", other)
    header |= {"task_name": name.partition("/")[0], "event_id": number} if header is not other else {"EventName": name}
    return other


@pytest.mark.parametrize("record", [SEALIGHTER, SILK], ids=["Sealighter", "SilkETW"])
def test_the_new_process_is_that_of_the_data(record: dict[str, Any]) -> None:
    event, end, other = read(record, changed(record, STOP, 2), changed(record, LOAD, 5))
    assert isinstance(event, ProcessEvent)
    assert (event.image, event.pid, event.ppid, event.os) == (NOTEPAD, 16144, 15724, "windows")
    assert event.time_us == 1_589_890_088_000_000
    assert isinstance(end, ProcessEnd)
    assert (end.pid, end.time_us) == (16144, event.time_us)
    assert other is None


@pytest.mark.parametrize("record", [SEALIGHTER, SILK], ids=["Sealighter", "SilkETW"])
def test_events_of_other_providers_are_other(record: dict[str, Any]) -> None:
    foreign = json.loads(json.dumps(record).replace("Windows-Kernel-Process", "Windows-Kernel-File"))
    assert read(record, foreign)[1:] == [None]


def test_a_start_without_an_image_is_told() -> None:
    lost = deepcopy(SEALIGHTER)
    del lost["properties"]["ImageName"]
    _, reject = read(SEALIGHTER, lost)
    assert isinstance(reject, Reject)
    assert reject.code == "no-image"
