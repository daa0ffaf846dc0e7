"""The same logs on one machine and by parts: what both make of them, to be compared to the last bit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from engine.domain.chains import ChainCorpus
from engine.domain.processes import ProcessTable
from engine.domain.records import HostFact, ProcessEnd, ProcessEvent
from engine.fleet.packed import HostBlock, opened
from engine.fleet.part import linked
from engine.fleet.whole import Estate, whole
from engine.jobs.fleet.read import FleetSource, PackedRecords, ReadTask
from engine.jobs.ingest.link import link_case
from engine.jobs.ingest.request import IngestRequest
from engine.jobs.ports.ingest import Batch, IngestStore
from engine.progress import Run
from store.workspace import Workspace, open_workspace

CASE = "case"


class Log(NamedTuple):
    """A file as a reader gave it."""

    path: str
    events: Sequence[ProcessEvent]
    ends: Sequence[ProcessEnd] = ()
    facts: Sequence[HostFact] = ()


def feed(store: IngestStore, logs: Sequence[Log], piece: int = 1_000_000) -> None:
    """Store the logs, so many events at a time; logs of equal content are one."""
    for log in logs:
        content = sha256(repr((log.events, log.ends, log.facts)).encode("utf-8", "surrogatepass")).hexdigest()
        ticket = store.begin_source(CASE, log.path, content, 1, "json")
        if ticket.complete:
            continue
        for start in range(0, max(len(log.events), 1), piece):
            part = log.events[start : start + piece]
            first = start == 0
            batch = Batch(part, (), len(part), log.ends if first else (), log.facts if first else ())
            store.append(ticket, batch)
        store.finish_source(ticket)


def on_one_machine(folder: Path, logs: Sequence[Log]) -> tuple[ChainCorpus, ProcessTable]:
    workspace = open_workspace(folder)
    try:
        store = workspace.ingest
        feed(store, logs)
        link_case(CASE, store, Run())
        return of_workspace(workspace)
    finally:
        workspace.close()


def of_workspace(workspace: Workspace) -> tuple[ChainCorpus, ProcessTable]:
    corpus = workspace.chains.load_corpus([CASE])
    return corpus, workspace.chains.load_processes([CASE], corpus)


def by_parts(logs: Sequence[Log], parts: int, piece: int = 1_000_000) -> Estate:
    """Each log read for itself, its records packed and brought together by host."""
    sources: list[FleetSource] = []
    blocks: list[list[HostBlock]] = [[] for _ in range(parts)]
    for number, log in enumerate(logs):
        packing = PackedRecords(ReadTask(number, (), IngestRequest((), CASE), parts))
        feed(packing, [log], piece)
        for group, blob in packing.finish():
            blocks[group] += opened(blob)
        sources += packing.sources
    first: dict[str, FleetSource] = {}
    for source in sources:
        first.setdefault(source.sha256, source)
    ranks = {one.number: rank for rank, one in enumerate(sorted(first.values(), key=lambda one: one.sha256))}
    return whole(
        [linked(own[::-1], ranks) for own in blocks[::-1]], {one.number: one.sha256 for one in first.values() if one.kept}
    )


def assert_same(one: tuple[ChainCorpus, ProcessTable], estate: Estate) -> None:
    """Everything but the keys of the store, to the last bit and in the same types."""
    for wanted, found, keys in ((one[0], estate.corpus, {"ids"}), (one[1], estate.table, {"row", "commands"})):
        for name in {field.name for field in fields(wanted)} - keys:
            assert_equal(name, getattr(wanted, name), getattr(found, name))
    for name in ("start", "words", "shape"):
        assert_equal(f"commands.{name}", getattr(one[1].commands, name), getattr(estate.table.commands, name))


def assert_equal(name: str, wanted: Any, found: Any) -> None:
    if isinstance(wanted, np.ndarray):
        assert found.dtype == wanted.dtype, name
        assert np.array_equal(wanted, found), name
    else:
        assert wanted == found, name
