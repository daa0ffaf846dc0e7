"""What sysmonLogView prints."""

from __future__ import annotations

import io

from engine.domain.records import ProcessEnd, ProcessEvent, Reject
from engine.readers.contract import ReadOptions
from engine.readers.detect import choose

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
