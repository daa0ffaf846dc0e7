"""What is simulated: deterministic, and a family tree that could have been."""

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from engine.errors import UsageError
from engine.knowledge import pair_broken
from engine.paths import fold
from engine.simulator import Fleet, FleetPlan, simulate
from engine.simulator.processes import SimProcess
from engine.simulator.routine import routine
from engine.simulator.scripts.activities import activities, stories

_FINGERPRINT = """
import hashlib
from engine.simulator import FleetPlan, simulate
fleet = simulate(FleetPlan(hosts=4, days=1, seed={seed}))
digest = hashlib.sha256()
for host in fleet.hosts:
    for p in fleet.events(host):
        digest.update(repr((p.pid, p.guid, p.image, p.command, p.start_us, p.identity)).encode())
print(digest.hexdigest())
"""


def _fingerprint(seed: int, hash_seed: str) -> str:
    root = Path(__file__).resolve().parents[3]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(root)}
    done = subprocess.run(
        [sys.executable, "-c", _FINGERPRINT.format(seed=seed)], capture_output=True, text=True, check=True, env=environment
    )
    return done.stdout.strip()


def test_equal_seed_equal_fleet_whatever_the_hash_seed() -> None:
    assert _fingerprint(7, "1") == _fingerprint(7, "2")


def test_other_seed_other_fleet() -> None:
    assert _fingerprint(7, "1") != _fingerprint(8, "1")


def test_iterating_twice_sees_the_same(fleet: Fleet) -> None:
    host = fleet.hosts[0]
    digests = [hashlib.sha256(repr([(p.guid, p.command) for p in fleet.events(host)]).encode()).digest() for _ in range(2)]
    assert digests[0] == digests[1]


def test_a_larger_fleet_begins_with_the_smaller_one() -> None:
    small, large = simulate(FleetPlan(hosts=3)), simulate(FleetPlan(hosts=20))
    assert [host.name for host in small.hosts] == [host.name for host in large.hosts[:3]]
    assert len({host.name for host in large.hosts}) == 20


def test_every_parent_is_alive_when_its_child_starts(fleet: Fleet) -> None:
    for host in fleet.hosts:
        roots = 0
        for process in fleet.processes(host):
            if process.parent is None:
                roots += 1
                continue
            assert process.parent.start_us < process.start_us <= process.parent.end_us or process.replaces, (
                process,
                process.parent,
            )
        # One System or systemd per boot and nothing else comes from nowhere.
        assert roots == len(routine(fleet.plan, host))


def test_events_come_in_time_order_and_inside_the_plan(fleet: Fleet) -> None:
    for host in fleet.hosts:
        times = [process.start_us for process in fleet.events(host)]
        assert times == sorted(times)
        assert fleet.plan.start_us <= times[0]
        assert times[-1] < fleet.plan.end_us


def test_pids_are_unique_among_the_living_and_come_back(fleet: Fleet) -> None:
    for host in fleet.hosts:
        running: dict[int, list[SimProcess]] = {}
        boots = {uptime.boot_us for uptime in routine(fleet.plan, host)}
        seen: Counter[int] = Counter()
        boot = min(boots)
        for process in fleet.processes(host):
            latest = max(moment for moment in boots if moment <= process.start_us)
            if latest != boot:
                boot, running = latest, {}
            # Read now and not when they started: a session's processes learn their end when it ends.
            ends = [earlier.end_us for earlier in running.get(process.pid, [])]
            assert process.replaces or max(ends, default=0) <= process.start_us, process
            running[process.pid] = [*running.get(process.pid, []), process] if process.replaces else [process]
            seen[process.pid] += 1
            if host.windows:
                assert process.pid % 4 == 0
        assert not host.windows or seen.most_common(1)[0][1] > 1


def test_guids_never_repeat(fleet: Fleet) -> None:
    guids = [process.guid for host in fleet.hosts for process in fleet.processes(host)]
    assert len(guids) == len(set(guids))
    assert all(len(guid) == 36 and guid == guid.lower() for guid in guids)


def test_boot_trees_have_the_shape_of_windows_and_linux(fleet: Fleet) -> None:
    pairs = set()
    for host in fleet.hosts:
        for process in fleet.processes(host):
            if process.parent is not None:
                pairs.add(
                    (
                        process.parent.image.rpartition("\\")[2].rpartition("/")[2],
                        process.image.rpartition("\\")[2].rpartition("/")[2],
                    )
                )
    expected = {("wininit.exe", "services.exe"), ("services.exe", "svchost.exe"), ("winlogon.exe", "userinit.exe")}
    expected |= {("userinit.exe", "explorer.exe"), ("systemd", "sshd"), ("sshd", "bash"), ("cron", "dash")}
    assert expected <= pairs


def test_software_changes_its_version_during_the_period() -> None:
    fleet = simulate(FleetPlan(hosts=6, days=14, intrusions=0))
    versions = {p.image for h in fleet.hosts for p in fleet.events(h) if p.image.endswith("MpCmdRun.exe")}
    assert len(versions) > 1


@pytest.mark.parametrize("seed", [7, 8, 9])
def test_every_story_can_be_planted_and_leaves_processes(seed: int) -> None:
    fleet = simulate(FleetPlan(seed=seed))
    planted = Counter(process.story for host in fleet.hosts for process in fleet.events(host) if process.story)
    assert {intrusion.story.name for intrusion in fleet.intrusions} == {story.name for story in stories()}
    assert all(planted[intrusion.number] >= 5 for intrusion in fleet.intrusions), planted


def test_planted_processes_run_where_and_when_the_story_says(fleet: Fleet) -> None:
    stages = {(i.number, index): (host.index, time) for i in fleet.intrusions for index, (host, time) in enumerate(i.stages)}
    for host in fleet.hosts:
        for process in fleet.processes(host):
            if process.story:
                where, when = stages[process.story, process.stage]
                assert where == host.index
                assert when <= process.start_us


def test_a_remote_start_names_the_host_that_it_reaches(fleet: Fleet) -> None:
    stages = {(i.number, index): host.name for i in fleet.intrusions for index, (host, _) in enumerate(i.stages)}
    pushed = [p for host in fleet.hosts for p in fleet.processes(host) if p.story and "-accepteula" in p.command]
    assert len(pushed) == 1
    assert f" \\\\{stages[pushed[0].story, 1].lower()} " in pushed[0].command


def test_number_and_names_of_intrusions() -> None:
    assert not simulate(FleetPlan(intrusions=0)).intrusions
    assert len(simulate(FleetPlan(intrusions=2)).intrusions) == 2
    only = simulate(FleetPlan(intrusions=("supply-chain",))).intrusions
    assert [intrusion.story.name for intrusion in only] == ["supply-chain"]


@pytest.mark.parametrize("plan", [{"hosts": 0}, {"days": 0}, {"variety": "wild"}])
def test_a_plan_that_makes_no_sense_is_refused(plan: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        FleetPlan(**plan)  # type: ignore[arg-type]


@pytest.mark.parametrize(("hosts", "names"), [(12, ("no-such-story",)), (1, ("supply-chain",))])
def test_an_intrusion_that_cannot_be_is_refused(hosts: int, names: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        simulate(FleetPlan(hosts=hosts, intrusions=names))


def test_one_host_and_one_day_work() -> None:
    fleet = simulate(FleetPlan(hosts=1, days=1))
    assert sum(1 for _ in fleet.events(fleet.hosts[0])) > 50


def test_names_of_activities_and_stories_are_unique() -> None:
    for rows in (activities(), stories()):
        keys = Counter((row.name, getattr(row, "roles", ())) for row in rows)
        assert keys.most_common(1)[0][1] == 1


def test_nothing_in_the_data_points_to_the_real_internet(fleet: Fleet) -> None:
    url = re.compile(r"(?:https?|ftp|zoommtg)://([A-Za-z0-9.-]+)")
    allowed = re.compile(r"(.*\.)?example\.com|localhost|192\.0\.2\.\d+|198\.51\.100\.\d+|203\.0\.113\.\d+|10\..*")
    for host in fleet.hosts:
        for process in fleet.events(host):
            for found in url.findall(process.command):
                assert allowed.fullmatch(found), process.command


REAL = {
    ("svchost.exe", "cmd.exe"): "servers have scheduled command files; one of them archives IIS's logs, once a day",
}
"""Pairs above the middle that everyday life has all the same, with the reason why: real fleets do it."""


def test_everyday_life_teaches_no_pair_that_the_tables_call_a_break(fleet: Fleet) -> None:
    """A model that learns the simulated fleet as normal would take such a pair for normal: services.exe starting cscript."""
    found = set()
    for host in fleet.hosts:
        system = "windows" if host.windows else "linux"
        for process in fleet.events(host):
            if process.story or process.parent is None:
                continue
            parent, child = (fold(one.image, system) for one in (process.parent, process))
            if pair_broken(parent, child).value > 0.5:
                found.add((name_of(parent, system), name_of(child, system)))
    assert found <= set(REAL), found - set(REAL)


def name_of(path: str, system: str) -> str:
    return path.rpartition("\\" if system == "windows" else "/")[2]


def test_the_intrusions_do_have_such_pairs(fleet: Fleet) -> None:
    """The counterpart: what is planted stands above the everyday life that it is planted into."""
    heaviest: dict[str, float] = {}
    names = {intrusion.number: intrusion.story.name for intrusion in fleet.intrusions}
    for host in fleet.hosts:
        system = "windows" if host.windows else "linux"
        for process in fleet.events(host):
            if process.story and process.parent is not None:
                value = pair_broken(fold(process.parent.image, system), fold(process.image, system)).value
                heaviest[names[process.story]] = max(heaviest.get(names[process.story], 0), value)
    assert {name for name, value in heaviest.items() if value > 0.5} >= {"phishing-document", "web-shell-php", "web-shell-iis"}


def test_a_hosts_own_choice_is_the_same_in_all_lists_and_for_good(fleet: Fleet) -> None:
    """One vendor a workstation: whose service runs there has the tasks there, too."""
    vendor = re.compile(r"\\(?:(Dell)|(HP)|(Lenovo|ImController))\\", re.IGNORECASE)
    seen = []
    for host in fleet.hosts:
        found = {match.lastindex for p in fleet.events(host) if (match := vendor.search(p.image)) is not None}
        if host.role == "workstation":
            assert len(found) <= 1, host.name
            seen += found
    assert len(set(seen)) > 1


@pytest.mark.parametrize("words", ["updater", "installer", "driver", "add-in", "package", "agent"])
def test_everyday_life_has_what_real_machines_have(fleet: Fleet, words: str) -> None:
    signs = {
        "updater": r"\\(AdobeARM|GoogleUpdate|MicrosoftEdgeUpdate|OfficeClickToRun)\.exe$",
        "installer": r"\\Temp\\(\{|7zS|ns|is-)[^\\]*\\[^\\]+$",
        "driver": r"\\drvinst\.exe$",
        "add-in": r"Bridge\.exe$|ledgerlink\.exe$",
        "package": r"\.postinst$|/snap-seccomp$|choco\.exe$|winget\.exe$",
        "agent": r"\\CcmExec\.exe$|IntuneWindowsAgent\.exe$|puppet/bin/ruby$|ssm-agent|WindowsAzureGuestAgent",
    }
    assert any(re.search(signs[words], p.image) for host in fleet.hosts for p in fleet.events(host) if not p.story)
