"""Events as Format-List prints them: where one ends and the next begins, whatever became of its first line."""

from __future__ import annotations

import io

import pytest

from engine.domain.records import ProcessEvent
from engine.readers.contract import ReadOptions
from engine.readers.detect import choose
from engine.readers.windows.format_list import READER
from tests.engine.readers.windows.forms import EVENTS, FORMS

MESSAGE = "Message              : Process"


def listed(number: int, column: int = 21) -> str:
    data = FORMS["Get-WinEvent list"]("1", EVENTS["1"])
    text = data.decode("utf-16" if data[:2] == b"\xff\xfe" else "utf-8").replace("powershell.exe", f"prog{number}.exe")
    lines = text.split("\r\n")
    assert lines[2].index(":") == 21
    more, less = " " * max(column - 21, 0), max(21 - column, 0)
    return "\r\n".join(more + line if line[:1] == " " else line[: 21 - less] + more + line[21:] for line in lines)


def read(text: str) -> list[str]:
    items = READER.read(io.BytesIO(text.encode()), ReadOptions())
    return [item.image.rpartition("\\")[2] for item in items if isinstance(item, ProcessEvent)]


@pytest.mark.parametrize("first", [":\x7f Process", ":\x00Process", ":Process", "      : Process"], ids=repr)
def test_a_damaged_first_line_costs_no_other_event(first: str) -> None:
    text = listed(0).replace(MESSAGE, f"Message              {first}") + listed(1) + listed(2)
    found = choose(text.encode(), "x.txt")
    assert found is not None
    assert found.reader.name == READER.name
    assert read(text)[-2:] == ["prog1.exe", "prog2.exe"]


def test_a_line_before_the_first_event_hides_none() -> None:
    assert read("Transcript: begun\r\n" + listed(0) + listed(1)) == ["prog0.exe", "prog1.exe"]


def test_lists_with_their_colons_elsewhere_may_be_joined() -> None:
    assert read(listed(0) + listed(1, 24) + listed(2)) == ["prog0.exe", "prog1.exe", "prog2.exe"]
