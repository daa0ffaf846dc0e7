"""Fills a workspace with made-up processes, as an ingest would: the benchmarks of screens and filters look at what it leaves."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from engine.domain.records import ProcessEvent
from engine.jobs.ports.ingest import Batch, LinkedHost
from engine.lineage import chains, link
from store.workspace import Workspace

CASE = "bench"


def fill(workspace: Workspace, events: Iterable[ProcessEvent]) -> None:
    """Through the store's own ingest and the engine's own links."""
    store = workspace.ingest
    ticket = store.begin_source(CASE, "simulated", "a" * 64, 1, "ndjson")
    rest = iter(events)
    while batch := list(islice(rest, 10_000)):
        store.append(ticket, Batch(batch, (), len(batch)))
    store.finish_source(ticket)
    for host in store.unlinked_hosts(CASE):
        columns = store.load_host(host)
        lineage = link(columns)
        store.write_lineage([LinkedHost(host, columns, lineage, chains(columns, lineage))])
    store.finish_lineage(CASE)
