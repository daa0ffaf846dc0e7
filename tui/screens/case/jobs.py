"""The jobs of the Case screen: their names, and the one that no command has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.progress import Run
from tui.actions import demo
from tui.actions.ingest import Ingested, compare, first_queue, hash_lists_of
from tui.actions.models import score_again
from tui.runtime.messages import CaseChanged, IngestFinished, ScoresChanged
from tui.words.triage.hash_lists import compared_words

if TYPE_CHECKING:
    from textual.message import Message

    from store.workspace import Workspace

INGEST = "ingest"
HASHES = "compare hashes"
LISTS_KEPT = "a list that was read to its end is kept; the queue is as it was"
"""What a stopped comparison leaves."""
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


@dataclass(frozen=True, slots=True)
class HashesCompared:
    """A case was compared with a list of hashes, and ranked with what that says."""

    case: str
    said: str
    bad: bool
    """Something of the list could not be read."""
    model_id: str
    """Whose scores are new; "" where nothing was ranked."""


def compare_hashes(workspace: Workspace, case: str, path: Path, run: Run, *, bad: bool) -> HashesCompared:
    """Compare a case with a list, known bad or known good, and rank it. Raises UsageError for a path that is gone; Cancelled."""
    done = compare(workspace, case, hash_lists_of(() if bad else (path,), (path,) if bad else ()), run)
    queue = first_queue(workspace, case, run)
    unread = any(one.read is None or one.read.problems for one in done)
    return HashesCompared(case, compared_words(done), unread, "" if queue is None else queue.model_id)


def settled(workspace: Workspace, target: str, current: str | None, made: Ingested | None) -> Iterator[Message]:
    """What screens hear when an ingest is over, in this order. One that found nothing made no case."""
    if target != current and any(case.name == target for case in workspace.cases.list()):
        yield CaseChanged(target)
    yield IngestFinished(made.report if made is not None else None)
    if made is not None and made.queue is not None:
        yield ScoresChanged(made.queue.case, made.queue.model_id)
