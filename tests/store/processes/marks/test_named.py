"""Records by what another tool calls them: number, GUID, pid and time; never another record than the one that is meant."""

from __future__ import annotations

import pytest

from engine.domain.marks import NamedRecord
from engine.errors import NotFound
from engine.progress import unasked
from store.processes.marks.named import located
from store.workspace import Workspace
from tests.store.samples import event, fill

BASE = 1_700_000_000_000_000


@pytest.fixture
def filled(workspace: Workspace) -> Workspace:
    """Two hosts. On the first, number 7 stands in two logs an hour apart, and pid 4 twice."""
    hour = 3_600_000_000
    events = [
        event(1, host="WS1.lab.example", record_id="7", time_us=BASE),
        event(2, host="WS1.lab.example", record_id="7", time_us=BASE + hour, guid="guid-ws1.lab.example-2"),
        event(3, host="WS1.lab.example", kind="security4688", record_id="7", time_us=BASE),
        event(4, host="WS1.lab.example", record_id="8", time_us=BASE + 5, guid=None),
        event(5, host="WS1.lab.example", record_id="9", pid=4, time_us=BASE + hour, guid=None),
        event(6, host="WS2", record_id="7", time_us=BASE),
    ]
    fill(workspace, events)
    return workspace


@pytest.mark.parametrize(
    ("named", "place"),
    [
        (NamedRecord("ws1.lab.example", "sysmon1", "7", time_us=BASE + 2_000_000), 1),
        (NamedRecord("ws1", "sysmon1", "7", time_us=BASE + 3_600_000_000), 2),
        (NamedRecord("ws1", "security4688", "7"), 3),
        (NamedRecord("ws1", "sysmon1", "7"), None),  # which of the two logs?
        (NamedRecord("ws1", "sysmon1", "7", time_us=BASE + 900_000_000), None),
        (NamedRecord("ws2", "sysmon1", "7"), 6),
        (NamedRecord("ws3", "sysmon1", "7"), None),
        (NamedRecord("ws1", "sysmon1", "", "guid-ws1.lab.example-2"), 2),
        (NamedRecord("ws1", "sysmon1", "1", "nobody", 4, BASE + 1_000), 4),
        (NamedRecord("ws1", "sysmon1", "", "", 4, BASE + 900_000), None),
        (NamedRecord("ws1", "sysmon1", "", "", 4), None),
        (NamedRecord("", "", ""), None),
    ],
)
def test_a_record_is_found_or_is_none(filled: Workspace, named: NamedRecord, place: int | None) -> None:
    (found,) = located(filled, "case", [named], unasked)
    assert (None if found is None else filled.processes.get(found).position) == place


def test_many_are_asked_together_and_answered_in_their_order(filled: Workspace) -> None:
    first, second = NamedRecord("ws2", "sysmon1", "7"), NamedRecord("ws1", "security4688", "7")
    found = located(filled, "case", [second, NamedRecord("x", "", ""), first, second], unasked)
    assert [None if one is None else filled.processes.get(one).position for one in found] == [3, None, 6, 3]
    with pytest.raises(NotFound):
        located(filled, "nowhere", [first], unasked)
