"""The demo: a simulated fleet's raw logs become a case, and on the command line go the whole way to a ranked queue.

Where its planted intrusions landed is told; that is no benchmark of detection. Imports nothing heavy at module level: the
command line's help reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.jobs.ingest.request import IngestRequest
from engine.progress import Run
from tui.actions.ingest import Ingested, ingest, ingest_and_rank, one_run

if TYPE_CHECKING:
    from engine.domain.scores import ScoreSet
    from engine.jobs.demo import Landed
    from engine.jobs.ingest.report import IngestReport
    from engine.simulator import Fleet, FleetPlan
    from engine.simulator.logs.write import WrittenLogs
    from store.workspace import Workspace

CASE = "demo"


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
    scores: ScoreSet
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


def demo(workspace: Workspace, folder: Path, plan: FleetPlan, run: Run) -> Demonstration:
    """Simulate into `folder`, ingest, rank by the ready detector: what becomes of anybody's logs without a training."""
    from engine.jobs.demo import landed
    from engine.jobs.score import score

    made = simulate_case(workspace, folder, plan, run)
    scores = score(CASE, workspace.vault.ready(), workspace.chains, workspace.vault, run)
    return Demonstration(made, scores, landed(CASE, made.fleet, made.logs, scores, workspace.evidence, run))
