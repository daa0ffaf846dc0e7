"""The jobs that the Case screen starts, as functions of a Run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine.progress import Run
from tui.actions.demo import simulate_case

if TYPE_CHECKING:
    from engine.jobs.ingest.report import IngestReport
    from store.workspace import Workspace
    from tui.actions.job import Job

INGEST = "ingest"
SCORE = "score"


def ingest_job(workspace: Workspace, path: Path, case: str) -> Job:
    """Read a path into a case. Returns the IngestReport."""

    def job(run: Run) -> IngestReport:
        from engine.jobs.ingest.run import IngestRequest, ingest

        return ingest(IngestRequest([path], case), workspace.ingest, run)

    return job


def demo_job(workspace: Workspace, folder: Path) -> Job:
    """Simulate a few hosts with planted intrusions and ingest their logs. Returns the IngestReport."""

    def job(run: Run) -> IngestReport:
        from engine.simulator import FleetPlan

        return simulate_case(workspace, folder, FleetPlan(hosts=12, days=2, seed=7), run).report

    return job


def score_job(workspace: Workspace, case: str, model_id: str) -> Job:
    """Score a case anew. Returns the model's id."""

    def job(run: Run) -> tuple[str, str]:
        from engine.jobs.score import score

        score(case, model_id, workspace.chains, workspace.vault, run)
        return case, model_id

    return job
