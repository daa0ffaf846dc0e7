"""Links by pid and time against the truth of the guids, on real logs (those that need no reader)."""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from engine.domain.records import ProcessEvent
from engine.lineage import link
from tests.engine.lineage.columns import columns_from_events


def sysmon(record: dict[str, Any], position: int) -> ProcessEvent:
    moment = datetime.fromisoformat(record["UtcTime"] + "+00:00")
    return ProcessEvent(
        kind="sysmon1",
        os="windows",
        image=record["Image"],
        time_us=round(moment.timestamp() * 1e6),
        pid=int(record["ProcessId"]),
        ppid=int(record["ParentProcessId"]),
        guid=record["ProcessGuid"],
        parent_guid=record["ParentProcessGuid"],
        parent_image=record["ParentImage"],
        position=position,
    )


@pytest.mark.parametrize("hide_names", [False, True])
def test_links_without_guids_agree_with_the_guids(recordings: Path, hide_names: bool) -> None:
    right = present = 0
    for file in sorted((recordings / "endgameinc+eqllib" / "data").glob("sysmon-*.json.gz")):
        rows = [r for r in json.loads(gzip.decompress(file.read_bytes())) if r.get("EventId") == 1 and r.get("ProcessGuid")]
        events = [sysmon(record, number) for number, record in enumerate(rows)]
        hidden = [msgspec.structs.replace(e, guid=None, parent_guid=None) for e in events]
        if hide_names:
            hidden = [msgspec.structs.replace(e, parent_image=None) for e in hidden]
        known = {event.guid: index for index, event in enumerate(events)}
        lineage = link(columns_from_events(hidden))
        truth = {index: known[e.parent_guid] for index, e in enumerate(events) if e.parent_guid in known}
        present += len(truth)
        right += sum(lineage.parent[child] == parent for child, parent in truth.items())
    assert present > 500
    assert right >= 0.99 * present
