"""XML events: layouts, damage, entities."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.records import ProcessEvent, ReaderItem, Reject
from engine.readers.contract import ReadOptions
from engine.readers.windows.xml_event import event_from_xml
from engine.readers.windows.xmlevents import READER

EVENT = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
    "<Provider Name='Microsoft-Windows-Sysmon' Guid='{5770385F-C22A-43E0-BF4C-06F5698FFBD9}'/><EventID>1</EventID>"
    "<TimeCreated SystemTime='2021-01-14T23:41:40.145335200Z'/><EventRecordID>%d</EventRecordID>"
    "<Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>win-dc.local</Computer></System><EventData>"
    "<Data Name='UtcTime'>2021-01-14 23:41:39.938</Data><Data Name='ProcessId'>6952</Data>"
    "<Data Name='Image'>C:\\Windows\\System32\\certutil.exe</Data><Data Name='CommandLine'>%s</Data></EventData></Event>"
)


def event(number: int, command: str = "a &lt;b&gt; &amp; &quot;c&quot;") -> str:
    return EVENT % (number, command)


def read(text: str | bytes) -> list[ReaderItem]:
    data = text if isinstance(text, bytes) else text.encode()
    return list(READER.read(io.BytesIO(data), ReadOptions()))


def ids(items: list[ReaderItem]) -> list[str | None]:
    return [item.record_id for item in items if isinstance(item, ProcessEvent)]


@pytest.mark.parametrize(
    "layout",
    [
        "\n".join(event(n) for n in range(5)),
        "<?xml version='1.0' encoding='utf-8'?><Events>" + "".join(event(n) for n in range(5)) + "</Events>",
        "\r\n".join(event(n).replace("'", '"').replace("><", ">\r\n  <") for n in range(5)),
    ],
)
def test_layouts(layout: str) -> None:
    for data in (layout.encode(), layout.encode("utf-16")):
        items = read(data)
        assert ids(items) == [str(n) for n in range(5)]
        first = items[0]
        assert isinstance(first, ProcessEvent)
        assert (first.kind, first.host, first.pid, first.command_line) == ("sysmon1", "win-dc.local", 6952, 'a <b> & "c"')
        assert first.time_us == 1_610_667_699_938_000
    assert READER.sniff(layout.encode(), "") > 0.9


def test_bad_events_cost_themselves() -> None:
    broken = event(2).replace("</System>", "")
    cut = event(4)[:300]
    items = read("\n".join([event(1), broken, event(3), cut, event(5)]))
    assert ids(items) == ["1", "3", "5"]
    assert [(item.position, item.code) for item in items if isinstance(item, Reject)] == [(2, "bad-xml"), (4, "bad-xml")]


@pytest.mark.parametrize(
    "bomb",
    [
        "<!DOCTYPE Event [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]>" + event(1, "&b;"),
        event(1, "&undeclared;"),
        event(1).replace("<System>", "<!DOCTYPE x [<!ENTITY b 'x'>]><System>"),
    ],
)
def test_entities_are_refused(bomb: str) -> None:
    (item,) = read(bomb)
    assert isinstance(item, Reject)
    assert item.code == "bad-xml"


def test_control_characters_are_kept_apart() -> None:
    for command in ("x&#8;y", "x&#x0;y", "x\x08y"):
        (item,) = read(event(1, command))
        assert isinstance(item, ProcessEvent)
        assert item.command_line == "x\ufffdy"


def test_other_events_are_none() -> None:
    assert read(event(1).replace("<EventID>1<", "<EventID>3<")) == [None]
    assert read(event(1).replace("Microsoft-Windows-Sysmon'", "Other'")) == [None]


def test_events_across_block_borders() -> None:
    items = read("".join(event(n, "x" * 5_000) for n in range(300)))
    assert len(ids(items)) == 300


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="<>/Event =\"'&;#x0![]-System", max_size=120), st.binary(max_size=60))
def test_arbitrary_text_never_raises(text: str, tail: bytes) -> None:
    for data in (text.encode() + tail, b"<Event>" + text.encode() + tail + b"</Event>"):
        read(data)
        event_from_xml(data)
