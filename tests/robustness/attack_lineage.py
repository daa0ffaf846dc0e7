"""Hostile logs of two to six records that share pids and guids: no circle, no lost subtree, chains that end."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.domain.chains import ChainSet
from engine.domain.lineage import HostEvents, Lineage, LinkMethod
from engine.domain.records import MAX_STEPS, ProcessEvent
from engine.handover.pictures.forest import walk
from engine.jobs.ingest.link import link_case
from engine.jobs.ports.ingest import Batch
from engine.lineage import chains, link
from engine.progress import Run
from store.workspace import Workspace, open_workspace
from tests.engine.lineage.columns import columns_from_events
from tests.robustness.attack import Attack, Report
from tui.render.tree_builder import TreeBuilder

STORED = 10
"""One round in so many also goes through the store and is drawn."""
ROOM = 1_000
"""Lines that a drawing of a handful of records may have: far more than there can be."""


@dataclass(frozen=True, slots=True)
class System:
    """Whose records are forged: kinds, and what the fields may hold."""

    kinds: tuple[str, ...]
    os: str
    guids: tuple[str | None, ...]
    images: tuple[str, ...]
    ancestors: bool = False


ZERO = "{00000000-0000-0000-0000-000000000000}"
STEMS = ("e2c04bb9-08d0-60c4-5d60-400100000000", "e2c04bb9-08d0-60c4-8309-000000000300")
WINDOWS = ("c:\\windows\\system32\\svchost.exe", "c:\\temp\\svchost.exe", "svchost.exe", "c:\\temp\\x.exe", "")
LINUX = ("/usr/sbin/sshd", "/tmp/evil", "sh", "/tmp/evil (deleted)", "")
SYSTEMS = {
    "sysmon": System(("sysmon1",), "windows", (None, ZERO, *STEMS, "g1"), WINDOWS),
    "4688": System(("security4688",), "windows", (None,), WINDOWS),
    "sysmon and 4688": System(("sysmon1", "security4688"), "windows", (None, ZERO, *STEMS), WINDOWS),
    "auditd": System(("auditd",), "linux", (None,), LINUX),
    "ecs": System(("ecs",), "linux", (None, ZERO, "g0", "g1", "g2"), LINUX),
    "sysmon for linux, auditd, strace": System(("sysmon-linux", "auditd", "strace"), "linux", (None, ZERO, "g0", "g1"), LINUX),
    "sequences": System(("sequence", "pair"), "", (None, "g0"), (*LINUX, WINDOWS[0]), ancestors=True),
}
PIDS = (None, 0, 1, 2, 3, 2**31)
TIMES = (None, 0, 50_000, 150_000, 1_000_000, 3_000_000, 3_600_000_000, -(2**62))


def forged(system: System, dice: random.Random) -> list[tuple[ProcessEvent, int]]:
    """Records and the source of each. Few values, so that they meet; a round may stop clocks or run them backwards, and most
    rounds say little about parents: what is not said must be inferred.
    """
    times = dice.choice([TIMES, (1_000_000,), (None,), (0, 1_000_000, 2_000_000)])
    pids = dice.choice([PIDS, (1, 2), (1,), (None, 1, 2, 3)])
    parents = dice.choice([pids, (None,), (None,)])
    named = dice.choice([(None, *system.images), (None,), (None,)])
    records = []
    for place in range(dice.randint(2, 6)):
        own = dice.choice(pids)
        values: dict[str, Any] = {
            "kind": dice.choice(system.kinds), "os": system.os, "host": "h", "image": dice.choice(system.images), "pid": own,
            "ppid": own if dice.random() < 0.1 else dice.choice(parents), "guid": dice.choice(system.guids),
            "parent_guid": dice.choice(system.guids), "parent_image": dice.choice(named),
            "time_us": dice.choice(times), "command_line": dice.choice([None, "x"]), "record_id": dice.choice([None, "1", "2"]),
            "position": place,
        }  # fmt: skip
        if system.ancestors:
            values["ancestors"] = tuple(dice.choices(system.images, k=dice.randint(0, 3)))
        records.append((ProcessEvent(**values), dice.randint(1, 2)))
    if dice.random() < 0.3:  # a reversed clock: what comes later says that it was earlier
        records.reverse()
    return records


def circles(parent: Sequence[int]) -> bool:
    """Whether some node is its own ancestor. Walks every line by itself: nothing of what is attacked helps."""
    for start in range(len(parent)):
        node, steps = start, 0
        while node >= 0:
            node, steps = parent[node], steps + 1
            if steps > len(parent):
                return True
    return False


def wrong_links(events: HostEvents, lineage: Lineage) -> Iterator[str]:
    """What must not be in the links of a host, as sentences."""
    parent, merged, n = lineage.parent.tolist(), lineage.merged_into.tolist(), len(events.row)
    if circles(parent):
        yield "a circle of parents"
        return
    if any(merged[node] >= 0 for node in parent if 0 <= node < n) or any(merged[node] >= 0 for node in merged if node >= 0):
        yield "a link to a record that was merged into another"
    below = {node for node in parent if node >= 0}
    if any(node not in below for node in range(n, len(parent))):
        yield "a placeholder without children"
    if any((method == LinkMethod.NONE) != (above < 0) for method, above in zip(lineage.method.tolist(), parent, strict=True)):
        yield "a link without a method, or a root with one"


def wrong_chains(events: HostEvents, lineage: Lineage, found: ChainSet) -> Iterator[str]:
    """Every named process ends one chain, which is the images on its way up."""
    image = np.concatenate([events.image, lineage.placeholder_image]).tolist()
    parent, merged = lineage.parent.tolist(), lineage.merged_into.tolist()
    for start, path in enumerate(image):
        if path < 0 or not events.paths[path] or (start < len(merged) and merged[start] >= 0):
            continue
        line, node = [], start
        while node >= 0:
            line += [image[node]] if image[node] >= 0 and events.paths[image[node]] else []
            node = parent[node]
        row = int(found.of_node[start])
        if row < 0 or found.steps[row][: found.lengths[row]].tolist() != line[:MAX_STEPS][::-1]:
            yield f"a chain that is not the way to node {start}"


def drawn_wrongly(workspace: Workspace, case: str, records: Sequence[tuple[ProcessEvent, int]]) -> Iterator[str]:
    """Every kept process stands in the drawn tree exactly once, and says so when asked for its place."""
    store = workspace.ingest
    for number in sorted({source for _, source in records}):
        ticket = store.begin_source(case, f"s{number}", f"{case}-{number}", 1, "ndjson")
        part = [event for event, source in records if source == number]
        store.append(ticket, Batch(part, [], len(part)))
        store.finish_source(ticket)
    link_case(case, store, Run())
    with workspace.read() as connection:
        query = (
            "SELECT p.id FROM process p JOIN host ON host.id = p.id >> 32 JOIN cases ON cases.id = host.case_id"
            " WHERE cases.name = ? AND merged_into IS NULL"
        )
        kept = sorted(connection.exec_driver_sql(query, (case,)).scalars().all())
    hosts = workspace.cases.hosts(case)
    shown = sorted(line.node.id for line in walk(TreeBuilder(workspace, case, ROOM).hosts(hosts)) if line.node.id > 0)
    if shown != kept:
        yield f"{len(set(kept) - set(shown))} of {len(kept)} processes are not in the tree"
    for number in kept:
        around = TreeBuilder(workspace, case, ROOM).around([workspace.processes.get(number)])
        if [line.node.id for line in walk(around) if line.node.focus] != [number]:
            yield f"process {number & 0xFFFFFFFF} is not in the tree around itself"


def run(folder: Path, seed: int, rounds: int) -> Report:
    """`rounds` logs of each system; one in STORED is stored and drawn too."""
    report = Report()
    workspace = open_workspace(folder / "workspace")
    for name, system in SYSTEMS.items():
        for number in range(rounds):
            records = forged(system, random.Random(f"{seed} {name} {number}"))
            wrong = list(_faults(records))
            report.count(name, "linked")
            if number % STORED == 0:
                wrong += drawn_wrongly(workspace, f"{name} {number}", records)
                report.count(name, "stored and drawn")
            for sentence in wrong:
                report.count(name, "wrong")
                report.fail(f"{name}, seed {seed}, round {number}: {sentence}")
    workspace.close()
    return report


def _faults(records: Sequence[tuple[ProcessEvent, int]]) -> Iterator[str]:
    events = columns_from_events([event for event, _ in records], "h", [source for _, source in records])
    lineage = link(events)
    wrong = list(wrong_links(events, lineage))
    yield from wrong
    if not wrong:  # along a circle there is no chain to compare with
        yield from wrong_chains(events, lineage, chains(events, lineage))


ATTACK = Attack(
    name="lineage",
    about="Logs of two to six records that share pids, guids and names, are their own parents, stop their clocks or run them "
    "backwards: no process may be its own ancestor, every process stands in the tree, every chain is the way to its root.",
    run=run,
    short=120,
    long=4_000,
)
