"""A case whose chains have processes with different command lines, on several hosts, some of them told of twice; and the rule of
which verdict counts written out in Python, for the tests of verdicts that are narrower than a chain.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.domain.chains import ChainSet
from engine.domain.lineage import HostEvents, Lineage
from engine.domain.records import ProcessEvent
from engine.jobs.ports.ingest import LinkedHost
from engine.words.command_shape import shape_number
from store.base import ids
from store.scope.scopes import Scope, parse
from store.workspace import Workspace, open_workspace
from tests.store import samples

CASE = "case"
COMMANDS = ("run alpha", "run beta", None)
HOSTS = ("WEB01", "DB", "MAIL")


@dataclass(frozen=True)
class Process:
    """What the tests know of a process, read from the database and not asked of what is tested."""

    id: int
    records: tuple[int, ...]
    host: str
    key: str
    steps: bytes
    shape: int


def events() -> list[ProcessEvent]:
    """Three chains on three hosts, a fourth on one; numbers are unique, and of some processes two records tell."""
    out = []
    for base, host in zip((0, 100, 200), HOSTS, strict=True):
        out.append(samples.event(base + 1, host=host, image="C:\\root.exe", command_line=None))
        for number in range(2, 8 if host == "WEB01" else 5):
            line = COMMANDS[number % 3]
            out.append(samples.event(base + number, base + 1, host=host, image="C:\\a.exe", command_line=line))
        out.append(samples.event(base + 10, base + 2, host=host, image="C:\\b.exe", command_line="b"))
    out.append(samples.event(20, 2, image="C:\\c.exe", command_line="c"))
    again = [replace_event(one, 500 + one.position) for one in out if one.pid in (3, 4, 102)]
    return out + again


def replace_event(one: ProcessEvent, position: int) -> ProcessEvent:
    """A second record of the same process, later in the log."""
    import msgspec

    return msgspec.structs.replace(one, position=position, record_id=f"again {position}", kind="security4688")


def merging(columns: HostEvents) -> tuple[Lineage, ChainSet]:
    """As samples.link, and records with one GUID are one process: the first of them."""
    first: dict[str | None, int] = {}
    merged = np.array([first.setdefault(guid, place) for place, guid in enumerate(columns.guid)], dtype=np.int64)
    twin = merged != np.arange(len(merged))
    lineage, chains = samples.link(columns)
    last = {guid: place for place, guid in enumerate(columns.guid)}
    survivor = {last[guid]: place for guid, place in first.items()}
    parent = np.array([survivor.get(int(above), int(above)) for above in lineage.parent], dtype=np.int64)
    parent[: len(twin)][twin] = -1
    of_node = chains.of_node.copy()
    of_node[: len(twin)][twin] = -1
    lineage = replace(lineage, parent=parent, merged_into=np.where(twin, merged, -1))
    return lineage, replace(chains, of_node=of_node)


def relink(workspace: Workspace) -> None:
    """Link what is unlinked, with twins."""
    store = workspace.ingest
    store.settle_hosts(CASE)
    for host in store.unlinked_hosts(CASE):
        columns = store.load_host(host)
        store.write_lineage([LinkedHost(host, columns, *merging(columns))])
    store.finish_lineage(CASE)


def fill(workspace: Workspace, told: list[ProcessEvent], sha256: str) -> None:
    """One more source, linked."""
    from engine.jobs.ports.ingest import Batch

    ticket = workspace.ingest.begin_source(CASE, f"logs/{sha256[:4]}.json", sha256, 1, "ndjson")
    workspace.ingest.append(ticket, Batch(told, (), len(told)))
    workspace.ingest.finish_source(ticket)
    relink(workspace)


def filled(folder: Path, told: list[ProcessEvent] | None = None) -> Workspace:
    """The case, scored, without incidents."""
    space = open_workspace(folder)
    fill(space, events() if told is None else told, "a" * 64)
    samples.score(space)
    return space


def processes(workspace: Workspace) -> dict[int, Process]:
    """Every recorded process."""
    query = (
        "SELECT p.id, coalesce(p.merged_into, p.id), h.name, c.key, c.steps, t.text FROM process p"
        " JOIN host h ON h.id = p.id >> 32 LEFT JOIN chain c ON c.id = p.chain_id LEFT JOIN string t ON t.id = p.command"
        " WHERE p.source_id IS NOT NULL ORDER BY p.id"
    )
    with workspace.read() as connection:
        rows = connection.exec_driver_sql(query).all()
    found = {}
    for number, of, host, key, steps, text in rows:
        if number == of:
            records = tuple(row[0] for row in rows if row[1] == number)
            found[number] = Process(number, records, host, key, bytes(steps), 0 if text is None else shape_number(text))
    return found


def group(workspace: Workspace, incidents: list[tuple[int, int, list[int]]], scores: dict[int, float]) -> int:
    """Write incidents (finding, place, processes) into the scoring in use. Returns the set's id."""
    with workspace.write() as connection:
        set_id = int(connection.exec_driver_sql("SELECT max(id) FROM score_set").scalar_one())
        for table in ("incident", "covered"):
            connection.exec_driver_sql(f"DELETE FROM {table} WHERE set_id = ?", (set_id,))
        for number, (finding, place, members) in enumerate(incidents, start=1):
            connection.exec_driver_sql(
                "INSERT INTO incident VALUES (?, ?, ?, ?, ?, ?, ?, 1.0, ?, 1, NULL, NULL)",
                (set_id, finding, place, number, ids.host_of(members[0]), members[0], members[0], len(members)),
            )
            rows = [(set_id, member, number, scores.get(member)) for member in members]
            connection.exec_driver_sql("INSERT INTO covered VALUES (?, ?, ?, 1, ?)", rows)
        connection.commit()
    return set_id


def expected(workspace: Workspace, facts: dict[int, Process]) -> dict[int, str | None]:
    """Process -> the verdict that counts, from the labels that hold: its own, its variant's, the host's, the chain's, the longest
    beginning's, of equal ones the newer.
    """
    with workspace.read() as connection:
        labels = connection.exec_driver_sql("SELECT chain_key, scope, verdict, event_id, steps FROM label_current").all()
        named = {name: number for number in facts for name in _names(workspace, facts[number])}
    found: dict[int, tuple[tuple[int, int, int], str]] = {}
    for key, text, verdict, event, steps in labels:
        scope = parse(text)
        for number, one in facts.items():
            if (rank := _rank(scope, key, steps, one, named)) is not None:
                found[number] = max(found.get(number, ((-1, 0, 0), "")), ((*rank, event), verdict))
    return {number: found[number][1] if number in found else None for number in facts}


def _rank(scope: Scope, key: str, steps: bytes | None, one: Process, named: dict[str, int]) -> tuple[int, int] | None:
    """How narrow a label is on a process, None where it is on another."""
    if scope.process is not None:
        return (4, 0) if named.get(scope.text) == one.id else None
    if scope.prefix is not None:
        return (0, len(steps or b"")) if steps is not None and one.steps.startswith(steps) else None
    if key != one.key:
        return None
    if scope.variant is not None:
        return (3, 0) if scope.variant == one.shape else None
    if scope.host is not None:
        return (2, 0) if scope.host == one.host.casefold() else None
    return (1, 0)


def _names(workspace: Workspace, one: Process) -> list[str]:
    from store.narrow.record_names import names

    with workspace.read() as connection:
        return [name.text for name in names(connection, one.records).values()]
