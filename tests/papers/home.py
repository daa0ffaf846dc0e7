"""A folder in which commands run as a reader's would, one after the other, each once."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from unittest.mock import patch

from typer.testing import CliRunner

from tests.papers.statement import MODEL, Command
from tui.command_line import app

ROOT = Path(__file__).resolve().parents[2]
WIDTH = "150"

PREPARE = (
    Command("oddkin demo --seed 1 --logs demo", more="--hosts 2 --days 1"),
    Command("oddkin -w made ingest demo/logs --case demo"),
    Command("oddkin -w real ingest recordings --case recordings"),
    Command("oddkin -w real ingest recordings/linux_auditd --case web"),
)
"""What all other commands need. `recordings` is the folder of labelled recordings; in a small home the demo's Linux host."""


@dataclass(frozen=True, slots=True)
class Output:
    """What came of a command. `seconds`: of CPU, its own and its children's."""

    code: int
    stdout: str
    stderr: str
    seconds: float = 0.0

    @property
    def text(self) -> str:
        """All that a terminal would show."""
        return self.stderr + "\n" + self.stdout

    @property
    def last(self) -> str:
        """The last line of stdout: what a script takes on."""
        return (self.stdout.strip().splitlines() or [""])[-1]


Runner = Callable[[Sequence[str], Path], Output]


class Failed(RuntimeError):
    """A command ended as it should not."""


def as_typed(words: Sequence[str], folder: Path) -> Output:
    """In a process of its own."""
    program = {"oddkin": [sys.executable, "-P", "-m", "tui.cli"], "python": [sys.executable]}[words[0]]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": WIDTH, "NO_COLOR": "1", "ODDKIN_WORKSPACE": "real"}
    before = os.times()
    done = subprocess.run([*program, *words[1:]], cwd=folder, env=env, capture_output=True, text=True, check=False)
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return Output(done.returncode, done.stdout, done.stderr, spent)


def in_this_process(words: Sequence[str], folder: Path) -> Output:
    """The same without starting Python and loading the libraries anew, for small forms."""
    env = {"COLUMNS": WIDTH, "NO_COLOR": "1", "ODDKIN_WORKSPACE": "real"}
    with contextlib.chdir(folder), patch.dict(os.environ, env):
        if words[0] == "oddkin":
            done = CliRunner().invoke(app, list(words[1:]), catch_exceptions=False)
            return Output(done.exit_code, done.stdout, done.stderr)
        module, arguments = words[2], words[3:]
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), patch.object(sys, "argv", [module, *arguments]):
            spec = find_spec(module)
            assert spec is not None
            # Not by runpy, which warns of modules that another test has imported.
            program = import_module(f"{module}.__main__" if spec.submodule_search_locations else module)
            code = program.main()
        return Output(code or 0, out.getvalue(), "")


@dataclass(slots=True)
class Home:
    """The folder, and what was run in it. In a `small` one commands run in their small forms."""

    folder: Path
    run: Runner
    small: bool
    outputs: dict[str, Output] = field(default_factory=dict)

    def prepare(self, recordings: Path | None = None) -> None:
        """Run PREPARE, but for what an earlier run left in the folder; of a full home without recordings, what needs none."""
        made = ("demo", "made", "real", "real/web")
        for name, command in zip(made, PREPARE, strict=True):
            if name == "real" and not self._recordings(recordings):
                return
            kept = self.folder / ".prepared" / name.replace("/", "-")
            if kept.exists():
                continue
            self.output(command)
            kept.parent.mkdir(exist_ok=True)
            kept.touch()

    def output(self, command: Command) -> Output:
        """Of a command; run once. Raises Failed."""
        before = self.output(command.after) if command.after else None
        words = [before.last if before and word == MODEL else word for word in command.words(small=self.small)]
        line = "\0".join(words)
        if line not in self.outputs:
            self.outputs[line] = self.run(words, self.folder)
        done = self.outputs[line]
        # Three: done, but some input could not be read, as in the demo's logs and in the recordings.
        if done.code not in {0, 3}:
            raise Failed(f"{' '.join(words)} ended with {done.code}: {done.text[-2000:]}")
        return done

    def _recordings(self, given: Path | None) -> bool:
        """Whether there are any; a small home makes its own."""
        folder = self.folder / "recordings"
        if given is not None and not folder.exists():
            folder.symlink_to(given.resolve(), target_is_directory=True)
        if folder.exists() or not self.small:
            return folder.exists()
        host = folder / "linux_auditd" / "web01"
        host.mkdir(parents=True)
        (host / "audit.log").write_bytes((self.folder / "demo" / "logs" / "web01" / "audit.log").read_bytes())
        labels = (self.folder / "demo" / "labels.csv").read_bytes()
        (folder / "labels.csv.gz").write_bytes(gzip.compress(labels))
        return True
