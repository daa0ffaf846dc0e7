"""Every constant of linking, just inside and just outside. The numbers are written out: a changed constant fails here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine.domain.lineage import Lineage, LinkMethod
from engine.domain.records import ProcessEvent
from engine.lineage import chains, link
from tests.engine.lineage.columns import columns_from_events
from tests.engine.lineage.made import SECOND, lin, run, win

HOUR = 3_600
DAY = 24 * HOUR
QUARTER = 900
A, B, P = "c:\\a.exe", "c:\\b.exe", "c:\\p.exe"


def late_parent(gap: float, kind: str, **more: Any) -> bool:
    """The parent is recorded after its child."""
    return int(run(win(P, 10, at=gap, kind=kind), win(A, 11, 10, **more)).parent[1]) == 0


def twins(gap: float, first: dict[str, Any], second: dict[str, Any]) -> bool:
    """Two kinds tell of one process."""
    sysmon = {"image": A, "pid": 10, "ppid": 9, "kind": "sysmon1", "guid": "a"} | first
    security = {"image": A, "pid": 10, "ppid": 9, "at": gap} | second
    return int(run(win(**sysmon), win(**security)).merged_into[1]) == 0


def zoned(off: float, residual: float = 0) -> bool:
    """A log that is `off` seconds behind is brought in line with the one whose times are right."""
    return twins(-off + residual, {"command_line": None}, {})


def same_missing_parent(gap: float) -> bool:
    result = run(win(A, 1, 9, parent_image=P), win(A, 2, 9, gap, parent_image=P))
    return bool(result.parent[0] == result.parent[1])


def named(command: str | None) -> dict[str, Any]:
    return {"command_line": command}


EDGES: list[tuple[str, Callable[[float], bool], float]] = [
    ("slack, same kind", lambda gap: late_parent(gap, "security4688"), 0.1),
    ("slack, same kind, parent named", lambda gap: late_parent(gap, "security4688", parent_image=P), 0.1),
    ("slack, other kind", lambda gap: late_parent(gap, "sysmon1"), 2),
    ("slack, other kind, parent named", lambda gap: late_parent(gap, "sysmon1", parent_image=P), 2),
    ("twins that agree on the parent", lambda gap: twins(gap, {}, {}), 2),
    ("twins that agree on parent and command", lambda gap: twins(gap, named("x"), named("x")), 60),
    ("twins, one says neither", lambda gap: twins(gap, named("x"), {"ppid": None}), 60),
    ("twins, one lost its pid", lambda gap: twins(gap, {"pid": None}, named("x")), 5),
    (
        "twins, one lost its pid, bare names",
        lambda gap: twins(gap, {"pid": None, "image": "a.exe", "command_line": "x"}, {"image": "a.exe", "command_line": "x"}),
        2,
    ),
    ("programs of one process", lambda gap: int(run(lin("/a", 50, 7), lin("/b", 50, 7, gap)).exec_of[1]) == 0, 600),
    ("children of one missing parent", same_missing_parent, 7 * DAY),
    ("a parent's pid is fresh", lambda gap: bool(run(win(P, 10), win(A, 11, 10, gap)).confidence[1] > 0.9), 14 * DAY),
    ("zone, residual after", lambda gap: zoned(4 * HOUR, gap), 0.06),
    ("zone, residual before", lambda gap: zoned(4 * HOUR, -gap), 0.06),
]


@pytest.mark.parametrize(("holds", "limit"), [edge[1:] for edge in EDGES], ids=[edge[0] for edge in EDGES])
def test_times_just_inside_and_just_outside(holds: Callable[[float], bool], limit: float) -> None:
    assert holds(limit)
    assert not holds(limit + 1e-6)


@pytest.mark.parametrize(
    ("off", "taken"),
    [(QUARTER, True), (QUARTER - 60, False), (QUARTER + 60, False), (5 * HOUR + 3 * QUARTER, True), (26 * HOUR, True),
     (26 * HOUR + QUARTER, False), (-26 * HOUR, True), (-26 * HOUR - QUARTER, False)],
)  # fmt: skip
def test_zones_are_whole_quarters_of_an_hour_up_to_a_day_and_two_hours(off: float, taken: bool) -> None:
    assert zoned(off) is taken


@pytest.mark.parametrize(("agreeing", "merged"), [(60, 60), (59, 0)])
def test_three_of_five_pairs_must_agree_on_the_zone(agreeing: int, merged: int) -> None:
    """Of all pairs: the others are apart by different hours, so that none of theirs is the most frequent, or by no zone."""
    sysmon = [win(f"c:\\{n}.exe", n, 4, n, kind="sysmon1", guid=f"g{n}") for n in range(10, 110)]
    off = [4 * HOUR if place < agreeing else (place % 20 + 5) * HOUR + place % 2 * 420 for place in range(100)]
    security = [win(f"c:\\{n}.exe", n, 4, n - off[n - 10]) for n in range(10, 110)]
    assert int((run(*sysmon, *security).merged_into[100:] >= 0).sum()) == merged


@pytest.mark.parametrize(("sources", "kind"), [([1, 1, 2, 2], "security4688"), ([1, 1, 1, 1], "defender")])
def test_a_zone_is_measured_for_each_source_and_kind(sources: list[int], kind: str) -> None:
    events = [
        win(A, 10, 4, kind="sysmon1", guid="a"), win(A, 10, 4, -4 * HOUR),
        win(B, 20, 4, kind="sysmon1", guid="b"), win(B, 20, 4, 0, kind=kind),
    ]  # fmt: skip
    assert run(*events, sources=sources).merged_into.tolist() == [-1, 0, -1, 2]


@pytest.mark.parametrize(("records", "alone"), [(17, 0), (19, 2)])
def test_nearest_twins_first_for_eight_rounds_then_those_that_come_first(records: int, alone: int) -> None:
    """Kinds in turn, each gap a little shorter than the one before: one pair a round, from the end."""
    gaps = np.linspace(1.9, 1.0, records - 1)
    at = np.concatenate([[0], np.cumsum(gaps)]).tolist()
    events = [win(A, 10, 9, at[n], kind=("sysmon1", "security4688")[n % 2], position=n) for n in range(records)]
    merged = run(*events).merged_into
    paired = {*np.flatnonzero(merged >= 0).tolist(), *merged[merged >= 0].tolist()}
    assert [n for n in range(records) if n not in paired] == [alone]


@pytest.mark.parametrize(("place", "linked"), [(17, False), (19, True)])
def test_guids_of_one_process_agree_in_machine_and_second(place: int, linked: bool) -> None:
    own = "e2c04bb9-08d0-60c4-5d60-400100000000"
    said = own[:place] + "f" + own[place + 1 :]
    parent = win(P, 10, kind="sysmon1", guid=own)
    child = win(A, 11, 10, 1, kind="sysmon1", guid="x", parent_guid=said, parent_image=P)
    assert (int(run(parent, child).parent[1]) == 0) is linked


@pytest.mark.parametrize(("named_above", "made"), [(29, 29), (30, 30), (31, 30)])
def test_thirty_ancestors_of_a_record_become_nodes(named_above: int, made: int) -> None:
    record = ProcessEvent(kind="sequence", image="leaf", parent_image="p", ancestors=tuple(f"p{n}" for n in range(named_above)))
    assert len(run(record).parent) == 1 + 1 + made


@pytest.mark.parametrize(("depth", "steps"), [(9, 9), (10, 10), (11, 10)])
def test_ten_steps_of_a_chain_are_kept(depth: int, steps: int) -> None:
    events = columns_from_events([win(f"c:\\{n}.exe", n + 10, n + 9, n) for n in range(depth)], "h")
    found = chains(events, link(events))
    assert int(found.lengths[found.of_node[depth - 1]]) == steps


SURE: dict[str, tuple[list[ProcessEvent], LinkMethod, float]] = {
    "guid": ([win(P, 10, guid="p"), win(A, 11, 10, 20 * DAY, parent_guid="p")], LinkMethod.GUID, 0.999),
    "pid, time, name": ([win(P, 10), win(A, 11, 10, 1, parent_image=P)], LinkMethod.PID_TIME, 0.99),
    "pid, time": ([win(P, 10), win(A, 11, 10, 1)], LinkMethod.PID_TIME, 0.95),
    "pid, time, name, recorded late": ([win(P, 10, at=0.05), win(A, 11, 10, parent_image=P)], LinkMethod.PID_TIME, 0.99),
    "pid, long ago": ([win(P, 10), win(A, 11, 10, 15 * DAY)], LinkMethod.PID_TIME, 0.2),
    "pid, name, long ago": ([win(P, 10), win(A, 11, 10, 15 * DAY, parent_image=P)], LinkMethod.PID_TIME, 0.2),
    "pid reused": ([win(P, 10), win(A, 11, 10, 2, parent_image=P), win(B, 10, at=1)], LinkMethod.PID_NAME, 0.5),
    "no times": ([win(P, 10, at=None), win(A, 11, 10, None, position=1)], LinkMethod.PID_NAME, 0.8),
    "no times, named": ([win(P, 10, at=None), win(A, 11, 10, None, parent_image=P, position=1)], LinkMethod.PID_NAME, 0.8),
    "missing, named": ([win(B, 1), win(A, 11, 10, parent_image=P)], LinkMethod.NAME_ONLY, 0.99),
    "missing": ([win(B, 1), win(A, 11, 10)], LinkMethod.NAME_ONLY, 0.5),
}


@pytest.mark.parametrize("case", SURE)
def test_how_sure_each_way_to_a_parent_is(case: str) -> None:
    events, method, sure = SURE[case]
    result = run(*events)
    assert (int(result.method[1]), float(result.confidence[1])) == (method, pytest.approx(sure))


@pytest.mark.parametrize("at", [0.5, 1.5, 2.5, 3.5])
@pytest.mark.parametrize("name", [None, P])
def test_of_several_owners_of_a_pid_the_latest_before_the_child_is_its_parent(at: float, name: str | None) -> None:
    owners = [win(P, 10, at=n, command_line=str(n)) for n in range(4)]
    assert int(run(*owners, win(A, 11, 10, at, parent_image=name)).parent[4]) == int(at)
    assert int(run(*owners[::-1], win(A, 11, 10, at, parent_image=name)).parent[4]) == 3 - int(at)


@pytest.mark.parametrize("at", [0.5, 1.5, 2.5])
def test_of_several_carriers_of_a_guid_the_latest_before_the_child_is_its_parent(at: float) -> None:
    owners = [lin(f"/{n}", 10, 1, n, guid="g") for n in range(3)]
    assert int(run(*owners, lin("/a", 11, 10, at, parent_guid="g")).parent[3]) == int(at)


def missing_parents(*events: ProcessEvent) -> Lineage:
    result = run(*events)
    assert (result.parent[:2] >= len(events)).all()
    return result


def test_a_pid_that_another_program_had_in_between_parts_the_children_of_a_missing_parent() -> None:
    """Both children name P under pid 9; a record says that B had that pid between them."""
    children = [win(A, 1, 9, 0, parent_image=P), win(A, 2, 9, 2, parent_image=P)]
    together = missing_parents(*children)
    assert together.parent[0] == together.parent[1]
    apart = missing_parents(*children, win(B, 9, at=1))
    assert apart.parent[0] != apart.parent[1]
    earlier = missing_parents(*children, win(B, 9, at=-1))
    assert earlier.parent[0] == earlier.parent[1]


def test_a_stale_link_is_a_link_and_a_guid_does_not_go_stale() -> None:
    result = run(win(P, 10), win(A, 11, 10, 15 * DAY, parent_image=P))
    assert result.parent.tolist() == [-1, 0]
    assert SURE["guid"][0][1].time_us == (1000 + 20 * DAY) * SECOND
