"""How triage looks: fixed data, one picture per size."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from textual.pilot import Pilot

import store.verdicts.verdicts
from engine.jobs.relearn import prepare, relearn
from engine.progress import Run
from store.workspace import Workspace, open_workspace
from tests.store import samples
from tests.tui.conftest import NOW
from tests.tui.waiting import wait_for
from tui.app.app import OddkinApp
from tui.runtime.services import Services
from tui.screens.triage.incident.tree import IncidentTree
from tui.screens.triage.screen import TriageScreen

MODEL = "detector-20260115-0badcafe"
ROOT = ("wininit", "services", "svchost")
CHAINS = (
    ((*ROOT, "taskhostw"), 12), ((*ROOT, "wmiprvse"), 7), ((*ROOT, "wmiprvse", "powershell"), 1),
    ((*ROOT, "wmiprvse", "powershell", "rundll32", "cmd", "whoami"), 1), (("explorer", "winword", "mshta"), 1),
    (("explorer", "winword"), 9), (("explorer", "[red]chrome[/red]\x1b[31m"), 4), (("explorer", "msedge", "msedge"), 6),
)  # fmt: skip


def filled(folder: Path) -> Workspace:
    workspace = open_workspace(folder)
    number, events = 0, []
    for names, count in CHAINS:
        for turn in range(count):
            parent = None
            for name in names:
                number += 1
                line = f'"C:\\Windows\\{name}.exe" -k netsvcs -p --number {number % 7}'
                host = f"WS-{turn % 3:02}"
                image = f"C:\\Windows\\System32\\{name}.exe"
                events.append(samples.event(number, parent, host=host, image=image, command_line=line, integrity="High"))
                parent = number
    samples.fill(workspace, events)
    with workspace.write() as connection:
        connection.exec_driver_sql("INSERT INTO model VALUES (?, 'detector', 0, '{}', '', 0)", (MODEL,))
        connection.commit()
    samples.score(workspace, flagged=3, model=MODEL, grouped=True)
    keys = [row.key for row in workspace.queue.page("case", limit=9)]
    with patch.object(store.verdicts.verdicts, "now_us", lambda: int(NOW.timestamp() * 1_000_000)):
        workspace.labels.set("case", keys[1:2], "malicious", author="ada")
        workspace.labels.set("case", keys[3:4], "benign", author="ada")
        workspace.labels.set("case", keys[4:5], "false_positive", author="ada")
    teach(workspace)
    return workspace


class NoVault:
    """The model above has no folder, so nobody may ask for its rules."""

    def in_use(self, case: str, kind: str = "detector") -> None:
        """None."""


def teach(workspace: Workspace) -> None:
    """What the application would do first, were there a folder."""
    ready = prepare("case", workspace.teaching, NoVault(), Run())  # type: ignore[arg-type]
    relearn("case", workspace.teaching, ready, Run())


@pytest.fixture
def app(tmp_path: Path) -> Iterator[OddkinApp]:
    workspace = filled(tmp_path / "workspace")
    yield OddkinApp(Services(workspace, "case", author="ada", clock=lambda: NOW, device="CPU"), start_mode="triage")
    workspace.close()


async def rested(pilot: Pilot[Any]) -> None:
    """The incident of the first finding was read with its evidence, what a verdict covers counted, and the header."""
    app = pilot.app
    assert isinstance(app, OddkinApp)
    await wait_for(lambda: "triage" in app.mode_screens and bool(app.screen.query(IncidentTree)), "the screen is there", pilot)
    screen, incident = app.screen, app.screen.query_one(IncidentTree)
    assert isinstance(screen, TriageScreen)
    await wait_for(lambda: incident.shown is not None and app.services.summary is not None, "all is read", pilot)
    await wait_for(lambda: screen.state.known is not None, "it is counted", pilot)
    await pilot.pause()


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_triage(app: OddkinApp, snap_compare: Any, size: tuple[int, int]) -> None:
    assert snap_compare(app, terminal_size=size, run_before=rested)
