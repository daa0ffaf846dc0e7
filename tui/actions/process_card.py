"""All that is known of one process, for a pane of details."""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import NotFound
from store.base.views import ChainRecord, LabelView, ProcessView, ScoreView
from store.workspace import Workspace

MAX_RECORDS = 20
"""Further records that are shown; a hostile log can repeat one process without end."""


@dataclass(frozen=True, slots=True)
class ProcessCard:
    """A process with its context."""

    process: ProcessView
    parent: ProcessView | None
    replaced: ProcessView | None
    """The process whose image this one replaced (execve)."""
    records: tuple[ProcessView, ...]
    """Further records of the same process, at most MAX_RECORDS."""
    children: int
    chain: ChainRecord | None
    score: ScoreView | None
    """By the model in use."""
    verdict: LabelView | None
    """That counts for the process: its own, its variant's, else what is on its chain."""


def process_card(workspace: Workspace, case: str, process_id: int) -> ProcessCard:
    """Look everything up: about ten seeks. Raises NotFound when the process is gone."""
    processes = workspace.processes
    process = processes.get(process_id)
    chain = _chain(workspace, process.chain_id)
    model = workspace.vault.in_use(case)
    return ProcessCard(
        process=process,
        parent=None if process.parent_id is None else processes.get(process.parent_id),
        replaced=None if process.exec_of is None else processes.get(process.exec_of),
        records=processes.records(process_id, MAX_RECORDS),
        children=processes.child_counts([process_id]).get(process_id, 0),
        chain=chain,
        score=None if chain is None or model is None else workspace.chains.score(chain.id, model),
        verdict=workspace.labels.of_processes(case, [process_id]).get(process_id),
    )


def _chain(workspace: Workspace, chain_id: int | None) -> ChainRecord | None:
    """None where the process has none, or it was linked anew meanwhile."""
    if chain_id is None:
        return None
    try:
        return workspace.chains.by_id(chain_id)
    except NotFound:
        return None
