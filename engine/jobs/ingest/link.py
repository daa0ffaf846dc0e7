"""Link the hosts of a case whose records are newer than their links."""

from __future__ import annotations

from engine.jobs.ports.ingest import IngestStore, LinkedHost
from engine.lineage import chains, link
from engine.progress import Run, Step

TOGETHER = 30_000
"""Records, rounded up to whole hosts, whose links are written in one transaction: less than a second of work. Chains are found by
their content, so that those of one host lie on nearly every page of the indexes, and each transaction writes these pages again:
of 630,000 chains on 150 hosts 4.6 GB one by one, 1.3 GB by eight hosts.
"""
MOST_HOSTS = 50
"""Hosts of one transaction: each costs some milliseconds however few records it has, and a hostile log may name millions."""


def link_case(case: str, store: IngestStore, run: Run) -> int:
    """Returns how many hosts were linked. Host by host: memory is bounded by the largest, a kill costs some small ones at most.

    On Cancelled the hosts in work keep the links they had, if any, and are linked by the next ingest of the case.
    """
    store.settle_hosts(case)
    hosts = store.unlinked_hosts(case)
    waiting: list[LinkedHost] = []
    for number, host_id in enumerate(hosts):
        run.raise_if_cancelled()
        events = store.load_host(host_id, run.raise_if_cancelled)
        run.report(Step("link", number, len(hosts), "hosts", events.host, {"processes": len(events.row)}))
        lineage = link(events, run.raise_if_cancelled)
        waiting.append(LinkedHost(host_id, events, lineage, chains(events, lineage, run.raise_if_cancelled)))
        if len(waiting) >= MOST_HOSTS or sum(len(one.events.row) for one in waiting) >= TOGETHER:
            store.write_lineage(waiting, run.raise_if_cancelled)
            waiting = []
    if waiting:
        store.write_lineage(waiting, run.raise_if_cancelled)
    # Also without hosts: a run that was killed before this line left the totals behind.
    store.finish_lineage(case)
    if hosts:
        run.report(Step("link", len(hosts), len(hosts), "hosts", last=True))
    return len(hosts)
