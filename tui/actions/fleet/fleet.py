"""Ranking an estate on workers, and keeping its findings as a case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.jobs.ingest.request import IngestRequest
from engine.progress import Run
from tui.words.first_queue import FirstQueue

if TYPE_CHECKING:
    from engine.jobs.fleet.engines import Engine
    from engine.jobs.fleet.run import FleetReport
    from store.workspace import Workspace

PART_BYTES = 128 << 20
"""Of what is read for each part: some 150,000 records, which a worker links within seconds and holds in some hundred MB."""
MOST_PARTS = 4_096
LEAST_PARTS = 4
"""For each worker, so that none waits long for the last."""


@dataclass(frozen=True, slots=True)
class FleetOrder:
    """What somebody wants done."""

    named: Sequence[str]
    request: IngestRequest
    """Without paths."""
    workers: int
    """Processes of this machine; what a cluster has is its own affair."""
    scheduler: str = ""
    """Address of a cluster; "" for this machine."""
    model: str | None = None
    """None: the detector that comes with oddkin."""
    findings: int | None = None
    """How many are kept at least; None: as many as is usual."""


@dataclass(frozen=True, slots=True)
class FleetDone:
    """What came of it."""

    report: FleetReport
    queue: FirstQueue | None
    """None where there was no process to rank."""


def fleet(workspace: Workspace, order: FleetOrder, part: Callable[[str], AbstractContextManager[Run]]) -> FleetDone:
    """Read, link, score, keep. part: around the work and what follows it, with what an interruption leaves behind.

    Raises Cancelled, which leaves the workspace as it was while nothing is kept yet; UsageError, ModelError, InputError.
    """
    from engine.jobs.fleet.run import FIRST, FleetRequest
    from engine.jobs.fleet.run import fleet as job
    from engine.jobs.score import load_detector
    from engine.starter.pack import seen_sources
    from store.base.own_files import own_files

    case = order.request.case
    workspace.fleet.refuse_known(case)
    model = order.model or workspace.vault.ready()
    detector = load_detector(workspace.vault, model)
    request = replace(order.request, own=own_files(workspace.folder))
    asked = FleetRequest(_absolute(order.named), request, FIRST if order.findings is None else order.findings)
    with part("Nothing was kept: the workspace is as it was.") as run:
        run.raise_if_cancelled()
        report = job(asked, lambda size: engine_of(order, size), workspace.fleet, detector, model, run)
    if report.scores is None:
        return FleetDone(report, None)
    with part("The case is kept and ranked; which incidents started one another was not found out.") as run:
        workspace.chains.relate(case, model, run)
    seen = seen_sources(workspace.vault.show(model).manifest, workspace.chains.load_digests([case]))
    ready = workspace.vault.show(model).ready
    return FleetDone(report, FirstQueue(case, model, ready, report.chains, int(report.scores.metrics["findings"]), seen))


def engine_of(order: FleetOrder, size: int) -> Engine:
    """Workers here or there, for so many bytes. Raises UsageError where Dask is not installed, or no scheduler answers."""
    from engine.jobs.fleet.on_dask import OnDask

    parts = min(max(size // PART_BYTES, order.workers * LEAST_PARTS), MOST_PARTS)
    return OnDask.at(order.scheduler, parts) if order.scheduler else OnDask.local(order.workers, parts)


def _absolute(named: Sequence[str]) -> list[str]:
    return [one if "://" in one else str(Path(one).absolute()) for one in named]
