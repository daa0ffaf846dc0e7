"""Ingest stage by stage on simulated NDJSON: events per second and core, peak memory, and how linear it is.

    python -P tests/benchmarks/ingest_stages.py --events 100000 --events 1000000

Each size runs in a process of its own, so that peak memory is its own. CPU seconds, not wall: one core is what counts,
and shared machines make wall times meaningless. Files are written to a temporary folder and removed.

Machines differ by a factor of three and more, so two plain things are timed in the same process and ingest is told as a multiple
of them: `json.loads` of the same lines, and their insertion as rows of text into a table without an index. Where the bar of
20,000 events per second was set, these two ran at 73,000 and 158,000 per second (medians of three): ingest may cost 3.6 times
the first, or 7.9 times the second.
"""

from __future__ import annotations

import argparse
import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from itertools import islice
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

PLAIN_LINES, PLAIN_COLUMNS = 100_000, 22
ALLOWED = {"json.loads": 73_000 / 20_000, "plain insert": 158_000 / 20_000}
"""What the bar allows ingest as a multiple of the plain thing."""


class Timed:
    """A port whose calls are timed by method name, in CPU seconds."""

    def __init__(self, port: Any, spent: dict[str, float]) -> None:
        self._port = port
        self._spent = spent

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)

        def timed(*args: Any, **kwargs: Any) -> Any:
            started = time.process_time()
            try:
                return method(*args, **kwargs)
            finally:
                self._spent[name] += time.process_time() - started

        return timed


def plain(log: Path) -> dict[str, float]:
    """CPU microseconds a line for what any ingest of JSON into SQLite has to do: the speed of this machine."""
    with log.open("rb") as stream:
        lines = list(islice(stream, PLAIN_LINES))
    started = time.process_time()
    records = list(map(json.loads, lines))
    parsed = time.process_time() - started
    rows = [tuple([*map(str, record.values()), *[""] * PLAIN_COLUMNS][:PLAIN_COLUMNS]) for record in records]
    database = sqlite3.connect(log.with_name("plain.sqlite"))
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=NORMAL")
    database.execute(f"CREATE TABLE plain ({', '.join(f'c{place} TEXT' for place in range(PLAIN_COLUMNS))})")
    insert = f"INSERT INTO plain VALUES ({', '.join('?' * PLAIN_COLUMNS)})"
    started = time.process_time()
    for start in range(0, len(rows), 10_000):
        database.executemany(insert, rows[start : start + 10_000])
        database.commit()
    inserted = time.process_time() - started
    database.close()
    return {"json.loads": parsed / len(lines) * 1e6, "plain insert": inserted / len(lines) * 1e6}


def run_one(events: int) -> dict[str, Any]:
    """Generate, ingest, and report CPU seconds per stage."""
    import engine.lineage as lineage
    from engine.jobs.ingest.request import IngestRequest
    from engine.jobs.ingest.run import ingest
    from engine.progress import Run
    from store.workspace import open_workspace
    from tests.ndjson_log import simulate_events

    spent: dict[str, float] = defaultdict(float)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "events.ndjson")
        started = time.process_time()
        simulate_events(events, log)
        spent["(generate)"] = time.process_time() - started
        size = log.stat().st_size
        for name in ("link", "chains"):
            setattr(lineage, name, Timed(lineage, spent).__getattr__(name))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        workspace = open_workspace(Path(folder, "workspace"))
        wall, cpu = time.perf_counter(), time.process_time()
        report = ingest(IngestRequest([log], "bench"), Timed(workspace.ingest, spent), Run())
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        database = sum(path.stat().st_size for path in Path(folder, "workspace").glob("oddkin.sqlite*"))
        workspace.close()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        floor = plain(log)
    stages = {name: seconds for name, seconds in spent.items() if not name.startswith("(")}
    stages["read (parse, map, hash)"] = cpu - sum(stages.values())
    return {
        "events": events,
        "kept": report.kept,
        "bytes": size,
        "database": database,
        "cpu": cpu,
        "wall": wall,
        "stages": stages,
        "peak_before_mib": before / 1024,
        "peak_mib": peak / 1024,
        "plain": floor,
    }


def main() -> None:
    """Run every size, print the table, compare with linear."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, action="append")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    sizes = arguments.events or [100_000, 1_000_000]
    if arguments.one:
        print(json.dumps(run_one(sizes[0])))
        return
    results = []
    for size in sizes:
        command = [sys.executable, "-P", __file__, "--one", "--events", str(size)]
        results.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
        show(results[-1])
    if len(results) > 1:
        small, large = results[0], results[-1]
        factor = (large["cpu"] / large["events"]) / (small["cpu"] / small["events"])
        print(f"\nCPU per event at {large['events']:,} against {small['events']:,}: {factor:.2f} of linear")


def show(result: dict[str, Any]) -> None:
    """One size as a table."""
    events, cpu = result["events"], result["cpu"]
    print(f"\n{events:,} events, {result['bytes'] / 1e6:,.0f} MB NDJSON -> {result['database'] / 1e6:,.0f} MB database")
    print(f"{'stage':<28}{'CPU s':>9}{'µs/event':>10}{'share':>8}")
    for name, seconds in sorted(result["stages"].items(), key=lambda pair: -pair[1]):
        print(f"{name:<28}{seconds:>9.2f}{seconds / events * 1e6:>10.2f}{seconds / cpu:>8.0%}")
    print(f"{'total':<28}{cpu:>9.2f}{cpu / events * 1e6:>10.2f}   {events / cpu:,.0f} events/s and core")
    for name, each in result["plain"].items():
        times = cpu / events * 1e6 / each
        print(f"{name:<37}{each:>10.2f}   ingest costs {times:.1f} times as much; the bar allows {ALLOWED[name]:.1f}")
    print(f"wall {result['wall']:.1f} s")
    print(f"peak memory {result['peak_mib']:.0f} MiB ({result['peak_before_mib']:.0f} MiB before ingest)")


if __name__ == "__main__":
    main()
