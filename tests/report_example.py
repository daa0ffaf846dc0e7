"""`python -m tests.report_example`: writes docs/report-example.html, a report on the demo's fleet with three findings judged.

What would differ from run to run is fixed as in tests/screenshots.py: the fleet's seed, the clock, the author, the paths.
It tells of the findings that were called malicious and of two more.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import chdir
from pathlib import Path

from engine.progress import Run
from engine.simulator import FleetPlan
from store.base.targets import opened
from store.verdicts.subject import OfFinding
from store.workspace import open_workspace
from tests.screenshots import fixed_clock
from tui.actions.demo import CASE, ingest_demo
from tui.actions.handover.report.report import ReportAsked, report

PAGE = Path(__file__).resolve().parent.parent / "docs" / "report-example.html"
VERDICTS = (
    (1, "Phishing document, encoded PowerShell, dump of lsass #T1566.001"),
    (2, "Web shell on the intranet server: tool fetched, account made #T1505.003"),
    (4, "Web shell, reverse shell, miner under the name of a kernel thread #T1496"),
)
"""Findings that are malicious, and why."""
OTHERS = 2


def write(target: Path) -> None:
    """Simulate, ingest, rank by the ready detector, judge, write."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder), fixed_clock():
        workspace = open_workspace(Path("workspace"))
        ingest_demo(workspace, Path("demo"), FleetPlan(hosts=12, days=3, seed=7), Run())
        for number, note in VERDICTS:
            workspace.labels.give(CASE, OfFinding(number), "malicious", note=note, author="ada")
        with opened(target) as stream:
            report(workspace, CASE, ReportAsked(limit=OTHERS), stream)
        workspace.close()


if __name__ == "__main__":
    write(PAGE if len(sys.argv) < 2 else Path(sys.argv[1]).absolute())
