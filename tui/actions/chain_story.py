"""Everything that `oddkin show` and Triage show of one chain beyond its line in the queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.domain.records import MAX_STEPS
from engine.errors import NotFound
from engine.untrusted import visible
from store.base.views import (
    ChainHostView,
    ChainRecord,
    FindingView,
    LabelView,
    LearntPlace,
    ProcessView,
    QueueRow,
    ScoreView,
    VariantView,
)  # fmt: skip
from store.workspace import Workspace
from tui.words.words import base

if TYPE_CHECKING:
    from engine.classifier.published.answers import Answer
    from store.queue.nearest import NearestView

VARIANTS = 10
OCCURRENCES = 50
"""Processes that are listed unless somebody says how many; the tree shows the others."""


@dataclass(frozen=True, slots=True)
class Story:
    """One chain's evidence."""

    chain: ChainRecord
    score: ScoreView | None
    labels: tuple[LabelView, ...]
    """Every verdict that covers the chain or it on some host."""
    hosts: tuple[ChainHostView, ...]
    processes: tuple[ProcessView, ...]
    """Some of the processes that end here."""
    finding: FindingView | None
    """What the chain belongs to, whatever the threshold."""
    nearest: NearestView | None
    learnt: LearntPlace | None
    """Where labels put the chain."""
    cause: str
    """The labelled chain that moved this one, by name and rank, with whose verdict it is."""
    label: LabelView | None
    """The verdict that counts."""
    stale: bool = False
    """Verdicts have changed since `learnt` was."""
    sample: int = 0
    """Which of the processes `line` belongs to."""
    line: tuple[ProcessView | None, ...] = ()
    """The process behind each step of the chain, where one is recorded."""
    variants: tuple[VariantView, ...] = ()
    """Its oddest ones, at most VARIANTS."""
    published: Answer | None = None
    """What the shipped sequence model says; it moves nothing. None where it knows none of the names, and in Triage."""

    @property
    def key(self) -> str:
        """Of the chain."""
        return self.chain.key

    @property
    def moved_by(self) -> int:
        """Rank of the labelled chain that moved this one, 0 for none; the row may be newer, when verdicts were learnt from."""
        return self.learnt.cause if self.learnt is not None else 0


def load(workspace: Workspace, case: str, row: QueueRow, model: str) -> Story:
    """Of a row of the queue. Raises NotFound when the chain is gone (linked anew meanwhile)."""
    chain = workspace.chains.by_id(row.chain_id)
    return _story(workspace, case, chain, workspace.chains.score(row.chain_id, model), row.learnt, model, OCCURRENCES)


def of_chain(workspace: Workspace, case: str, chain: ChainRecord, occurrences: int) -> Story:
    """Of a chain by its newest scores; where labels put it only when the model in use gave them."""
    score = workspace.chains.score(chain.id)
    index = None
    if score is not None and score.model_id == workspace.vault.in_use(case):
        index = workspace.learnt.index(case)
    if score is None or index is None:
        return _story(workspace, case, chain, score, None, None, occurrences)
    stale = workspace.learnt.standing(case).stale
    return _story(workspace, case, chain, score, index.at(score.rank), None, occurrences, stale=stale)


def _story(
    workspace: Workspace, case: str, chain: ChainRecord, score: ScoreView | None, learnt: LearntPlace | None, model: str | None,
    occurrences: int, *, stale: bool = False,
) -> Story:  # fmt: skip
    """`model`: whose queue `learnt` tells of; None for the one in use."""
    from store.queue.nearest import nearest

    processes = workspace.processes.of_chain(chain.id, limit=occurrences)
    by = score.model_id if score is not None else model
    return Story(
        chain=chain,
        score=score,
        labels=workspace.labels.all_of_chain(case, chain.key),
        hosts=workspace.chains.hosts(chain.id),
        processes=processes,
        finding=workspace.findings.of_chain(chain.id, by) if score is not None and by is not None else None,
        nearest=nearest(workspace, case, chain.key, by),
        learnt=learnt,
        cause=cause_of(workspace, case, learnt, model),
        label=workspace.labels.of_chain(case, chain.key),
        stale=stale,
        line=line_of(workspace, chain.steps, processes[0]) if processes else (),
        variants=() if by is None or score is None else workspace.findings.variants(case, chain.id, limit=VARIANTS, model=by),
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
