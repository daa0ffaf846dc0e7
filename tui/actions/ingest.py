"""Reading evidence into a case, comparing it with lists of hashes, ranking it: what `oddkin ingest`, the Case screen and the
demo do.

A queue is brought up to date by the model in use, and by the detector that comes with oddkin where nothing was trained.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import ModelCorrupt, OddkinError, UsageError
from engine.jobs.ingest.request import IngestRequest
from engine.progress import Run, Step
from tui.words.first_queue import FirstQueue
from tui.words.words import paste

if TYPE_CHECKING:
    from engine.jobs.compare import GivenList, ListCompared
    from engine.jobs.ingest.report import IngestReport
    from store.chains.hash_lists import HashListView
    from store.workspace import Workspace

STAGE = "rank"


class IngestPart(Enum):
    """Parts of the work. An interruption leaves something else behind in each."""

    READ = auto()
    """What was read is kept, and the same path goes on from there."""
    COMPARE = auto()
    """Everything is read; the lists of hashes that were read to their end are kept, and the queue is as it was."""
    RANK = auto()
    """Everything is read; the queue is as it was."""


Parts = Callable[[IngestPart], AbstractContextManager[Run]]
"""Around each part: what it reports to, and is stopped by. The command line draws a bar for each, the interface one for all."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """What an ingest read, and the queue that it ended with."""

    report: IngestReport
    compared: Sequence[ListCompared] = ()
    """What came of each list of hashes that was given."""
    queue: FirstQueue | None = None
    """None where nothing was ranked: not asked for, nothing new, or no process."""
    problem: OddkinError | None = None
    """Why it was not ranked, a Cancelled too: what was read is complete, and the queue is as it was."""


def ingest(workspace: Workspace, request: IngestRequest, run: Run) -> IngestReport:
    """Read files, folders and archives into a case, which is made when it is new. Cancelled keeps what was read."""
    from engine.jobs.ingest.run import ingest as job
    from store.base.own_files import own_files

    return job(replace(request, own=own_files(workspace.folder)), workspace.ingest, run)


def ingest_and_rank(
    workspace: Workspace, request: IngestRequest, part: Parts, *, rank: bool = True, lists: Sequence[GivenList] = ()
) -> Ingested:
    """The same; the case compared with lists of hashes, and its queue brought up to date at the end.

    Raises Cancelled while it reads. What goes wrong afterwards is told beside the report, which nobody may lose.
    """
    with part(IngestPart.READ) as run:
        report = ingest(workspace, request, run)
    compared: Sequence[ListCompared] = ()
    try:
        if lists and report.case in workspace.cases.names():
            with part(IngestPart.COMPARE) as run:
                compared = compare(workspace, report.case, lists, run)
        if not rank:
            return Ingested(report, compared)
        with part(IngestPart.RANK) as run:
            return Ingested(report, compared, first_queue(workspace, report.case, run))
    except OddkinError as error:
        return Ingested(report, compared, problem=error)


def one_run(run: Run) -> Parts:
    """All of it as one job."""
    return lambda _part: nullcontext(run)


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
    from store.queue.marks import since

    if not any(one.name == case and one.chains for one in workspace.cases.list()):
        return None
    used = workspace.vault.in_use(case)
    ready = used is None or workspace.vault.show(used).ready
    run.report(Step(STAGE, 0, None, detail="the ready detector" if ready else str(used)))
    model = _ready(workspace, case) if ready else str(used)
    run.raise_if_cancelled()
    if model == used and not since(workspace, case, model):
        return None

    from engine.jobs.score import score  # with torch, for whom there is something to rank

    scores = score(case, model, workspace.chains, workspace.vault, run)
    seen = seen_sources(workspace.vault.show(model).manifest, workspace.chains.load_digests([case]))
    return FirstQueue(case, model, ready, len(scores.ids), int(scores.metrics["findings"]), seen)


def _ready(workspace: Workspace, case: str) -> str:
    """The ready detector's id. Raises ModelCorrupt, whose remedy names the case: the next training may be of another one."""
    try:
        return workspace.vault.ready()
    except ModelCorrupt as error:
        raise ModelCorrupt(error.message, remedy=f"{error.remedy} --case {paste(case)}" if error.remedy else "") from error


def hash_lists_of(good: Sequence[Path], bad: Sequence[Path]) -> list[GivenList]:
    """Lists as they are given, absolute: a case outlives the folder that the user stands in. Raises UsageError for what is not
    there and for one that is said to be both.
    """
    from engine.domain.processes import Repute
    from engine.jobs.compare import GivenList

    found = [
        GivenList(Path(os.path.abspath(path)), kind)  # noqa: PTH100 - Path.absolute keeps ".."
        for kind, paths in ((Repute.GOOD, good), (Repute.BAD, bad))
        for path in dict.fromkeys(paths)
    ]
    if missing := [str(one.path) for one in found if not os.path.lexists(one.path)]:
        raise UsageError(f"There is no {', '.join(missing)}.", remedy="Name a file with a list of hashes.")
    if twice := {one.path for one in found if one.kind is Repute.GOOD} & {one.path for one in found if one.kind is Repute.BAD}:
        raise UsageError(f"{min(twice)} cannot be known good and known bad.")
    return found


def compare(workspace: Workspace, case: str, lists: Sequence[GivenList], run: Run) -> list[ListCompared]:
    """Compare, and keep what the lists say. Raises NotFound; Cancelled, which keeps those that were read."""
    from engine.jobs.compare import compare as job

    workspace.check_writable()
    return job(case, lists, workspace.hash_lists, run)


def lists_behind(workspace: Workspace, case: str) -> list[HashListView]:
    """Lists that were given before further programs came. Raises NotFound."""
    return [one for one in workspace.hash_lists.lists(case) if one.later]
