"""The jobs of the Case screen: their names, and the one that no command has."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine.progress import Run
from tui.actions.demo import simulate_case

if TYPE_CHECKING:
    from engine.jobs.ingest.report import IngestReport
    from store.workspace import Workspace

INGEST = "ingest"
SCORE = "score"


def ingest_demo(workspace: Workspace, folder: Path, run: Run) -> IngestReport:
    """Simulate a few hosts with planted intrusions and ingest their logs."""
    from engine.simulator import FleetPlan

    return simulate_case(workspace, folder, FleetPlan(hosts=12, days=2, seed=7), run).report
