"""What sysmonLogView prints."""

from __future__ import annotations

import io

import pytest

from engine.domain.records import Note, ProcessEnd, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import ReadOptions
from engine.readers.detect import choose
from engine.readers.linux.sysmon_logview import READER

TEXT = """Event SYSMONEVENT_CREATE_PROCESS
\tRuleName: -
\tUtcTime: 2024-05-02 10:00:00.101
\tProcessGuid: {35dd0383-b8ec-61a6-b8d0-480000000000}
\tProcessId: 2001
\tImage: /usr/bin/dash
\tOriginalFileName: -
\tCommandLine: sh -c id
  # second line
\tCurrentDirectory: /var/www
\tUser: www-data
\tIntegrityLevel: no level
\tParentProcessGuid: {35dd0383-9a98-61a4-fddb-e43082550000}
\tParentProcessId: 812
\tParentImage: <unknown process>
Event SYSMONEVENT_NETWORK_CONNECT
\tProcessId: 2001
\tImage: /usr/bin/dash
Event SYSMONEVENT_PROCESS_TERMINATE
\tUtcTime: 2024-05-02 10:00:02.000
\tProcessGuid: {35dd0383-b8ec-61a6-b8d0-480000000000}
\tProcessId: 2001
\tImage: /usr/bin/dash
"""


def test_events() -> None:
    found = choose(TEXT.encode(), "sysmon.txt")
    assert found is not None
    created, other, end, said = found.reader.read(io.BytesIO(TEXT.encode()), ReadOptions(host="web-3"))
    assert isinstance(created, ProcessEvent)
    assert (created.kind, created.image, created.pid, created.ppid, created.host) == (
        "sysmon-linux",
        "/usr/bin/dash",
        2001,
        812,
        "web-3",
    )
    assert (created.command_line, created.user, created.cwd) == ("sh -c id\n  # second line", "www-data", "/var/www")
    assert (created.parent_image, created.integrity, created.time_us) == (None, None, 1_714_644_000_101_000)
    assert other is None
    assert end == ProcessEnd(
        position=19, host="web-3", time_us=1_714_644_002_000_000, pid=2001, guid=created.guid, image="/usr/bin/dash"
    )
    assert isinstance(said, Note)
    assert (said.code, said.count) == ("ambiguous-text", 1)


def test_a_line_before_the_first_event_hides_none() -> None:
    found = choose(b"$ cat syslog | sysmonLogView\n" + TEXT.encode(), "sysmon.txt")
    assert found is not None
    assert found.reader.name == "sysmon-logview"


def test_fields_without_an_event_are_told() -> None:
    for data in (TEXT[1:], TEXT + TEXT[1:]):
        found = choose(data.encode(), "sysmon.txt")
        assert found is not None
        items = list(found.reader.read(io.BytesIO(data.encode()), ReadOptions()))
        assert [item.code for item in items if isinstance(item, Reject)] == ["damaged-event"]


def created(number: int) -> str:
    end = TEXT.index("Event SYSMONEVENT_NETWORK")
    return TEXT[:end].replace("/usr/bin/dash", f"/usr/bin/prog{number}")


@pytest.mark.parametrize("name", ["CommandLine", "CurrentDirectory", "User", "ParentProcessGuid", "ParentImage"])
def test_an_event_begins_behind_the_torn_end_of_another(name: str) -> None:
    torn = created(1)
    for left in (2, len(name) + 2, len(name) + 6):
        cut = torn[: torn.index(f"\t{name}:") + left]
        data = created(0) + cut + created(2) + created(3)
        items = list(READER.read(io.BytesIO(data.encode()), ReadOptions()))
        events = [item for item in items if isinstance(item, ProcessEvent)]
        assert [event.image for event in events] == [f"/usr/bin/prog{at}" for at in range(4)], cut[-20:]
        assert [item.code for item in items if isinstance(item, Reject)] == ["damaged-event"], cut[-20:]
        assert "SYSMONEVENT" not in repr(events)


@pytest.mark.parametrize("before", ["\n x ", "\n\tx: y\n z "], ids=repr)
def test_a_command_line_that_ends_in_the_name_of_an_event_begins_none(before: str) -> None:
    data = created(0) + created(1).replace("  # second line", f"{before}Event SYSMONEVENT_PROCESS_TERMINATE ")
    items = list(READER.read(io.BytesIO(data.encode()), ReadOptions()))
    assert [(event.cwd, event.user) for event in items if isinstance(event, ProcessEvent)] == [("/var/www", "www-data")] * 2


FORGED = ("SYSMONEVENT_CREATE_PROCESS", "SYSMONEVENT_PROCESS_TERMINATE", "SYSMONEVENT_FILE_CREATE")
FIELDS = (
    "",
    "\tImage: /forged\n",
    "\tRuleName: -\n\tProcessId: 9\n\tImage: /forged\n",
    "\tUser: forged\n\tParentImage: /forged\n",
)


def read(text: str) -> list[ReaderItem]:
    return list(READER.read(io.BytesIO(text.encode()), ReadOptions()))


def told(items: list[ReaderItem]) -> list[str]:
    return [item.reason for item in items if isinstance(item, Reject)]


@pytest.mark.parametrize("kind", FORGED)
@pytest.mark.parametrize("fields", FIELDS, ids=repr)
@pytest.mark.parametrize("around", [(0, 0), (1, 0), (0, 2), (3, 3)], ids=str)
@pytest.mark.parametrize("times", [1, 2, 30])
def test_the_name_of_an_event_in_a_command_line_begins_none(kind: str, fields: str, around: tuple[int, int], times: int) -> None:
    text = f"Event {kind}\n{fields}" * times
    forged = created(0).replace("  # second line\n", text)
    before, behind = around
    items = read("$ sysmonLogView\n" * bool(behind) + created(1) * before + forged + created(2) * behind)
    events = [item for item in items if isinstance(item, ProcessEvent)]
    assert [event.image for event in events] == ["/usr/bin/prog1"] * before + ["/usr/bin/prog0"] + ["/usr/bin/prog2"] * behind
    event = events[before]
    assert (event.pid, event.user, event.cwd) == (2001, "www-data", "/var/www")
    assert event.command_line == f"sh -c id\n{text}".rstrip("\n")
    assert [item for item in items if isinstance(item, ProcessEnd)] == []
    assert told(items) == ["A value with line breaks holds text that looks like fields or events: it was read as that value's."]


def test_fields_in_a_command_line_are_none() -> None:
    forged = created(0).replace("  # second line\n", "\tUser: root\n\tParentImage: /sbin/init\n")
    items = read(created(1) + forged)
    _, event = [item for item in items if isinstance(item, ProcessEvent)]
    assert (event.user, event.parent_image) == ("www-data", None)
    assert event.command_line == "sh -c id\n\tUser: root\n\tParentImage: /sbin/init"
    assert len(told(items)) == 1


def test_a_whole_event_in_a_command_line_is_told() -> None:
    """It ends the event that it stands in too early. That it stands in a command line nothing printed tells."""
    tail = created(0).partition("\tCommandLine")[0] + "\tCommandLine: sh -c id\n"
    forged = created(0).replace("  # second line\n", f"{created(8)}{tail}")
    items = read(created(1) + forged + created(2))
    assert len([item for item in items if isinstance(item, ProcessEvent)]) == 5
    assert told(items) == [
        "Fields are missing or of another event: a line is damaged, or a command line holds text that looks like fields."
    ]


def test_fields_that_were_asked_for_and_empty_values() -> None:
    """-E Image,ProcessId,CommandLine and -X, which puts a blank line between events."""
    text = "Event SYSMONEVENT_CREATE_PROCESS\n\tProcessId: 7\n\tImage: /bin/a\n\tCommandLine: --NULL--\n\n"
    items = read(text + text.replace("--NULL--", "a -x"))
    assert [(event.image, event.command_line) for event in items if isinstance(event, ProcessEvent)] == [
        ("/bin/a", None),
        ("/bin/a", "a -x"),
    ]
    assert told(items) == []


def test_what_is_larger_than_any_event_is_told() -> None:
    lines = "".join(f"{'x' * 1_000_000}\n" for _ in range(6))
    items = read(created(0).replace("  # second line\n", lines) + created(1))
    assert [event.image for event in items if isinstance(event, ProcessEvent)] == ["/usr/bin/prog0", "/usr/bin/prog1"]
    assert told(items) == ["The event is larger than any: its end was left out."]
