"""Links by example: one behaviour a test."""

from __future__ import annotations

from typing import Any

import pytest

from engine.domain.lineage import LinkMethod
from engine.domain.records import ProcessEvent
from tests.engine.lineage.made import SECOND, lin, run, win


def test_guid_beats_pid() -> None:
    a = win("c:\\a.exe", 10, guid="a", kind="sysmon1")
    reused = win("c:\\a.exe", 10, at=1, guid="b", kind="sysmon1")
    child = win("c:\\c.exe", 11, 10, 2, guid="c", parent_guid="a", parent_image="c:\\a.exe", kind="sysmon1")
    result = run(a, reused, child)
    assert result.parent[2] == 0
    assert result.method[2] == LinkMethod.GUID


def test_pid_reuse_takes_the_latest_before_the_child() -> None:
    result = run(win("c:\\a.exe", 10), win("c:\\b.exe", 10, at=5), win("c:\\c.exe", 11, 10, 3), win("c:\\d.exe", 12, 10, 6))
    assert result.parent[2:4].tolist() == [0, 1]
    assert set(result.method[2:4]) == {LinkMethod.PID_TIME}


def test_name_decides_between_holders_of_a_pid() -> None:
    result = run(win("c:\\a.exe", 10), win("c:\\b.exe", 10, at=1), win("c:\\c.exe", 11, 10, 2, parent_image="C:\\A.exe"))
    assert result.parent[2] == 0
    assert result.method[2] == LinkMethod.PID_NAME


def test_same_name_elsewhere_is_not_the_parent() -> None:
    parent = "C:\\Windows\\System32\\svchost.exe"
    result = run(win("C:\\Temp\\svchost.exe", 10), win("c:\\c.exe", 11, 10, 1, parent_image=parent))
    assert result.parent[1] == 2
    assert result.method[1] == LinkMethod.NAME_ONLY


@pytest.mark.parametrize("image", ["svchost.exe", "\\Device\\HarddiskVolume4\\Windows\\System32\\svchost.exe"])
def test_bare_names_and_other_drives_agree(image: str) -> None:
    result = run(win(image, 10), win("c:\\c.exe", 11, 10, 1, parent_image="D:\\Windows\\System32\\svchost.exe"))
    assert result.parent[1] == 0


def test_a_parent_recorded_slightly_late_is_found_and_a_later_one_is_not() -> None:
    child = win("c:\\c.exe", 11, 10, 1, parent_image="c:\\a.exe")
    assert run(win("c:\\a.exe", 10, at=1.05), child).parent[1] == 0
    assert run(win("c:\\a.exe", 10, at=9), child).parent[1] == 2


def test_without_times_the_order_of_records_counts() -> None:
    result = run(
        win("c:\\a.exe", 10, at=None, position=1),
        win("c:\\c.exe", 11, 10, None, position=2, parent_image="c:\\a.exe"),
        win("c:\\a.exe", 10, at=None, position=3),
    )
    assert result.parent[1] == 0
    assert result.method[1] == LinkMethod.PID_NAME


def test_self_parents_and_pid_zero_become_roots_or_placeholders() -> None:
    result = run(
        win("System", 4, 0),
        win("c:\\x.exe", 9, 9, 1, parent_image="c:\\p.exe"),
        win("c:\\y.exe", 8, 8, 2),
        lin("/sbin/init", 1, 0),
    )
    assert result.parent[:4].tolist() == [-1, 4, -1, -1]
    assert result.method[:4].tolist() == [LinkMethod.NONE, LinkMethod.NAME_ONLY, LinkMethod.NONE, LinkMethod.NONE]


def test_execve_replaces_the_image() -> None:
    result = run(
        lin("/usr/bin/sshd", 1, 0), lin("/usr/bin/bash", 50, 1, 1), lin("/usr/bin/env", 50, 1, 2),
        lin("/usr/bin/python", 50, 1, 3), lin("/usr/bin/id", 60, 50, 2.5), lin("/usr/bin/ls", 61, 50, 4),
    )  # fmt: skip
    assert result.parent.tolist() == [-1, 0, 0, 0, 2, 3]
    assert result.exec_of.tolist() == [-1, -1, 1, 2, -1, -1]


def test_later_programs_share_the_placeholder_of_the_first() -> None:
    result = run(lin("/usr/bin/bash", 50, 7), lin("/usr/bin/env", 50, 7, 1), lin("/usr/bin/python", 50, 7, 2))
    assert result.parent.tolist() == [3, 3, 3, -1]


def test_same_pid_on_windows_or_under_another_parent_is_reuse() -> None:
    assert run(win("c:\\a.exe", 50, 7), win("c:\\b.exe", 50, 7, 1)).exec_of.max() == -1
    assert run(lin("/usr/bin/a", 50, 7), lin("/usr/bin/b", 50, 8, 1)).exec_of.max() == -1


def test_sysmon_and_4688_twins_merge_one_to_one_and_pool_what_they_know() -> None:
    parent = win("c:\\p.exe", 9)
    sysmon = win("C:\\a.exe", 10, None, 1.7, kind="sysmon1", guid="g")
    twin = win("C:\\A.EXE", 10, 9, 1, parent_image="c:\\p.exe")
    again = win("C:\\a.exe", 10, 9, 300)
    result = run(parent, sysmon, twin, again)
    assert result.merged_into.tolist() == [-1, -1, 1, -1]
    assert result.parent[:4].tolist() == [-1, 0, -1, 0]


def test_a_late_twin_that_names_neither_parent_nor_command_merges_by_path_and_pid() -> None:
    sysmon = win("c:\\s\\services.exe", 10, 9, 1, guid="a", parent_image="c:\\w.exe", command_line="s", kind="sysmon1")
    late = win("c:\\s\\services.exe", 10, None, 17)
    child = win("c:\\c.exe", 11, 10, 20, parent_image="c:\\s\\services.exe")
    result = run(sysmon, late, child)
    assert result.merged_into[1] == 0
    assert result.parent[2] == 0


@pytest.mark.parametrize("other", [{"at": 90}, {"image": "services.exe"}, {"ppid": 8}, {"command_line": "t"}])
def test_a_late_record_that_says_otherwise_or_is_too_late_is_no_twin(other: dict[str, Any]) -> None:
    sysmon = win("c:\\s\\services.exe", 10, 9, 1, guid="a", parent_image="c:\\w.exe", command_line="s", kind="sysmon1")
    late: dict[str, Any] = {"image": "c:\\s\\services.exe", "pid": 10, "at": 17}
    assert run(sysmon, win(**(late | other))).merged_into[1] == -1


def test_a_pid_that_another_program_had_in_between_parts_twins() -> None:
    sysmon = win("c:\\a.exe", 10, 9, 1, guid="a", parent_image="c:\\w.exe", command_line="s", kind="sysmon1")
    between = win("c:\\b.exe", 10, 9, 8, guid="b", parent_image="c:\\w.exe", command_line="b", kind="sysmon1")
    assert run(sysmon, between, win("c:\\a.exe", 10, None, 17)).merged_into[2] == -1


def test_a_process_starts_at_the_earliest_time_that_any_of_its_records_tells() -> None:
    """Three 4688 records make that kind the representative; its times of arrival are behind the child's start."""
    child = win("c:\\c.exe", 11, 10, 3, parent_image="c:\\a.exe", command_line="c", kind="sysmon1")
    early = win("c:\\a.exe", 10, 9, 1, parent_image="c:\\p.exe", command_line="a", kind="sysmon1")
    late = win("c:\\a.exe", 10, 9, 12, parent_image="c:\\p.exe", command_line="a")
    result = run(late, win("c:\\x.exe", 77, at=40), win("c:\\y.exe", 78, at=41), early, child)
    assert result.merged_into[3] == 0
    assert result.parent[4] == 0


def test_a_record_that_lost_its_pid_borrows_its_twins() -> None:
    sysmon = win("c:\\a.exe", None, 9, 1, kind="sysmon1", guid="g", command_line="a -x")
    twin = win("c:\\a.exe", 10, 9, 1.5, command_line="a -x")
    child = win("c:\\b.exe", 11, 10, 2)
    result = run(sysmon, twin, child)
    assert result.merged_into[1] == 0
    assert result.parent[2] == 0


def test_a_record_that_lost_its_pid_finds_a_twin_without_command_line_by_path() -> None:
    sysmon = win("c:\\a.exe", None, 9, 1, guid="a", command_line="a -x", kind="sysmon1")
    twin, child = win("c:\\a.exe", 10, 9, 4), win("c:\\c.exe", 11, 10, 5)
    result = run(sysmon, twin, child)
    assert (result.merged_into[1], result.parent[2]) == (0, 0)
    assert run(sysmon, win("a.exe", 10, 9, 4)).merged_into[1] == -1


def test_local_time_in_one_of_two_logs_is_taken_out() -> None:
    shift = -4 * 3600
    sysmon = [win(f"c:\\{n}.exe", n, 4, n, kind="sysmon1", guid=f"g{n}") for n in range(10, 14)]
    security = [win(f"c:\\{n}.exe", n, 4, n + shift + 0.005) for n in range(10, 14)]
    child = win("c:\\child.exe", 99, 13, 14 + shift)
    result = run(*sysmon, *security, child)
    assert result.merged_into[4:8].tolist() == [0, 1, 2, 3]
    assert result.parent[8] == 3


def test_copies_of_a_log_merge_but_repeats_within_one_stay() -> None:
    event = win("c:\\a.exe", 10, 9, command_line="a")
    assert run(event, event, sources=[1, 2]).merged_into.tolist() == [-1, 0]
    assert run(event, event, sources=[1, 1]).merged_into.tolist() == [-1, -1]
    assert run(event, event, event, event, sources=[1, 1, 2, 2]).merged_into.tolist() == [-1, -1, 0, 1]
    numbered = win("c:\\a.exe", 10, 9, record_id="7")
    assert run(numbered, numbered, sources=[1, 1]).merged_into.tolist() == [-1, 0]


def test_placeholders_are_one_per_missing_parent() -> None:
    by_guid = [win("c:\\a.exe", n, 9, n, kind="sysmon1", guid=f"g{n}", parent_guid="p", parent_image="c:\\p.exe") for n in (1, 2)]
    by_pid = win("c:\\b.exe", 3, 9, 3, parent_image="c:\\p.exe")
    other = win("c:\\b.exe", 4, 9, 4, parent_image="c:\\q.exe")
    much_later = win("c:\\b.exe", 5, 9, 30 * 86_400, parent_image="c:\\p.exe")
    result = run(*by_guid, by_pid, other, much_later)
    assert result.parent[:5].tolist() == [5, 5, 5, 6, 7]
    assert result.placeholder_guid == ["p", None, None]
    assert result.placeholder_pid.tolist() == [9, 9, 9]
    assert result.placeholder_time_us[0] == 1001 * SECOND


def test_ancestors_of_the_record_become_nodes() -> None:
    pair = ProcessEvent(kind="sequence", image="curl", parent_image="bash", ancestors=("httpd", "systemd"))
    result = run(pair, pair)
    assert len(result.parent) == 8
    node, seen = 0, []
    while node >= 0:
        seen.append(node)
        node = int(result.parent[node])
    assert len(seen) == 4


def test_a_guid_cycle_is_cut_once_and_the_rest_kept() -> None:
    names = "abc"
    events = [win(f"c:\\{c}.exe", 10 + i, guid=c, parent_guid=names[i - 1], kind="sysmon1", at=i) for i, c in enumerate(names)]
    result = run(*events)
    assert result.parent[:3].tolist() == [-1, 0, 1]


def test_sysmon_guid_that_differs_only_in_its_last_groups() -> None:
    own, named = "e2c04bb9-08d0-60c4-5d60-400100000000", "e2c04bb9-08d0-60c4-8309-000000000300"
    parent = win("c:\\a.exe", 10, kind="sysmon1", guid=own)
    child = win("c:\\b.exe", 11, 10, 1, kind="sysmon1", guid="x", parent_guid=named, parent_image="c:\\a.exe")
    assert run(parent, child).parent[1] == 0
    assert (
        run(parent, win("c:\\b.exe", 11, 10, 1, guid="x", parent_guid="zzz" + named[3:], parent_image="c:\\a.exe")).parent[1] == 2
    )


def test_a_host_without_records() -> None:
    result = run()
    assert len(result.parent) == 0


def test_equally_weak_links_of_a_cycle_are_cut_alike_in_any_order() -> None:
    parents = {0: 2, 2: 1, 1: 3, 3: 0}  # 0 and 1 both name a parent two places later
    events = [win(f"c:\\{i}.exe", None, guid=f"g{i}", parent_guid=f"g{parents[i]}", position=i, at=i) for i in range(4)]
    assert run(*events).parent.tolist() == [-1, 3, 1, 0]
    assert run(*(events[i] for i in (1, 0, 2, 3))).parent.tolist() == [3, -1, 0, 1]


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_processes_with_one_guid_the_parent_is_the_one_with_the_pid(turned: bool) -> None:
    """A forged or repeated guid: the pid that the child gives its parent decides, whichever of the two is nearer in time."""
    first, second = (1281, 1280) if turned else (1280, 1281)
    events = [
        win("c:\\cmd.exe", first, 700, 0, guid="g"),
        win("c:\\notepad.exe", second, 700, 5, guid="g"),
        win("c:\\whoami.exe", 2000, 1280, 6, parent_guid="g"),
        win("c:\\net.exe", 2001, 9, 7, parent_guid="g"),
    ]
    parents = run(*events).parent.tolist()
    assert parents[2] == (1 if turned else 0)
    assert parents[3] == 1, "no pid agrees: the latest"
