"""Link the hosts of a case whose records are newer than their links."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.errors import InputError
from engine.jobs.ingest import link_answers
from engine.jobs.ports.ingest import IngestStore, LinkedHost
from engine.progress import Run, Step
from engine.readers.crew.crew import Crew

TOGETHER = 30_000
"""Records, rounded up to whole hosts, whose links are written in one transaction: less than a second of work. Chains are found by
their content, so that those of one host lie on nearly every page of the indexes, and each transaction writes these pages again:
of 630,000 chains on 150 hosts 4.6 GB one by one, 1.3 GB by eight hosts.
"""
MOST_HOSTS = 50
"""Hosts of one transaction: each costs some milliseconds however few records it has, and a hostile log may name millions."""


def link_case(case: str, store: IngestStore, run: Run, crew: Crew | None = None) -> int:
    """Returns how many hosts were linked. Host by host: memory is bounded by the largest, a kill costs some small ones at most.
    Where the processes of `crew` run, they read and link, and this one writes.

    On Cancelled the hosts in work keep the links they had, if any, and are linked by the next ingest of the case.
    """
    store.settle_hosts(case)
    hosts = store.unlinked_hosts(case)
    waiting: list[LinkedHost] = []
    for number, host in enumerate(_linked(hosts, store, run, crew)):
        run.report(Step("link", number, len(hosts), "hosts", host.events.host, {"processes": len(host.events.row)}))
        waiting.append(host)
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


def _linked(hosts: Sequence[int], store: IngestStore, run: Run, crew: Crew | None) -> Iterator[LinkedHost]:
    """The hosts in their order."""
    done = 0
    elsewhere = store.elsewhere() if crew is not None and crew.ready else None
    if crew is not None and elsewhere is not None:
        try:
            for block in crew.ask(link_answers.__name__, link_answers.settings(elsewhere), hosts):
                found = link_answers.unpack(block.answer, block.number) if block.answer else None
                yield found or link_answers.linked(store, block.number, run.raise_if_cancelled)
                done += 1
        except InputError:
            pass  # a process was lost, and with it nothing but its work
    for host_id in hosts[done:]:
        run.raise_if_cancelled()
        yield link_answers.linked(store, host_id, run.raise_if_cancelled)
