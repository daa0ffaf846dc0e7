"""`python -m tests.screenshots FOLDER`: pictures for the documentation, always of the same simulated case: the six screens, and
what some commands print.

Everything that would differ from run to run is fixed: the fleet's and the training's seeds, the clock, the author, the
paths. Only a model's id is another one each time: it is a hash over all of the model's files.
What a picture shows is what the application draws; nothing is drawn over.
"""

from __future__ import annotations

import asyncio
import io
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import chdir, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from engine.progress import Run
from tui.runtime.services import Services

if TYPE_CHECKING:
    from textual.app import App
    from textual.pilot import Pilot

    from engine.jobs.ports.models import ModelVault
    from store.workspace import Workspace

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
CASE = "acme-2026-01"
SIZE = (120, 36)
TRAINED_US = int((NOW - timedelta(hours=3)).timestamp() * 1_000_000)
LIMIT_S = 60.0
Look = Callable[["Pilot[Any]"], Awaitable[None]]
COLUMNS = 150
"""Cells of a line of a command's picture."""
TYPED: dict[str, tuple[str, ...]] = {
    "queue": ("rank --limit 6", "processes --where cmd:/certutil/ --limit 4"),
    "handover": (
        "export --format timesketch-jsonl --where host:web01 -o acme.timesketch.jsonl",
        "export F4 --format sigma -o F4.yml",
        "export F4 --format svg -o incident.svg",
        "report -o report.html",
    ),
    "verify": ("cases verify", "audit verify"),
}
"""Picture -> what is typed behind `oddkin` in it. What one of them draws is a picture too: incident.svg."""


def main() -> None:
    """Draw into the folder given on the command line."""
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/screenshots").absolute()
    target.mkdir(parents=True, exist_ok=True)
    # Read by Textual when it is imported, which the functions below do.
    os.environ["TEXTUAL_ANIMATIONS"] = "none"
    os.environ.pop("NO_COLOR", None)
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        with fixed_clock():
            workspace = prepare(Path(folder) / "workspace")
            for name, commands in TYPED.items():
                (target / f"{name}.svg").write_text(transcript(commands), encoding="utf-8")
            shutil.copyfile("incident.svg", target / "incident.svg")
        patterns = workspace.rules.patterns()
        workspace.folder = Path("~/cases")  # drawn, no longer opened
        with patch.object(type(workspace.rules), "patterns", lambda _: patterns):
            asyncio.run(draw(workspace, target))
        workspace.close()
    for path in sorted(target.glob("*.svg")):
        sys.stdout.write(f"{path}\n")


@contextmanager
def fixed_clock() -> Iterator[None]:
    """What the store writes down is written at TRAINED_US, and paths as they are given: the folder is a temporary one."""
    import engine.jobs.ingest.run
    import store.models.vault
    import store.verdicts.verdicts

    as_given = SimpleNamespace(path=SimpleNamespace(abspath=str))
    with (
        patch.object(store.models.vault, "now_us", lambda: TRAINED_US),
        patch.object(store.verdicts.verdicts, "now_us", lambda: TRAINED_US),
        patch.object(engine.jobs.ingest.run, "os", as_given),
    ):
        yield


class SteadyVault:
    """The vault, with the figures left out of manifests that tell of this machine's speed: ids are hashes of manifests."""

    def __init__(self, vault: ModelVault) -> None:
        self._vault = vault
        self.stage, self.discard, self.open, self.in_use = vault.stage, vault.discard, vault.open, vault.in_use

    def collect(self) -> object:
        """As the vault does."""
        return self._vault.collect()

    def publish(self, staged: Path, manifest: dict[str, Any]) -> str:
        """As told, without times."""
        metrics = {
            key: value for key, value in manifest.get("metrics", {}).items() if "seconds" not in key and "per_sec" not in key
        }
        return self._vault.publish(staged, manifest | {"metrics": metrics})


def prepare(folder: Path) -> Workspace:
    """A case that was simulated, ingested, trained, scored and labelled a little."""
    from engine.detector import DetectorParams
    from engine.jobs.ingest.request import IngestRequest
    from engine.jobs.ingest.run import ingest
    from engine.jobs.relearn import prepare as ready
    from engine.jobs.relearn import relearn
    from engine.jobs.rules import learn_rules
    from engine.jobs.score import score
    from engine.jobs.train import train
    from engine.simulator import FleetPlan, simulate
    from engine.simulator.logs.write import write_logs
    from store.workspace import open_workspace

    written = write_logs(simulate(FleetPlan(hosts=10, days=2, seed=7)), Path("evidence"), Run())
    workspace = open_workspace(folder)
    ingest(IngestRequest([written.logs], CASE), workspace.ingest, Run())
    vault = SteadyVault(workspace.vault)
    for name, steps in (("first look", 100), ("baseline", 600)):
        params = DetectorParams(seed=7, device="cpu")
        params = replace(params, network=replace(params.network, steps=steps))
        made = train([CASE], params, workspace.chains, vault, Run(), name=name)
        score(CASE, made.model_id, workspace.chains, vault, Run(), detector=made.detector)
    learn_rules([CASE], workspace.rules, Run(), check=False)
    for row, verdict in zip(
        workspace.queue.page(CASE, limit=4), ("malicious", "malicious", "benign", "false_positive"), strict=True
    ):
        workspace.labels.set(CASE, [row.key], verdict, author="ada")
    # What the application would do first; in a picture it must be done.
    relearn(CASE, workspace.teaching, ready(CASE, workspace.teaching, workspace.vault, Run()), Run())
    return workspace


async def draw(workspace: Workspace, target: Path) -> None:
    """One picture per mode, and the welcome."""
    from tui.app.app import OddkinApp
    from tui.screens.base import TITLES

    services = Services(workspace, CASE, author="ada", clock=lambda: NOW, home=Path("~"))
    app = OddkinApp(services)
    async with app.run_test(size=SIZE) as pilot:
        for mode in TITLES:
            app.open_mode(mode)
            await settled(pilot)
            if mode in SHOWN:
                await SHOWN[mode](pilot)
                await settled(pilot)
            _write(app, target / f"{mode}.svg")
        await pilot.press("v")  # the last mode is Patterns: its other view
        await settled(pilot)
        _write(app, target / "patterns-clusters.svg")


def _write(app: App[Any], path: Path) -> None:
    path.write_text(app.export_screenshot(title="oddkin", simplify=True), encoding="utf-8")


def transcript(commands: Sequence[str]) -> str:
    """SVG of what commands print, in the folder of the workspace; what does not fit into a line is cut."""
    from rich.console import Console
    from rich.text import Text
    from typer.testing import CliRunner

    from tui.command_line import app

    console = Console(record=True, width=COLUMNS, file=io.StringIO(), color_system="truecolor", force_terminal=True)
    runner = CliRunner(env={"COLUMNS": str(COLUMNS), "NO_COLOR": "1", "ODDKIN_WORKSPACE": "workspace"})
    for typed in commands:
        console.print(Text(f"$ oddkin {typed}", style="bold"))
        for line in runner.invoke(app, shlex.split(typed)).output.splitlines():
            console.print(Text(line), no_wrap=True, overflow="ellipsis")
        console.print()
    return console.export_svg(title="oddkin", unique_id="oddkin")


async def settled(pilot: Pilot[Any]) -> None:
    """Until no worker and no message is left to wait for."""
    async with asyncio.timeout(LIMIT_S):
        for _ in range(3):
            await pilot.app.workers.wait_for_complete()
            await pilot.pause()


async def _unfold_a_finding(pilot: Pilot[Any]) -> None:
    await pilot.press("n")


async def _look_at_versions(pilot: Pilot[Any]) -> None:
    from tui.screens.patterns.tables import RuleTable

    table = pilot.app.screen.query_one(RuleTable)
    table.move_to(next(place for place, rule in enumerate(table.items) if rule.kind == "version"))


SHOWN: dict[str, Look] = {"tree": _unfold_a_finding, "patterns": _look_at_versions}
"""What is pressed before a mode is drawn."""


if __name__ == "__main__":
    main()
