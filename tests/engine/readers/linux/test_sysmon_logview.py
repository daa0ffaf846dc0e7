"""What sysmonLogView prints."""

from __future__ import annotations

import io

import pytest

from engine.domain.records import ProcessEnd, ProcessEvent, Reject
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
    created, other, end = found.reader.read(io.BytesIO(TEXT.encode()), ReadOptions(host="web-3"))
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
