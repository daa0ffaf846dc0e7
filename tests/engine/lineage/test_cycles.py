"""No process is its own ancestor and none is hidden, whatever was forged; and whoever asks to stop is heard."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine.domain.lineage import HostEvents, Lineage, LinkMethod
from engine.domain.records import ProcessEvent
from engine.errors import Cancelled
from engine.lineage import chains, link
from engine.lineage.cycles import cut_cycles
from engine.lineage.links import Links
from tests.engine.lineage.columns import columns_from_events

SECOND = 1_000_000


def record(image: str, pid: int, at: float, **more: object) -> ProcessEvent:
    values = {"kind": "ecs", "os": "linux", "image": image, "pid": pid, "time_us": round(at * SECOND)}
    return ProcessEvent(**(values | more))  # type: ignore[arg-type]


def vanishing() -> list[ProcessEvent]:
    """The first program of pid 100 names the second as its parent; the second would have inherited that."""
    return [
        record("/usr/bin/sshd", 100, 2, guid="g0"),
        record("/tmp/evil", 100, 1, parent_guid="g0"),
        record("/usr/bin/curl", 200, 3, guid="g2", parent_guid="g0", ppid=100),
    ]


def test_a_later_program_does_not_inherit_itself_as_its_parent() -> None:
    result = link(columns_from_events(vanishing(), "h"))
    assert result.parent.tolist() == [-1, 0, 0]
    assert result.exec_of.tolist() == [1, -1, -1]
    assert result.method.tolist() == [LinkMethod.NONE, LinkMethod.GUID, LinkMethod.GUID]


def test_a_later_program_does_not_inherit_its_descendant_as_its_parent() -> None:
    """sshd replaced evil, evil names curl as its parent, and sshd started curl."""
    events = [
        record("/usr/bin/sshd", 100, 2, guid="g0"),
        record("/tmp/evil", 100, 1, parent_guid="g2"),
        record("/usr/bin/curl", 200, 3, guid="g2", parent_guid="g0"),
    ]
    result = link(columns_from_events(events, "h"))
    assert result.parent.tolist() == [-1, 2, 0]


def test_records_without_an_image_that_name_each_other_have_chains_that_end() -> None:
    events = [
        record("", 1, 2, kind="sysmon-linux", guid="g0"),
        record("/tmp/a", 1, 1, kind="auditd", parent_guid="g0"),
    ]
    columns = columns_from_events(events, "h")
    result = link(columns)
    assert result.parent.tolist() == [-1, 0]
    assert chains(columns, result).lengths.tolist() == [1]


def forged() -> list[ProcessEvent]:
    """Each names the next as its parent; the later programs say nothing, and inherit."""
    named = [record(f"/{n}", 100 + n, 2 * n, guid=f"g{n}", parent_guid=f"g{(n + 1) % 3}") for n in range(3)]
    return [*named, *(record(f"/later{n}", 100 + n, 2 * n + 1, guid=f"g{n}") for n in range(3))]


def test_no_cycle_is_left_to_the_last_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Records among each other are a forest before placeholders are made, and nothing that follows undoes that."""
    looks: list[list[int]] = []

    def look(order: Any, parent: Any, method: Any, confidence: Any) -> None:
        before = parent.copy()
        cut_cycles(order, parent, method, confidence)
        looks.append(np.flatnonzero(parent != before).tolist())

    monkeypatch.setattr(sys.modules["engine.lineage.link"], "cut_cycles", look)
    for events in (forged(), vanishing()):
        link(columns_from_events(events, "h"))
    assert looks == [[1], [], [0], []]


def test_what_a_later_step_closes_is_cut_by_the_last_look(monkeypatch: pytest.MonkeyPatch) -> None:
    def share(links: Links) -> None:
        links.parent[:] = [1, 0, 1]

    monkeypatch.setattr(sys.modules["engine.lineage.link"], "_share_placeholders", share)
    result = link(columns_from_events([record("/a", 1, 1), record("/b", 2, 2), record("/c", 3, 3)], "h"))
    assert result.parent.tolist() == [-1, 0, 1]


def cut(parent: list[int], confidence: list[float], order: list[int] | None = None) -> list[int]:
    above = np.array(parent)
    method = np.where(above >= 0, LinkMethod.GUID, LinkMethod.NONE).astype(np.int8)
    sure = np.array(confidence, np.float32)
    cut_cycles(np.array(order or range(len(parent))), above, method, sure)
    assert ((method == LinkMethod.NONE) == (above < 0)).all()
    assert (sure[above < 0] == 0).all()
    return above.tolist()


def test_every_circle_is_cut_once_at_its_weakest_link_and_what_hangs_from_it_stays() -> None:
    #        two circles (0 1 2) and (4 5), 3 hangs from the first, 6 names itself, 7 hangs from 6, 8 is a root
    parent = [2, 0, 1, 2, 5, 4, 6, 6, -1]
    assert cut(parent, [0.9, 0.5, 0.9, 0.1, 0.9, 0.9, 0.9, 0.9, 0]) == [2, -1, 1, 2, -1, 4, -1, 6, -1]


def test_of_equally_weak_links_the_one_to_the_latest_parent_is_cut() -> None:
    assert cut([2, 0, 1], [0.9, 0.9, 0.9]) == [-1, 0, 1]
    assert cut([2, 0, 1], [0.9, 0.9, 0.9], [2, 0, 1]) == [2, -1, 1]


def test_links_to_later_records_that_close_no_circle_stay() -> None:
    assert cut([1, 2, 3, -1], [0.9, 0.9, 0.9, 0]) == [1, 2, 3, -1]


def test_a_long_branch_above_a_circle_is_no_circle() -> None:
    depth = 5_000
    assert cut([*range(1, depth), depth, depth - 1], [0.9] * depth + [0.5]) == [*range(1, depth), depth, -1]


def hosts_of_one() -> tuple[HostEvents, Lineage]:
    columns = columns_from_events([record("", 1, 1), record("", 2, 2), record("/tmp/a", 3, 3)], "h")
    return columns, link(columns)


def test_links_that_are_no_forest_have_chains_that_end() -> None:
    """Nobody passes such; a loop without an end would be the worst answer."""
    columns, result = hosts_of_one()
    result.parent[:] = [1, 0, 0]
    found = chains(columns, result)
    assert found.of_node.tolist() == [-1, -1, 0]
    assert found.lengths.tolist() == [1]


@pytest.mark.parametrize("work", [link, lambda events, check: chains(events, link(events), check)])
def test_who_asks_to_stop_is_heard_at_the_next_step(work: Callable[[HostEvents, Callable[[], None]], object]) -> None:
    asked = 0

    def check() -> None:
        nonlocal asked
        asked += 1
        if asked == 3:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        work(hosts_of_one()[0], check)
    assert asked == 3
