"""Events as Format-List prints them: where one ends and the next begins, whatever became of its first line."""

from __future__ import annotations

import io

import pytest

from engine.domain.records import ProcessEvent, Reject
from engine.readers.contract import ReadOptions
from engine.readers.detect import choose
from engine.readers.windows.format_list import READER
from tests.engine.readers.windows.forms import EVENTS, FORMS, HOST

MESSAGE = "Message              : Process"


def listed(number: int, column: int = 21) -> str:
    data = FORMS["Get-WinEvent list"]("1", EVENTS["1"])
    text = data.decode("utf-16" if data[:2] == b"\xff\xfe" else "utf-8").replace("powershell.exe", f"prog{number}.exe")
    text = text.replace(HOST, f"host{number}.example")
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


LINES = listed(0).split("\r\n")
CUTS = [at for at, line in enumerate(LINES) if line[:1].strip()]


def placed(text: str) -> list[tuple[str, str | None]]:
    """What started, and where."""
    items = READER.read(io.BytesIO(text.encode()), ReadOptions())
    return [(item.image.rpartition("\\")[2], item.host) for item in items if isinstance(item, ProcessEvent)]


@pytest.mark.parametrize("cut", CUTS, ids=lambda at: LINES[at].split()[0])
@pytest.mark.parametrize("within", [0, 2], ids=["between lines", "in a line"])
def test_what_is_left_of_a_torn_event_joins_none_of_those_behind_it(cut: int, within: int) -> None:
    at = sum(len(line) + 2 for line in LINES[:cut]) + within
    torn = listed(0)[:at] + listed(1) + listed(0)[at:]
    after = [(f"prog{number}.exe", f"host{number}.example") for number in range(2, 6)]
    assert placed(torn + "".join(map(listed, range(2, 6))))[-4:] == after
    behind = "".join(map(listed, range(6, 9)))
    assert placed(behind + torn + "".join(map(listed, range(2, 6))))[-4:] == after


@pytest.mark.parametrize("cut", CUTS, ids=lambda at: LINES[at].split()[0])
def test_a_file_that_begins_in_the_midst_of_an_event_costs_that_one(cut: int) -> None:
    found = placed("\r\n".join(LINES[cut:]) + "".join(map(listed, range(1, 5))))
    assert found[-4:] == [(f"prog{number}.exe", f"host{number}.example") for number in range(1, 5)]


def test_a_torn_name_takes_no_event_over() -> None:
    text = listed(0) + listed(1) + "\r\nId            : 4\r\nThreadId             : 12\r\n" + listed(2) + listed(3)
    assert read(text) == [f"prog{number}.exe" for number in range(4)]


def test_an_event_larger_than_any_is_refused_and_the_next_one_is_read() -> None:
    large = listed(0).replace("prog0.exe -nop", "prog0.exe " + ("x" * 1_000 + "\r\n" + " " * 23) * 1_100)
    items = list(READER.read(io.BytesIO((large + listed(1)).encode()), ReadOptions()))
    assert [type(item) for item in items] == [Reject, ProcessEvent]


def test_names_without_end_are_one_refused_event() -> None:
    many = "".join(f"\r\nName{number:<17}: x\r\n" for number in range(2_000))
    items = list(READER.read(io.BytesIO((listed(0) + many + listed(1)).encode()), ReadOptions()))
    assert [type(item) for item in items] == [Reject, ProcessEvent]
