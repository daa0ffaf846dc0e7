"""Reading evidence into a case, and ranking it: what `oddkin ingest`, the Case screen and the demo do."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TYPE_CHECKING

from engine.errors import OddkinError
from engine.jobs.ingest.request import IngestRequest
from engine.progress import Run
from tui.actions.first_queue import first_queue
from tui.words.first_queue import FirstQueue

if TYPE_CHECKING:
    from engine.jobs.ingest.report import IngestReport
    from store.workspace import Workspace


class Part(Enum):
    """Parts of the work. An interruption leaves something else behind in each."""

    READ = auto()
    """What was read is kept, and the same path goes on from there."""
    RANK = auto()
    """Everything is read; the queue is as it was."""


Parts = Callable[[Part], AbstractContextManager[Run]]
"""Around each part: what it reports to, and is stopped by. The command line draws a bar for each, the interface one for all."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """What an ingest read, and the queue that it ended with."""

    report: IngestReport
    queue: FirstQueue | None = None
    """None where nothing was ranked: not asked for, nothing new, or no process."""
    problem: OddkinError | None = None
    """Why it was not ranked, a Cancelled too: what was read is complete, and the queue is as it was."""


def ingest(workspace: Workspace, request: IngestRequest, run: Run) -> IngestReport:
    """Read files, folders and archives into a case, which is made when it is new. Cancelled keeps what was read."""
    from engine.jobs.ingest.run import ingest as job
    from store.base.own_files import own_files

    return job(replace(request, own=own_files(workspace.folder)), workspace.ingest, run)


def ingest_and_rank(workspace: Workspace, request: IngestRequest, part: Parts, *, rank: bool = True) -> Ingested:
    """The same, and the case's queue brought up to date at the end.

    Raises Cancelled while it reads. What goes wrong afterwards is told beside the report, which nobody may lose.
    """
    with part(Part.READ) as run:
        report = ingest(workspace, request, run)
    if not rank:
        return Ingested(report)
    try:
        with part(Part.RANK) as run:
            return Ingested(report, first_queue(workspace, report.case, run))
    except OddkinError as error:
        return Ingested(report, problem=error)


def one_run(run: Run) -> Parts:
    """All of it as one job."""
    return lambda _part: nullcontext(run)
