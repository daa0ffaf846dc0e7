"""A scored case without training, and the command line over it: in this process, or in one of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from engine.domain.records import Reject
from store.workspace import open_workspace
from tests.store.samples import event, fill, score
from tui.command_line import app

START = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from tui.cli import main
main()
"""
"""As the console script, also where the tests themselves run with Ctrl-C ignored (a background job of a shell)."""
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Home:
    """A folder with a workspace, and the log that its case was made of."""

    folder: Path
    model: str

    @property
    def workspace(self) -> Path:
        return self.folder / "w"

    @property
    def evidence(self) -> Path:
        return self.folder / "evidence.json"

    def run(self, *arguments: str, **more: Any) -> Result:
        return CliRunner().invoke(app, ["-w", str(self.workspace), *arguments], catch_exceptions=False, **more)

    def spawn(
        self, *arguments: str, environment: dict[str, str] | None = None, start: str = "", **streams: Any
    ) -> subprocess.Popen[bytes]:
        """`start` is run first, in the new process: without preexec_fn, which may hang where there are threads."""
        plain = {name: text for name, text in os.environ.items() if name not in {"NO_COLOR", "TERM"}}
        env = plain | {"PYTHONPATH": str(ROOT), "TERM": "xterm-256color"} | (environment or {})
        command = [sys.executable, "-P", "-c", start + START, "-w", str(self.workspace), *arguments]
        return subprocess.Popen(command, env=env, **({"stderr": subprocess.PIPE} | streams))


@pytest.fixture(scope="session")
def _prepared(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("prepared")
    (folder / "evidence.json").write_text("evidence")
    workspace = open_workspace(folder / "w")
    events = [event(1), *[event(number, 1) for number in range(10, 80)], event(90, 12, image="C:\\a\\deep.exe")]
    rejects = [Reject(position=number, code="bad-json", reason="x", sample=b"y") for number in range(300)]
    fill(workspace, events, path=str(folder / "evidence.json"), rejects=rejects)
    model = score(workspace)
    workspace.close()
    return Home(folder, model)


@pytest.fixture
def home(_prepared: Home, tmp_path: Path) -> Home:
    """A copy for each test; its evidence is where the case says."""
    shutil.copytree(_prepared.workspace, tmp_path / "w")
    return Home(tmp_path, _prepared.model)


@pytest.fixture
def second_case(home: Home) -> Callable[[str], None]:
    """Adds a case of this name."""

    def add(name: str) -> None:
        workspace = open_workspace(home.workspace)
        fill(workspace, [event(1)], case=name, path=str(home.evidence), sha256="b" * 64)
        workspace.close()

    return add
