"""A case's queue brought up to date: by the model in use, and by the detector that comes with oddkin where nothing was trained.

What `oddkin ingest` and the Case screen's ingest end with, and what `oddkin rank` does for a case that has no queue yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.progress import Run, Step
from tui.words.first_queue import FirstQueue

if TYPE_CHECKING:
    from store.workspace import Workspace

STAGE = "rank"


def ready_in_use(workspace: Workspace, case: str) -> bool:
    """Whether a case is ranked by the detector that comes with oddkin. Raises NotFound."""
    used = workspace.vault.in_use(case)
    return used is not None and workspace.vault.show(used).ready


def first_queue(workspace: Workspace, case: str, run: Run) -> FirstQueue | None:
    """Score all chains of a case by the model in use, or by the ready one; None where the queue has seen everything already, or
    there is nothing to rank.

    Raises Cancelled, which leaves the queue as it was; ModelError, StoreError.
    """
    from engine.starter.pack import seen_sources
    from store.queue.marks import linked_since, unscored

    if not any(one.name == case and one.chains for one in workspace.cases.list()):
        return None
    used = workspace.vault.in_use(case)
    ready = used is None or workspace.vault.show(used).ready
    run.report(Step(STAGE, 0, None, detail="the ready detector" if ready else str(used)))
    model = workspace.vault.ready() if ready else str(used)
    run.raise_if_cancelled()
    if model == used and not unscored(workspace, case, model) and not linked_since(workspace, case, model):
        return None

    from engine.jobs.score import score  # with torch, for whom there is something to rank

    scores = score(case, model, workspace.chains, workspace.vault, run)
    seen = seen_sources(workspace.vault.show(model).manifest, workspace.chains.load_digests([case]))
    return FirstQueue(case, model, ready, len(scores.ids), int(scores.metrics["findings"]), seen)
