"""Raw events of WinEventLog that Splunk exports as text."""

from __future__ import annotations

import io

import pytest

from engine.domain.records import Note, ProcessEnd, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import ReadOptions
from engine.readers.detect import choose
from engine.readers.records.printed.splunk_text import READER
from tests.engine.readers.windows.forms import COMMAND, EVENTS, HOST, IMAGE, PARENT, message_of


def logged(event: str, **fields: str) -> str:
    message = message_of(event, EVENTS[event] | fields).replace("\r\n", "\n") if event in EVENTS else "Something."
    return (
        f"05/13/2024 10:00:07 AM\nLogName=Security\nEventCode={event}\nEventType=0\nComputerName={HOST}\n"
        f"SourceName=Microsoft Windows security auditing.\nRecordNumber=12\nMessage={message}\n"
    )


def read(text: str) -> list[ReaderItem]:
    found = choose(text.encode(), "export.txt")
    assert found is not None
    assert found.reader is READER
    return [item for item in READER.read(io.BytesIO(text.encode()), ReadOptions()) if not isinstance(item, Note)]


def test_events_one_after_another() -> None:
    created, other, end = read(logged("4688") + logged("4624") + logged("4689"))
    assert other is None
    assert isinstance(created, ProcessEvent)
    assert (created.image, created.parent_image, created.pid, created.ppid) == (IMAGE, PARENT, 6320, 5210)
    assert (created.host, created.command_line, created.time_us) == (HOST, COMMAND, 1_715_594_407_000_000)
    assert isinstance(end, ProcessEnd)
    assert end.pid == 6320


def test_a_command_line_with_lines_of_an_event_makes_a_reject_more_and_hides_nothing() -> None:
    items = read(logged("4688", CommandLine="a.exe\n05/13/2024 10:00:09 AM\nLogName=Security\n") + logged("4688"))
    assert [type(item) for item in items] == [ProcessEvent, Reject, ProcessEvent]


def test_an_event_whose_beginning_is_damaged_is_told_and_costs_itself_only() -> None:
    damaged = logged("4688").replace("05/13/2024 10:00:07 AM", "05/13/20", 1)
    items = read(logged("4688") + damaged + logged("4688"))
    assert [type(item) for item in items] == [ProcessEvent, Reject, ProcessEvent]
    named = logged("4688").replace("LogName=Security", "Log", 1)
    assert [type(item) for item in read(logged("4688") + named + logged("4688"))] == [ProcessEvent, Reject, ProcessEvent]


@pytest.mark.parametrize("at", ["LogName", "EventCo", "EventType", "Recor"])
def test_an_event_that_begins_within_another_is_read_and_the_other_told(at: str) -> None:
    first, rest = logged("4688").split(at, 1)
    items = read(logged("4688") + first + at + logged("4688", CommandLine="b.exe -x") + rest + logged("4688"))
    assert Reject in map(type, items)
    assert type(items[0]) is type(items[-1]) is ProcessEvent


def test_two_damaged_events_first_hide_no_log() -> None:
    damaged = logged("1").replace("05/13/2024 10:00:07 AM", "05/13/2024 1")
    assert read(damaged + damaged + logged("4688"))[-1].__class__ is ProcessEvent


def test_a_stray_line_before_the_first_event_hides_no_log() -> None:
    items = read("Record 7\n" + logged("4688"))
    assert ProcessEvent in map(type, items)


def test_an_event_begins_behind_the_torn_end_of_another() -> None:
    whole, last = logged("4688"), logged("4688", NewProcessId="0x1234")
    for left in range(whole.index("EventType"), len(whole) - 2, 3):
        torn = whole[:left].rstrip()
        *_, told, read_last = read(logged("4688") + torn + last)
        assert isinstance(told, Reject), torn[-20:]
        assert isinstance(read_last, ProcessEvent), torn[-20:]
        assert (read_last.pid, read_last.time_us) == (0x1234, 1_715_594_407_000_000), torn[-20:]
