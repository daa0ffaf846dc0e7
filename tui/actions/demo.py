"""The demo: a simulated fleet's raw logs become a case, and on the command line go the whole way to a ranked queue.

Where its planted intrusions landed is told; that is no benchmark of detection. Imports nothing heavy at module level: the
command line's help reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.jobs.ingest.request import IngestRequest
from engine.progress import Run
from tui.actions.ingest import Ingested, ingest, ingest_and_rank, one_run

if TYPE_CHECKING:
    from engine.detector import DetectorParams
    from engine.jobs.demo import Landed
    from engine.jobs.ingest.report import IngestReport
    from engine.simulator import Fleet, FleetPlan
    from engine.simulator.logs.write import WrittenLogs
    from store.workspace import Workspace
    from tui.actions.train_and_score import TrainedAndScored

CASE = "demo"
STEPS = 1200
"""Batches of training: enough for a fleet this small, and the whole demo stays under 90 s on two cores."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """A fleet whose logs were ingested."""

    fleet: Fleet
    logs: WrittenLogs
    report: IngestReport


@dataclass(frozen=True, slots=True)
class Demonstration:
    """Everything that the demo has to tell."""

    simulated: Simulated
    trained: TrainedAndScored
    intrusions: Sequence[Landed]


def simulate_case(workspace: Workspace, folder: Path, plan: FleetPlan, run: Run) -> Simulated:
    """Simulate hosts with planted intrusions, write their raw logs into `folder`, ingest them as the case `demo`."""
    from engine.simulator import simulate
    from engine.simulator.logs.write import write_logs

    fleet = simulate(plan)
    logs = write_logs(fleet, folder, run)
    return Simulated(fleet, logs, ingest(workspace, IngestRequest([logs.logs], CASE), run))


def ingest_demo(workspace: Workspace, folder: Path, plan: FleetPlan, run: Run) -> Ingested:
    """The same without a training: the case `demo` with a queue, as an ingest of anybody's logs ends."""
    from engine.simulator import simulate
    from engine.simulator.logs.write import write_logs

    logs = write_logs(simulate(plan), folder, run)
    return ingest_and_rank(workspace, IngestRequest([logs.logs], CASE), one_run(run))


def demo(workspace: Workspace, folder: Path, plan: FleetPlan, params: DetectorParams, run: Run) -> Demonstration:
    """Simulate into `folder`, ingest, train, rank."""
    from engine.jobs.demo import landed
    from tui.actions.train_and_score import TrainingOrder, one_bar, train_and_score

    made = simulate_case(workspace, folder, plan, run)
    params = replace(params, network=replace(params.network, steps=STEPS))
    order = TrainingOrder((CASE,), params, name="demo", starter=False)
    trained = train_and_score(workspace, order, one_bar(run), use=True)
    return Demonstration(made, trained, landed(CASE, made.fleet, made.logs, trained.scores, workspace.evidence, run))
