"""Random hostile logs of hosts with several names, in several sources: nothing lost, hidden or in a circle, in any order."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from msgspec.structs import replace

from engine.domain.records import HostFact, ProcessEnd, ProcessEvent
from engine.jobs.ingest.link import link_case
from engine.jobs.ports.ingest import Batch
from engine.progress import Run
from store.doctor.examine import examine
from store.workspace import Workspace, open_workspace
from tests.engine.lineage.test_hostile import SYSTEMS, hostile_records

CASE = "case"
NAMES = ("ws1", "WS1", "ws1.lab.example", "ws1.lab.example", "", "")
CONTRARY = "ws1.corp.example"
PATHS = ("/x/audit.log", "/x/audit.log.1", "/y/audit.log")
Told = tuple[str, list[ProcessEvent], list[ProcessEnd], list[HostFact]]
SHORT, LONG = 6, 300


def logs(draw: random.Random, system: str) -> list[Told]:
    """Three sources."""
    names = [*NAMES, *draw.choice([(), (CONTRARY,)])]
    found = []
    for path in PATHS:
        events, ends = hostile_records(draw, system)
        facts = [HostFact(position=1, code="clock-set", text="set", host=draw.choice(names), time_us=draw.randrange(9_000_000))]
        found.append((
            path, [replace(one, host=draw.choice(names), position=number) for number, one in enumerate(events)],
            [replace(one, host=draw.choice(names)) for one in ends], facts,
        ))  # fmt: skip
    return found


def outcome(folder: Path, runs: list[list[Told]]) -> tuple[object, ...]:
    """Hosts with their records, and the keys of chains with their counts; every process is reached from its host."""
    workspace = open_workspace(folder)
    for run in runs:
        for path, events, ends, facts in run:
            ticket = workspace.ingest.begin_source(CASE, path, path.encode().hex().ljust(64, "0")[:64], 1, "json")
            workspace.ingest.append(ticket, Batch(events, (), len(events) + len(ends) + len(facts), ends, facts))
            workspace.ingest.finish_source(ticket)
        link_case(CASE, workspace.ingest, Run())
    assert examine(workspace) == ()
    hosts = {host.name: host.records for host in workspace.cases.hosts(CASE)}
    assert sum(hosts.values()) == sum(len(events) for run in runs for _, events, _, _ in run)
    drawn = Counter(host.name for host in workspace.cases.hosts(CASE) for _ in reached(workspace, host.id))
    with workspace.read() as connection:
        everything = connection.exec_driver_sql(
            "SELECT h.name, count(*) FROM process p JOIN host h ON h.id = p.id >> 32 WHERE p.merged_into IS NULL GROUP BY h.name"
        )
        assert drawn == {row[0]: row[1] for row in everything}
        chains = connection.exec_driver_sql("SELECT key, count, host_count FROM chain WHERE count > 0 ORDER BY key").all()
    workspace.close()
    return hosts, [tuple(row) for row in chains]


def reached(workspace: Workspace, host_id: int) -> set[int]:
    """What is drawn from the host downwards."""
    waiting, seen = list(workspace.processes.roots(host_id)), set[int]()
    while waiting:
        one = waiting.pop()
        assert one.id not in seen
        seen.add(one.id)
        waiting += workspace.processes.children(one.id)
    return seen


def check(folder: Path, system: str, seeds: range) -> None:
    for seed in seeds:
        draw = random.Random(f"{system} {seed}")
        made = logs(draw, system)
        wanted = outcome(folder / f"{seed}", [made])
        assert outcome(folder / f"{seed} again", [[log] for log in draw.sample(made, len(made))]) == wanted, seed


@pytest.mark.parametrize("system", SYSTEMS)
def test_hostile_logs_of_hosts_with_several_names(tmp_path: Path, system: str) -> None:
    check(tmp_path, system, range(SHORT))


@pytest.mark.slow
@pytest.mark.parametrize("system", SYSTEMS)
def test_many_hostile_logs_of_hosts_with_several_names(tmp_path: Path, system: str) -> None:
    check(tmp_path, system, range(SHORT, SHORT + LONG))
