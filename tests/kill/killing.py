"""Running the command line until it kills itself, and what its database then holds."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

DRIVER = Path(__file__).with_name("driver.py")
ROOT = Path(__file__).resolve().parents[2]
TIMES = {"created_us", "decided_us", "started_us", "finished_us", "linked_us", "at_us"}
"""Columns that tell when something ran."""


def run(workspace: Path, kill_at: int, *arguments: str) -> tuple[int, int]:
    """Exit code and ticks of one run of the command line."""
    ticks = workspace.parent / "ticks"
    ticks.unlink(missing_ok=True)
    environment = os.environ | {"ODDKIN_WORKSPACE": str(workspace), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-P", str(DRIVER), str(kill_at), str(ticks), "-q", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 3, -9}, done.stderr
    return done.returncode, int(ticks.read_text()) if ticks.exists() else 0


def dump(workspace: Path) -> dict[str, list[tuple[object, ...]]]:
    """Everything in the database except when it happened."""
    with sqlite3.connect(workspace / "oddkin.sqlite") as connection:
        connection.text_factory = bytes
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == b"ok"
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        names = [row[0].decode() for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        tables = {}
        for name in names:
            # The audit tells of each try; tests/kill/test_kill_audit.py holds it against the rest.
            if name.startswith("sqlite_") or name == "audit":
                continue
            columns = [row[1].decode() for row in connection.execute(f"PRAGMA table_info({name})")]
            # What a second account says repeats times; the doctor, who is asked too, holds it against the rows.
            left_out = TIMES | {"said"} if name == "witness" else TIMES
            kept = ", ".join(f'"{column}"' for column in columns if column not in left_out)
            tables[name] = sorted(connection.execute(f"SELECT {kept} FROM {name}").fetchall(), key=repr)
    return tables
