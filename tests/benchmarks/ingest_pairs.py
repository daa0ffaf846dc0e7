"""Ingest of this checkout against another one, in alternating pairs: whether a change has made it slower.

    python -P tests/benchmarks/ingest_pairs.py --against OTHER_CHECKOUT [--pairs 7] [--name NAME] LOG_OR_FOLDER

CPU seconds of an ingest with all its processes, not wall: on a shared machine only neighbours in time compare, so the two
checkouts take turns (the order changes from pair to pair) and the median of the pairs' quotients is told, with the middle half of
them.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from contextlib import closing, redirect_stderr, redirect_stdout, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run_one(checkout: Path, log: Path) -> None:
    """`oddkin ingest` in this process with the code of `checkout`; prints CPU seconds and the rows of processes as JSON."""
    sys.path.insert(0, str(checkout))
    from tui.cli import main as oddkin

    with tempfile.TemporaryDirectory() as folder, redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        small = Path(folder, "warm.csv")
        small.write_text("time,host,pid,ppid,image,command_line\n2024-05-06T07:08:09Z,h,7,1,/usr/bin/id,id\n")
        command = ["--workspace", str(Path(folder, "workspace")), "ingest", "--case"]
        sys.argv[1:] = [*command, "warm", str(small)]
        with suppress(SystemExit):
            oddkin()  # what is imported late is imported now
        sys.argv[1:] = [*command, "bench", str(log)]
        started = cpu_seconds()
        with suppress(SystemExit):
            oddkin()
        spent = cpu_seconds() - started
        with closing(sqlite3.connect(Path(folder, "workspace", "oddkin.sqlite"))) as database:
            (rows,) = database.execute("SELECT count(*) FROM process").fetchone()
    print(json.dumps({"cpu": spent, "rows": rows}))


def cpu_seconds() -> float:
    """Of this process and of those that it started and that have ended: an ingest of a large log starts some."""
    return sum(os.times()[:4])


def measured(checkout: Path, log: Path) -> tuple[float, int]:
    """CPU seconds and rows of processes, in a process of its own."""
    command = [sys.executable, "-P", __file__, "--one", "--against", str(checkout), str(log)]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, cwd=checkout).stdout)
    return told["cpu"], told["rows"]


def main() -> None:
    """Run the pairs and print each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log", type=Path)
    parser.add_argument("--against", type=Path, required=True)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    log, other = asked.log.resolve(), asked.against.resolve()
    if asked.one:
        run_one(other, log)
        return
    quotients = []
    for pair in range(asked.pairs):
        checkouts = [ROOT, other] if pair % 2 else [other, ROOT]
        found = {checkout: measured(checkout, log) for checkout in checkouts}
        quotients.append(found[ROOT][0] / found[other][0])
        told = ", ".join(f"{found[one][0]:.2f} s ({found[one][1]:,} rows)" for one in (other, ROOT))
        print(f"pair {pair + 1}: {told}, {quotients[-1]:.3f}", flush=True)
    low, middle, high = statistics.quantiles(quotients, n=4)
    print(f"{log.name}: {middle:.3f} of the other (middle half {low:.3f} to {high:.3f}), {asked.pairs} pairs")


if __name__ == "__main__":
    main()
