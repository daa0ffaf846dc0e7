"""osquery rows: differences, events, snapshots."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from engine.domain.records import ProcessEnd, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import ReadOptions
from engine.readers.detect import choose
from engine.readers.records.osquery import expand, map_record, recognises
from engine.readers.text.moments import Moments

COLUMNS = {"pid": "100", "parent": "50", "path": "/usr/bin/curl", "cmdline": "curl -s x", "name": "curl", "uid": "0"}


def row(columns: dict[str, Any], action: str = "added", **more: Any) -> dict[str, Any]:
    record = {"name": "pack_x", "hostIdentifier": "vm1", "unixTime": 1678936138, "columns": columns, "action": action}
    return record | more


def test_an_added_row() -> None:
    event = map_record(row(COLUMNS), 7, Moments())
    assert isinstance(event, ProcessEvent)
    assert (event.kind, event.host, event.image, event.pid, event.ppid) == ("osquery", "vm1", "/usr/bin/curl", 100, 50)
    assert (event.time_us, event.position, event.os) == (1_678_936_138_000_000, 7, "linux")
    assert (event.command_line, event.user) == ("curl -s x", "0")


def test_removed_rows_and_other_tables() -> None:
    assert map_record(row(COLUMNS, action="removed"), 1, Moments()) is None
    assert map_record(row({"pid": "1", "path": "/x", "socket": "3", "fd": "4"}), 1, Moments()) is None
    assert map_record(row({"cmdline": "-bash", "pid": "1", "name": "tty", "host": ""}), 1, Moments()) is None


def test_the_image_without_a_path() -> None:
    # A query that joins the parent in: `name` is the parent's, so the command line goes first.
    joined = {**COLUMNS, "path": "", "cmdline": "sed 1i x", "name": "run-parts", "pcmdline": "/bin/bash /bin/run-parts"}
    event = map_record(row(joined), 1, Moments())
    assert isinstance(event, ProcessEvent)
    assert (event.image, event.parent_image) == ("sed", "/bin/bash")
    kernel = map_record(row({**COLUMNS, "path": "", "cmdline": "", "name": "kworker/0:1"}), 1, Moments())
    assert isinstance(kernel, ProcessEvent)
    assert kernel.image == "kworker/0:1"


def test_event_tables() -> None:
    forked = {**COLUMNS, "syscall": "fork", "time": "1700000000"}
    assert map_record(row(forked), 1, Moments()) is None
    event = map_record(row({**forked, "syscall": "execve", "eid": "0000012"}), 1, Moments())
    assert isinstance(event, ProcessEvent)
    assert (event.time_us, event.record_id) == (1_700_000_000_000_000, "0000012")
    failed = {**COLUMNS, "syscall": "exec", "exit_code": "-2", "probe_error": "0"}
    assert map_record(row(failed), 1, Moments()) is None


def test_snapshots_and_batches_expand_into_rows() -> None:
    record = {"name": "processes", "hostIdentifier": "vm1", "unixTime": "5", "action": "snapshot", "snapshot": [COLUMNS, COLUMNS]}
    assert recognises(record)
    whole = map_record(record, 1, Moments())
    assert isinstance(whole, Reject)
    assert whole.code == "many-rows"
    assert [type(map_record(one, 1, Moments())) for one in expand(record)] == [ProcessEvent, ProcessEvent]
    batch = {"hostIdentifier": "vm1", "name": "processes", "diffResults": {"added": [COLUMNS], "removed": [COLUMNS]}}
    assert [one["action"] for one in expand(batch)] == ["added"]


def test_nonsense_never_raises() -> None:
    for columns in ({"pid": None, "parent": []}, {"pid": "99999999999", "parent": "1", "path": 7}, None, 5, []):
        item = map_record(row(columns), 1, Moments())  # type: ignore[arg-type]
        assert isinstance(item, Reject | None)


def test_recorded_log(recordings: Path) -> None:
    with tarfile.open(recordings / "microsoft+msticpy.tar.xz") as archive:
        stream = archive.extractfile("tests/testdata/osquery/osqueryd.results.log")
        assert stream is not None
        items = [map_record(json.loads(line), number, Moments()) for number, line in enumerate(stream, 1)]
    assert sum(isinstance(item, ProcessEvent) for item in items) == 14
    assert not any(isinstance(item, Reject) for item in items)


ETW = {
    **{
        "type": "ProcessStart",
        "pid": "6320",
        "ppid": "5210",
        "path": "\\Device\\HarddiskVolume3\\p.exe",
        "cmdline": "p.exe -nop",
    },
    **{"username": "LAB\\m", "datetime": "2024-05-02T10:00:07.123456Z", "time": "1714644007", "exit_code": "-1", "eid": "1"},
    **{"process_sequence_number": "300", "parent_process_sequence_number": "290"},
}
NGINX = {"cmdline": "nginx", "name": "nginx", "parent": "1", "path": "/usr/sbin/nginx", "pid": "812", "start_time": "1714640000"}
SHELL = {"cmdline": "sh -c id", "name": "sh", "parent": "812", "path": "/bin/busybox", "pid": "2001", "start_time": "1714644000"}
STARTED = [(812, 1, 1_714_640_000_000_000), (2001, 812, 1_714_644_000_000_000)]


def read(text: str, path: str = "rows.json") -> list[ReaderItem]:
    found = choose(text.encode(), path)
    assert found is not None
    return list(found.reader.read(io.BytesIO(text.encode()), ReadOptions(path=path)))


def test_windows_starts_and_stops() -> None:
    event = map_record(row(ETW), 1, Moments())
    assert isinstance(event, ProcessEvent)
    assert (event.os, event.pid, event.ppid, event.time_us) == ("windows", 6320, 5210, 1_714_644_007_123_456)
    end = map_record(row({**ETW, "type": "ProcessStop"}), 1, Moments())
    assert end == ProcessEnd(position=1, host="vm1", time_us=1_714_644_007_123_456, pid=6320, image=ETW["path"])


@pytest.mark.parametrize(("kind", "expected"), [("exec", ProcessEvent), ("exit", ProcessEnd), ("fork", type(None))])
def test_macos_events(kind: str, expected: type) -> None:
    columns = {
        "pid": "9",
        "parent": "1",
        "path": "/Applications/A.app/A",
        "event_type": kind,
        "time": "1714644000",
        "team_id": "T",
    }
    item = map_record(row(columns), 1, Moments())
    assert type(item) is expected
    assert getattr(item, "os", "") == ""


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (json.dumps([NGINX, SHELL], indent=2), "rows.json"),
        ("|".join(NGINX) + "\n" + "|".join(NGINX.values()) + "\n" + "|".join(SHELL.values()) + "\n", "rows.csv"),
        ("\n\n".join("\n".join(f"{key:>12} = {value}" for key, value in one.items()) for one in (NGINX, SHELL)), "rows.txt"),
        (json.dumps({"host": "vm1", "rows": [NGINX, SHELL]}) + "\n", "rows.json"),
        ("\n".join(json.dumps({"host_id": 1, "host_name": "vm1", "columns": one}) for one in (NGINX, SHELL)), "rows.json"),
        ("\n".join(json.dumps({"osquery": one, "agent": {"hostname": "vm1"}}) for one in (NGINX, SHELL)), "rows.json"),
    ],
    ids=["json", "csv", "line", "fleetctl", "fleet-report", "elastic"],
)
def test_rows_without_a_log(text: str, path: str) -> None:
    events = [item for item in read(text, path) if isinstance(item, ProcessEvent)]
    assert [(event.pid, event.ppid, event.time_us) for event in events] == STARTED
    assert [event.image for event in events] == ["/usr/sbin/nginx", "/bin/busybox/sh"]
    assert {event.host for event in events} == ({"vm1"} if "vm1" in text else {""})


def test_a_drawn_table_is_cut_by_its_widths() -> None:
    text = (
        "+------+--------+----------+----------------+------------+\n"
        "| pid  | parent | path     | cmdline        | start_time |\n"
        "+------+--------+----------+----------------+------------+\n"
        "| 2001 | 812    | /bin/ash | sh -c a | b    | 1714644000 |\n"
        "+------+--------+----------+----------------+------------+\n"
    )
    (event,) = read(text, "rows.txt")
    assert isinstance(event, ProcessEvent)
    assert (event.pid, event.ppid, event.command_line, event.position) == (2001, 812, "sh -c a | b", 4)


@pytest.mark.parametrize(
    "record",
    [
        {"pid": "812", "parent": "explorer.exe", "name": "x", "path": "/x", "cmdline": "x"},
        {"pid": "812", "name": "x", "path": "/x", "cmdline": "x", "port": "80"},
        {"parent": "1", "pid": "2"},
        {"osquery": 7},
        {"osquery": {"result": 5}},
        {"rows": 5, "host": "a"},
        {"rows": [5], "host": "a"},
    ],
)
def test_what_is_no_row_of_osquery(record: dict[str, Any]) -> None:
    assert not recognises(record)


def test_windows_events() -> None:
    data = {"EventData": {"NewProcessName": "C:\\a\\p.exe", "NewProcessId": "0x18b0", "ProcessId": "0x145a"}}
    columns = {
        **{
            "eventid": "4688",
            "provider_name": "Microsoft-Windows-Security-Auditing",
            "source": "Security",
            "data": json.dumps(data),
        },
        **{"computer_name": "ws.lan", "datetime": "2024-05-02T10:00:07.123456Z", "time": "1714644010"},
    }
    event = map_record(row(columns), 1, Moments())
    assert isinstance(event, ProcessEvent)
    assert (event.kind, event.pid, event.ppid, event.host) == ("security4688", 6320, 5210, "ws.lan")
    assert event.time_us == 1_714_644_007_123_456
    assert map_record(row({**columns, "eventid": "4624"}), 1, Moments()) is None
    (alone,) = read(json.dumps([columns]))
    assert isinstance(alone, ProcessEvent)
    assert alone.pid == 6320


def test_a_process_in_many_lists_has_one_number() -> None:
    lists = [{"hostIdentifier": "vm1", "unixTime": time, "action": "snapshot", "snapshot": [NGINX, SHELL]} for time in (1, 2)]
    events = [item for item in read("".join(json.dumps(one) + "\n" for one in lists)) if isinstance(item, ProcessEvent)]
    assert [event.record_id for event in events] == ["812@1714640000", "2001@1714644000"] * 2
    again = map_record(row({**NGINX, "start_time": "1714649999"}), 1, Moments())
    assert isinstance(again, ProcessEvent)
    assert again.record_id == "812@1714649999"


@pytest.mark.parametrize("key", ["snapshot", "diffResults"])
def test_a_record_that_is_cut_in_its_list_takes_no_other_with_it(key: str) -> None:
    def log(pid: int) -> str:
        rows = [COLUMNS | {"pid": str(pid), "start_time": "1714640000"}]
        held = rows if key == "snapshot" else {"added": rows, "removed": []}
        return json.dumps({"name": "processes", "hostIdentifier": f"vm{pid}", "action": "snapshot", key: held}, indent=2)

    whole = log(1)
    cut = whole[: whole.index('"cmdline"')].rstrip().removesuffix("{").rstrip()
    text = "\n".join([cut, *map(log, range(2, 6))]).encode()
    found = choose(text, "osqueryd.snapshots.log")
    assert found is not None
    items = list(found.reader.read(io.BytesIO(text), ReadOptions()))
    assert [(one.pid, one.host) for one in items if isinstance(one, ProcessEvent)] == [(n, f"vm{n}") for n in range(2, 6)]
    assert any(isinstance(one, Reject) for one in items)
