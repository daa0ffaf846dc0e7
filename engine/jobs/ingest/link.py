"""Link the hosts of a case whose records are newer than their links."""

from __future__ import annotations

from engine.jobs.ports.ingest import IngestStore
from engine.progress import CancelToken, Listener, Step


def link_case(case: str, store: IngestStore, listener: Listener, token: CancelToken) -> int:
    """Returns how many hosts were linked. Host by host: memory is bounded by the largest, a kill costs at most one.

    On Cancelled the host in work keeps the links it had, if any, and is linked by the next ingest of the case.
    """
    from engine.lineage import chains, link

    store.settle_hosts(case)
    hosts = store.unlinked_hosts(case)
    for number, host_id in enumerate(hosts):
        token.raise_if_cancelled()
        events = store.load_host(host_id, token.raise_if_cancelled)
        listener(Step("link", number, len(hosts), "hosts", events.host, {"processes": len(events.row)}))
        lineage = link(events, token.raise_if_cancelled)
        found = chains(events, lineage, token.raise_if_cancelled)
        store.write_lineage(host_id, events, lineage, found, token.raise_if_cancelled)
    # Also without hosts: a run that was killed before this line left the totals behind.
    store.finish_lineage(case)
    if hosts:
        listener(Step("link", len(hosts), len(hosts), "hosts", last=True))
    return len(hosts)
