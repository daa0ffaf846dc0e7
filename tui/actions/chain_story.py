"""Everything that triage shows of one chain beyond its line in the queue; read in a worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.domain.records import MAX_STEPS
from engine.errors import NotFound
from engine.untrusted import visible
from tui.words.words import base

if TYPE_CHECKING:
    from store.base.views import ChainHostView, LabelView, LearntPlace, ProcessView, QueueRow, ScoreView
    from store.queue.nearest import NearestView
    from store.workspace import Workspace

OCCURRENCES = 50
"""Processes that are listed; the tree shows the others."""


@dataclass(frozen=True, slots=True)
class Story:
    """One chain's evidence."""

    key: str
    score: ScoreView | None
    label: LabelView | None
    hosts: tuple[ChainHostView, ...]
    processes: tuple[ProcessView, ...]
    """Some of the processes that end here."""
    nearest: NearestView | None
    sample: int = 0
    """Which of them `line` belongs to."""
    line: tuple[ProcessView | None, ...] = ()
    """The process behind each step of the chain, where one is recorded."""
    cause: str = ""
    """The labelled chain that moved this one, by name and rank, with whose verdict it is."""
    moved_by: int = 0
    """Rank of that chain; what the row says may be newer, when verdicts were learnt from meanwhile."""


def load(workspace: Workspace, case: str, row: QueueRow, model: str) -> Story:
    """Raises NotFound when the chain is gone (linked anew meanwhile)."""
    from store.queue.nearest import nearest

    processes = workspace.processes.of_chain(row.chain_id, limit=OCCURRENCES)
    return Story(
        key=row.key,
        score=workspace.chains.score(row.chain_id, model),
        label=workspace.labels.of_chain(case, row.key),
        hosts=workspace.chains.hosts(row.chain_id),
        processes=processes,
        nearest=nearest(workspace, case, row.key, model),
        line=line_of(workspace, row.steps, processes[0]) if processes else (),
        cause=cause_of(workspace, case, row.learnt, model),
        moved_by=moved_by(row),
    )


def moved_by(row: QueueRow) -> int:
    """Rank of the labelled chain that moved a row, 0 for none."""
    return row.learnt.cause if row.learnt is not None else 0


def cause_of(workspace: Workspace, case: str, place: LearntPlace | None, model: str | None = None) -> str:
    """cmd.exe (#12) by ada; "" where no chain of this case is behind it."""
    if place is None or not place.cause:
        return ""
    found = workspace.queue.page(case, after=place.cause - 1, limit=1, model=model)
    if not found or found[0].rank != place.cause:
        return ""
    label = workspace.labels.of_chain(case, found[0].key)
    by = f" by {visible(label.author)}" if label is not None and label.author else ""
    return f"{visible(base(found[0].steps[-1]))} (#{place.cause:,}{by})"


def line_of(workspace: Workspace, steps: Sequence[str], process: ProcessView) -> tuple[ProcessView | None, ...]:
    """The processes behind the steps of a chain that ends in `process`. A chain leaves out what has no known image."""
    try:
        line = list(workspace.processes.ancestors(process.id, MAX_STEPS * 2))
    except NotFound:
        return ()
    found: list[ProcessView | None] = []
    for step in reversed(steps):
        while line and line[-1].path != step:
            line.pop()
        found.append(line.pop() if line else None)
    return tuple(reversed(found))
