"""Processes as properties: where one ends and the next begins."""

from __future__ import annotations

import io

import pytest

from engine.domain.records import Note, ProcessEvent, Reject
from engine.readers.contract import ReadOptions
from engine.readers.lists.property_list import READER


def listed(number: int) -> str:
    values = {
        "ProcessId": 2000 + number,
        "ParentProcessId": 404,
        "Name": f"prog{number}.exe",
        "ExecutablePath": f"C:\\a\\prog{number}.exe",
        "PSComputerName": "WS1",
        "CreationDate": "20240502100007.000000+000",
    }
    return "".join(f"{name:<16}: {value}\r\n" for name, value in values.items())


@pytest.mark.parametrize("between", ["\r\n", "\0\r\n", "", "\t\r\n", "  \r\n", "\r\n\t", "\r\n\0", "\r\n  "], ids=repr)
def test_whatever_stands_between_two_processes_neither_is_lost(between: str) -> None:
    text = "\r\n\r\n" + between.join(map(listed, range(4)))
    items = [item for item in READER.read(io.BytesIO(text.encode()), ReadOptions()) if not isinstance(item, Note)]
    found = [(item.pid, item.ppid, item.image) for item in items if isinstance(item, ProcessEvent)]
    assert found == [(2000 + number, 404, f"C:\\a\\prog{number}.exe") for number in range(4)]
    assert len(items) == 4


def test_where_the_next_process_is_swallowed_that_is_told() -> None:
    text = listed(0) + "\r\x0b" + listed(1) + "\r\n" + listed(2)
    items = [item for item in READER.read(io.BytesIO(text.encode()), ReadOptions()) if not isinstance(item, Note)]
    assert [item.pid for item in items if isinstance(item, ProcessEvent)] == [2000, 2002]
    (told,) = [item for item in items if isinstance(item, Reject)]
    assert "told twice" in told.reason
    assert told.sample == b"ParentProcessId : 404"


@pytest.mark.parametrize("line", ["type=SYSCALL msg=audit(1.1:1): x", "rentProcessId : 404", "xy=z"])
def test_a_line_of_something_else_costs_no_process_and_is_told(line: str) -> None:
    text = listed(0) + line + "\r\n\r\n" + listed(1)
    items = [item for item in READER.read(io.BytesIO(text.encode()), ReadOptions()) if not isinstance(item, Note)]
    assert [item.pid for item in items if isinstance(item, ProcessEvent)] == [2000, 2001]
    (told,) = [item for item in items if isinstance(item, Reject)]
    assert "none of a process" in told.reason


def test_a_list_of_something_else_is_none_of_processes() -> None:
    assert READER.sniff("".join(listed(number) + "Colour          : red\r\n\r\n" for number in range(4)).encode(), "x") == 0.0
