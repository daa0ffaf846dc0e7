"""Ends of processes: a pid is free afterwards."""

from __future__ import annotations

import random

import pytest

from engine.domain.lineage import LinkMethod
from engine.domain.records import ProcessEnd
from engine.lineage import link
from tests.engine.lineage.columns import columns_from_events
from tests.engine.lineage.made import end, lin, run, run_with_ends, win

HOUR = 3_600
NOTEPAD, CMD, P = "c:\\notepad.exe", "c:\\cmd.exe", "c:\\p.exe"


def test_who_names_the_pid_of_a_process_that_ended_has_an_unknown_parent() -> None:
    """4688 of Windows 7 names no parent: without the end, notepad.exe was the parent, 95 % sure."""
    events = [win(NOTEPAD, 1280, 4100), win(CMD, 2000, 1280, 4 * HOUR)]
    assert run(*events).parent[1] == 0
    result = run_with_ends(events, [end(1280, 30)])
    assert result.parent[1] == 3
    assert result.method[1] == LinkMethod.NAME_ONLY
    assert result.placeholder_pid.tolist() == [4100, 1280]
    assert result.placeholder_image.tolist() == [-1, -1]
    assert result.end_of.tolist() == [0]


@pytest.mark.parametrize("of", [1, 2])
@pytest.mark.parametrize(("at", "linked"), [(29, True), (30, True), (32, True), (32.000001, False)])
def test_a_child_may_be_stamped_as_late_as_clocks_and_logging_explain(of: int, at: float, linked: bool) -> None:
    result = run_with_ends([win(P, 10), win(CMD, 11, 10, at)], [end(10, 30)], of)
    assert (int(result.parent[1]) == 0) is linked


def test_a_named_parent_that_ended_is_refused_too_and_an_older_namesake_is_no_way_out() -> None:
    events = [win(P, 10), win(P, 10, at=100), win(CMD, 11, 10, HOUR, parent_image=P)]
    assert run(*events).parent[2] == 1
    assert run_with_ends(events, [end(10, 200)]).parent[2] == 3


def test_whoever_has_the_pid_next_is_the_parent() -> None:
    events = [win(P, 10), win(NOTEPAD, 10, at=100), win(CMD, 11, 10, HOUR)]
    result = run_with_ends(events, [end(10, 50)])
    assert (result.parent[2], result.method[2]) == (1, LinkMethod.PID_TIME)
    assert result.end_of.tolist() == [0]


def test_an_end_with_a_guid_is_of_that_process_only() -> None:
    events = [win(P, 10, guid="a"), win(P, 10, at=100, guid="b"), win(CMD, 11, 10, HOUR)]
    result = run_with_ends(events, [end(10, 200, guid="a")])
    assert result.end_of.tolist() == [0]
    assert result.parent[2] == 1
    assert run_with_ends(events, [end(10, 200, guid="b")]).parent[2] == 3
    assert run_with_ends(events, [end(None, 200, guid="b")]).parent[2] == 3


def test_a_guid_link_outlasts_the_end() -> None:
    events = [win(P, 10, guid="a"), win(CMD, 11, 10, HOUR, parent_guid="a")]
    assert run_with_ends(events, [end(10, 30, guid="a")]).parent[1] == 0


def test_an_end_with_a_guid_that_nobody_carries_was_a_later_process_of_that_pid() -> None:
    events = [win(P, 10, guid="a"), win(CMD, 11, 10, HOUR)]
    result = run_with_ends(events, [end(10, 200, guid="unseen")])
    assert result.parent[1] == 2
    assert result.end_of.tolist() == [-1]


@pytest.mark.parametrize("guid", [None, "a"])
def test_an_end_before_the_start_is_of_nobody(guid: str | None) -> None:
    result = run_with_ends([win(P, 10, guid="a"), win(CMD, 11, 10, HOUR)], [end(10, -1, guid=guid)])
    assert result.end_of.tolist() == [-1]
    assert result.parent[1] == 0


def test_an_end_without_a_time_or_pid_says_nothing() -> None:
    result = run_with_ends([win(P, 10), win(CMD, 11, 10, HOUR)], [end(10, None), end(None, 30), end(0, 30)])
    assert result.parent[1] == 0
    assert result.end_of.tolist() == [-1, -1, -1]


def test_the_end_of_the_one_before_is_not_that_of_who_takes_the_pid_in_the_same_second() -> None:
    """Times cut to seconds: the log's order tells which was first; between two logs nothing does."""
    events = [win(NOTEPAD, 10, position=1), win(P, 10, at=5, position=3), win(CMD, 11, 10, HOUR, position=4)]
    for of, position in ((1, 2), (2, 9)):
        result = run_with_ends(events, [end(10, 5, position=position)], of)
        assert result.end_of.tolist() == [0]
        assert result.parent[2] == 1
    short = [win(P, 10, at=5, position=3), win(CMD, 11, 10, HOUR, position=5)]
    result = run_with_ends(short, [end(10, 5, position=4)])
    assert result.end_of.tolist() == [0]
    assert result.parent[1] == 2


@pytest.mark.parametrize(("late", "own"), [(2, -1), (2.000001, 0)])
def test_of_another_log_an_end_close_to_the_start_says_nothing(late: float, own: int) -> None:
    assert run_with_ends([win(P, 10)], [end(10, late)], 2).end_of.tolist() == [own]


def test_children_of_a_pid_that_ended_between_them_have_two_unknown_parents() -> None:
    events = [win(CMD, 1, 9, 0), win(CMD, 2, 9, 5), win(CMD, 3, 9, 100)]
    assert run(*events).parent[:3].tolist() == [3, 3, 3]
    result = run_with_ends(events, [end(9, 50)])
    assert result.parent[:3].tolist() == [3, 3, 4]
    assert result.end_of.tolist() == [-1]


def test_a_program_behind_the_end_of_its_pid_replaced_nothing() -> None:
    events = [lin("/bin/sh", 50, 7), lin("/usr/bin/id", 50, 7, 60)]
    assert run(*events).exec_of[1] == 0
    assert run_with_ends(events, [end(50, 30)]).exec_of.max() == -1
    assert run_with_ends(events, [end(50, 61)]).exec_of[1] == 0


def test_the_end_ends_the_last_program() -> None:
    events = [lin("/bin/sh", 50, 7), lin("/usr/bin/env", 50, 7, 1), lin("/usr/bin/id", 60, 50, HOUR)]
    result = run_with_ends(events, [end(50, 30)])
    assert result.end_of.tolist() == [1]
    assert result.parent[2] >= 3


def test_ends_of_a_log_in_local_time_are_corrected_with_its_starts() -> None:
    shift = -4 * HOUR
    sysmon = [win(f"c:\\{n}.exe", n, 4, n, kind="sysmon1", guid=f"g{n}") for n in range(10, 14)]
    security = [win(f"c:\\{n}.exe", n, 4, n + shift + 0.005) for n in range(10, 14)]
    child = win(CMD, 99, 13, 300 + shift)
    assert run(*sysmon, *security, child).parent[8] == 3
    result = run_with_ends([*sysmon, *security, child], [end(13, 100 + shift)])
    assert result.end_of.tolist() == [3]
    assert result.parent[8] > 8
    assert run_with_ends([*sysmon, *security, child], [end(13, 100, guid="g13")]).parent[8] > 8


def test_neither_the_order_of_ends_nor_doubled_ones_matter() -> None:
    draw = random.Random(3)
    events = [win(f"c:\\{n % 3}.exe", draw.randrange(1, 6), draw.randrange(1, 6), n, position=n) for n in range(60)]
    ends: list[tuple[ProcessEnd, int]] = [
        (end(draw.randrange(1, 6), draw.randrange(60), position=draw.randrange(60)), draw.randrange(1, 3)) for _ in range(30)
    ]
    wanted = link(columns_from_events(events, "h", None, ends))
    assert len(set(wanted.end_of.tolist()) - {-1}) > 10
    for _ in range(10):
        mixed = draw.sample(ends + ends[:5], 35)
        found = link(columns_from_events(events, "h", None, mixed))
        assert found.parent.tolist() == wanted.parent.tolist()
        assert {one: int(node) for one, node in zip(map(str, mixed), found.end_of, strict=True)} == {
            one: int(node) for one, node in zip(map(str, ends), wanted.end_of, strict=True)
        }


def test_an_end_closes_the_process_whichever_of_its_records_represents_it() -> None:
    twins = [win(P, 10, 9, kind="sysmon1", guid="g"), win(P, 10, 9, 1)]
    for ends in ([end(10, 30)], [end(None, 30, guid="g")]):
        result = run_with_ends([*twins, win(CMD, 11, 10, HOUR)], ends)
        assert result.merged_into[1] == 0
        assert result.end_of.tolist() == [0]
        assert result.parent[2] >= 3


@pytest.mark.parametrize("nothing", ["00000000-0000-0000-0000-000000000000", "{00000000-0000-0000-0000-000000000000}", "-", ""])
def test_a_guid_of_nothing_is_none(nothing: str) -> None:
    """ECS without a parent (elastic/beats 31528): all three were children of one unknown process."""
    events = [
        win("c:\\t.exe", 5060, 1400, 0, guid="a", parent_guid=nothing),
        win(CMD, 6100, 2200, 300, guid="b", parent_guid=nothing),
        win("c:\\w.exe", 6500, 6100, 301, guid="c", parent_guid=nothing),
    ]
    result = run(*events)
    assert result.parent.tolist() == [3, 4, 1, -1, -1]
    assert result.placeholder_guid == [None, None]
    same = run(win("c:\\t.exe", 1, guid=nothing), win("c:\\t.exe", 1, guid=nothing), win(CMD, 2, 1, 5, parent_guid=nothing))
    assert same.merged_into.tolist() == [-1, -1, -1]
    assert run_with_ends([win(P, 10, guid=nothing)], [end(10, 30, guid=nothing)]).end_of.tolist() == [0]
