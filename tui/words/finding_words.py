"""What a row of the queue covers and is called: a chain, or the finding that it stands for."""

from __future__ import annotations

from store.base.views import QueueRow
from tui.words.chain_words import name_of
from tui.words.words import many, on_hosts


def covers(row: QueueRow) -> str:
    """Processes and hosts; of a finding also its chains."""
    whole = row.whole
    if whole is None:
        return on_hosts(row.count, row.host_count)
    return on_hosts(whole.processes, whole.hosts) + ("" if whole.chains == 1 else f" in {whole.chains:,} chains")


def called(row: QueueRow) -> str:
    """A short name for the line that tells of a verdict."""
    name = name_of(row.steps[-1]) if row.steps else ""
    return name if row.whole is None else f"finding {row.whole.number}, {name}"


def kind(rows: int, *, findings: bool) -> str:
    """3 findings, 1 chain."""
    return many(rows, "finding", "findings") if findings else many(rows, "chain", "chains")
