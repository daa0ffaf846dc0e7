"""The jobs of the Case screen: their names, and the one that no command has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from engine.progress import Run
from tui.actions import demo
from tui.actions.ingest import Ingested, first_queue
from tui.actions.models import score_again
from tui.runtime.messages import CaseChanged, IngestFinished, ScoresChanged

if TYPE_CHECKING:
    from textual.message import Message

    from store.workspace import Workspace

INGEST = "ingest"
SCORE = "score"


def ingest_demo(workspace: Workspace, folder: Path, run: Run) -> Ingested:
    """Simulate a few hosts with planted intrusions, ingest their logs, rank them."""
    from engine.simulator import FleetPlan

    return demo.ingest_demo(workspace, folder, FleetPlan(hosts=12, days=2, seed=7), run)


def rank(workspace: Workspace, case: str, model_id: str | None, run: Run) -> tuple[str, str]:
    """Rank what was added since by the model in use, or everything by the one that comes with oddkin. Returns whose scores are
    new.
    """
    if model_id is not None:
        return score_again(workspace, case, model_id, run)
    queue = first_queue(workspace, case, run)
    return case, queue.model_id if queue is not None else ""


def settled(workspace: Workspace, target: str, current: str | None, made: Ingested | None) -> Iterator[Message]:
    """What screens hear when an ingest is over, in this order. One that found nothing made no case."""
    if target != current and any(case.name == target for case in workspace.cases.list()):
        yield CaseChanged(target)
    yield IngestFinished(made.report if made is not None else None)
    if made is not None and made.queue is not None:
        yield ScoresChanged(made.queue.case, made.queue.model_id)
