"""Link the hosts of a case whose records are newer than their links."""

from __future__ import annotations

from engine.jobs.ports.ingest import IngestStore
from engine.lineage import chains, link
from engine.progress import Run, Step


def link_case(case: str, store: IngestStore, run: Run) -> int:
    """Returns how many hosts were linked. Host by host: memory is bounded by the largest, a kill costs at most one.

    On Cancelled the host in work keeps the links it had, if any, and is linked by the next ingest of the case.
    """
    store.settle_hosts(case)
    hosts = store.unlinked_hosts(case)
    for number, host_id in enumerate(hosts):
        run.raise_if_cancelled()
        events = store.load_host(host_id, run.raise_if_cancelled)
        run.report(Step("link", number, len(hosts), "hosts", events.host, {"processes": len(events.row)}))
        lineage = link(events, run.raise_if_cancelled)
        found = chains(events, lineage, run.raise_if_cancelled)
        store.write_lineage(host_id, events, lineage, found, run.raise_if_cancelled)
    # Also without hosts: a run that was killed before this line left the totals behind.
    store.finish_lineage(case)
    if hosts:
        run.report(Step("link", len(hosts), len(hosts), "hosts", last=True))
    return len(hosts)
