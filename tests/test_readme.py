"""Every POSIX command of the README as it is printed, in order, in one fresh shell that did only what the README said before.

The shell has a home of its own and no workspace. Of the two commands at the top, which CI runs as they are (.ci/run), only what
they leave behind is there: `.venv/bin/activate`, which finds the interpreter of these tests.
"""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BY_CI = ("install-and-run", "run-tests")
"""Blocks that CI runs as they are."""
LIMIT_S = 900


@dataclass(frozen=True)
class Command:
    """A line of a block, and the exit code that its comment announces."""

    text: str
    code: int


def blocks() -> list[tuple[str, str]]:
    """(name in the comment above it, or "", text) of every block for a POSIX shell."""
    return re.findall(r"(?:^<!-- ([\w-]+) -->\n)?^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def commands() -> list[Command]:
    """Those that a reader types after the first two."""
    lines = [line for name, text in blocks() if name not in BY_CI for line in text.splitlines() if line.strip()]
    announced = [re.search(r"#.*\bends with (\d+)\b", line) for line in lines]
    return [Command(line, int(found[1]) if found else 0) for line, found in zip(lines, announced, strict=True)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the reader stands."""
    scripts = tmp_path / ".venv" / "bin"
    scripts.mkdir(parents=True)
    (scripts / "oddkin").write_text(f'#!/bin/sh\nexec {sys.executable} -P -m tui.cli "$@"\n')
    (scripts / "oddkin").chmod(0o755)
    (scripts / "activate").write_text(f'PATH="{scripts}:$PATH"; export PATH\n')
    return tmp_path


# Some twenty processes, trainings with their defaults among them: the dearest test of all, a tenth of the whole suite.
@pytest.mark.slow
def test_every_command_of_the_readme_ends_as_it_says(folder: Path) -> None:
    wanted = commands()
    assert len(wanted) >= 17
    script = "\n".join(f'{command.text}\necho "ended {place} with $?" >&2' for place, command in enumerate(wanted))
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder / "data"), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["/bin/sh", "-c", script],
        cwd=folder,
        env=home | {"OMP_NUM_THREADS": "1", "LC_ALL": os.environ.get("LC_ALL", "C.UTF-8")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    ended = [int(code) for code in re.findall(r"^ended \d+ with (\d+)$", done.stderr, re.MULTILINE)]
    told = [(command.text, code) for command, code in zip(wanted, ended, strict=True)]
    assert told == [(command.text, command.code) for command in wanted], done.stderr
    said = dict(
        zip((command.text for command in wanted), re.split(r"^ended .*\n", done.stderr, flags=re.MULTILINE), strict=False)
    )
    filtered = [text for command, text in said.items() if "--where" in command]
    assert filtered
    assert not [text for text in filtered if re.search(r"^(0|no) process", text, re.MULTILINE)]  # an example leaves something
    with (folder / "findings.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert {"malicious"} <= {row["verdict"] for row in rows}
    assert {row["note"] for row in rows} >= {"initial access"}


def test_only_what_ci_runs_is_left_out() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert {name for name, _ in blocks()} >= set(BY_CI)
    for name in BY_CI:
        assert f"readme_command {name}" in script
