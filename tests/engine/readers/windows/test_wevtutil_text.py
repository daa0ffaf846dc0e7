"""Events as wevtutil prints them: where one begins, whatever became of the one before it and of its number."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from engine.domain.records import Note, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import ReadOptions
from engine.readers.detect import choose
from tests.engine.readers.windows.forms import EVENTS, FORMS, SECURITY

FORM = ["wevtutil text", "wevtutil text, Windows 11", "wevtutil text, German"]
EVENT = ["1", "4688"]
COUNT = 10
DAMAGE: dict[str, Callable[[str], str]] = {
    "cut": lambda text: text[:200],
    "control": lambda text: text.replace("  Task", "\x00Task"),
    "a line is gone": lambda text: text.replace("  Keyword: \r\n", ""),
}


def events(form: str = "wevtutil text", event: str = "4688") -> list[str]:
    text = FORMS[form](event, EVENTS[event]).decode()
    return [text.replace("Event[0]", f"Event[{at}]").replace("powershell.exe", f"prog{at}.exe") for at in range(COUNT)]


def read(text: str) -> list[ReaderItem]:
    found = choose(text.encode(), "log")
    assert found is not None
    assert found.reader.name == "wevtutil-text"
    return list(found.reader.read(io.BytesIO(text.encode()), ReadOptions()))


def started(items: list[ReaderItem]) -> list[str]:
    return [item.image.rpartition("\\")[2] for item in items if isinstance(item, ProcessEvent)]


def programs(without: int = COUNT) -> list[str]:
    return [f"prog{number}.exe" for number in range(COUNT) if number != without]


def told(items: list[ReaderItem]) -> list[str]:
    return [item.code for item in items if isinstance(item, Reject | Note)]


@pytest.mark.parametrize("at", [0, 4, 9])
@pytest.mark.parametrize("damage", DAMAGE)
def test_an_event_that_is_not_whole_is_told(damage: str, at: int) -> None:
    log = events()
    log[at] = DAMAGE[damage](log[at]) + "\r\n"
    items = read("".join(log))
    assert started(items) == programs(at)
    assert set(told(items)) & {"damaged-event", "numbering"}


@pytest.mark.parametrize("at", [0, 4, 8])
@pytest.mark.parametrize("event", EVENT)
@pytest.mark.parametrize("form", FORM)
def test_an_event_begins_behind_the_torn_end_of_another(form: str, event: str, at: int) -> None:
    log = events(form, event)
    for left in range(400, len(log[at]) - 4, 7):
        torn = log[at][:left].rstrip()
        items = read("".join([*log[:at], torn, *log[at + 1 :]]))
        assert [name for name in started(items) if name in programs(at)] == programs(at), torn[-40:]
        assert told(items).count("damaged-event") == 1, torn[-40:]
        assert "numbering" not in told(items)


@pytest.mark.parametrize("at", [1, 4, 9])
@pytest.mark.parametrize("line", ["Event[", "", "{}]:", "\x00\x00"], ids=repr)
def test_an_event_without_its_number_is_read_and_told(line: str, at: int) -> None:
    log = events()
    log[at] = log[at].replace(f"Event[{at}]:", line.replace("{}", str(at)))
    items = read("".join(log))
    assert started(items) == programs()
    assert told(items) == ["damaged-event"]


def test_blanks_before_an_event_are_no_damage() -> None:
    items = read((" " * 100_000).join(events()))
    assert started(items) == programs()
    assert told(items) == []


def test_a_command_line_that_looks_like_an_event_is_told() -> None:
    log = events()
    log[3] = FORMS["wevtutil text"]("4688", SECURITY | {"CommandLine": "x.exe\r\n" + log[7]}).decode().replace("[0]", "[3]")
    assert [(item.code, item.count) for item in read("".join(log)) if isinstance(item, Note)] == [("numbering", 2)]


def test_a_command_line_that_looks_like_an_event_without_number_is_told() -> None:
    log = events()
    forged = log[7].replace("Event[7]:\r\n", "")
    log[3] = FORMS["wevtutil text"]("4688", SECURITY | {"CommandLine": "x.exe\r\n" + forged}).decode().replace("[0]", "[3]")
    assert "damaged-event" in told(read("".join(log)))
