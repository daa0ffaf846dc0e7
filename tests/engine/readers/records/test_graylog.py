"""Graylog's messages: GELF, and Winlogbeat's fields under the names that its input gives them."""

from __future__ import annotations

from typing import Any

import pytest

from engine.domain.records import ProcessEvent
from engine.readers.records.shapes import items_of
from engine.readers.text.moments import Moments

GELF = {
    "version": "1.1", "host": "ws-7", "short_message": "Process Create", "timestamp": 1714644007.5, "level": 6, "_EventID": 1,
    "_SourceName": "Microsoft-Windows-Sysmon", "_Image": "C:\\a.exe", "_ProcessId": "6320", "_ParentProcessId": "5210",
    "_UtcTime": "2024-05-02 10:00:07.123",
}  # fmt: skip
BEATS = {
    "timestamp": "2024-05-02T10:00:07.500Z", "source": "fwd", "winlogbeat_winlog_event_id": 1,
    "winlogbeat_winlog_provider_name": "Microsoft-Windows-Sysmon", "winlogbeat_winlog_computer_name": "ws-7",
    "winlogbeat_winlog_event_data_Image": "C:\\a.exe", "winlogbeat_winlog_event_data_ProcessId": "6320",
    "winlogbeat_winlog_event_data_ParentProcessId": "5210", "winlogbeat_winlog_event_data_UtcTime": "2024-05-02 10:00:07.123",
}  # fmt: skip


@pytest.mark.parametrize("record", [GELF, BEATS, {"version": "1.1", "host": "fwd", "short_message": "x"}
                                    | {f"_{key}": value for key, value in BEATS.items()}])  # fmt: skip
def test_the_event_inside(record: dict[str, Any]) -> None:
    (item,) = items_of(record, 1, Moments())
    assert isinstance(item, ProcessEvent)
    assert (item.image, item.pid, item.ppid, item.host) == ("C:\\a.exe", 6320, 5210, "ws-7")
    assert item.time_us == 1_714_644_007_123_000


def test_other_messages_of_graylog_are_other() -> None:
    record = {**BEATS, "winlogbeat_winlog_event_id": 3}
    assert list(items_of(record, 1, Moments())) == [None]


@pytest.mark.parametrize(("source", "host"), [("ws-7.lab.example", "ws-7.lab.example"), ("WinEventLog:Security", "")])
def test_the_source_of_a_message_is_the_machine_that_sent_it(source: str, host: str) -> None:
    record = {"timestamp": "2024-05-02T10:00:07.123Z", "source": source, "message": "A new process", "EventID": "4688",
              "SourceName": "Microsoft-Windows-Security-Auditing", "NewProcessName": "C:\\a.exe", "NewProcessId": "0x18b0",
              "ProcessId": "0x145a"}  # fmt: skip
    (item,) = items_of(record, 1, Moments())
    assert isinstance(item, ProcessEvent)
    assert item.host == host
