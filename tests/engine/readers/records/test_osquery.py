"""osquery rows: differences, events, snapshots."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

from engine.domain.records import ProcessEvent, Reject
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
        assert item is None or isinstance(item, Reject)


def test_recorded_log(recordings: Path) -> None:
    with tarfile.open(recordings / "microsoft+msticpy.tar.xz") as archive:
        stream = archive.extractfile("tests/testdata/osquery/osqueryd.results.log")
        assert stream is not None
        items = [map_record(json.loads(line), number, Moments()) for number, line in enumerate(stream, 1)]
    assert sum(isinstance(item, ProcessEvent) for item in items) == 14
    assert not any(isinstance(item, Reject) for item in items)
