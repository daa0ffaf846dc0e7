"""Ingest stage by stage on made-up NDJSON: events per second and core, peak memory, and how linear it is.

    python -P tests/benchmarks/ingest_stages.py [--kind sim|var] --events 100000 --events 1000000 [--rank] [--workers N]

The kinds are those of `tests.benchmarks.events`: the simulator's fleet, more than half of it nested ECS, or flat lines that are
as various as logs can be. `--rank` scores the case as `oddkin ingest` does at its end; with several workers the CPU time of
the processes that only read is a line of its own; `--json FILE` adds the figures to a file.

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
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

PLAIN_LINES, PLAIN_COLUMNS = 100_000, 22
ALLOWED = {"json.loads": 73_000 / 20_000, "plain insert": 158_000 / 20_000}
"""What the bar allows ingest as a multiple of the plain thing."""
READ = "read (hash, parse, map, sort)"


class Timed:
    """A port whose calls are timed by method name, in CPU seconds; and how much memory was held at most when they had ended."""

    def __init__(self, port: Any, spent: dict[str, float], peaks: dict[str, float]) -> None:
        self._port = port
        self._spent = spent
        self._peaks = peaks

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)

        def timed(*args: Any, **kwargs: Any) -> Any:
            started = time.process_time()
            try:
                return method(*args, **kwargs)
            finally:
                self._spent[name] += time.process_time() - started
                self._peaks[name] = peak()

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


def parts_of_reading(log: Path) -> dict[str, float]:
    """CPU seconds for what reading is made of, each done once more on its own: hashing, mapping, sorting into batches."""
    from engine.jobs.ingest.chunks import Chunks
    from engine.jobs.ingest.span import with_doubts
    from engine.readers.containers.member import Hashed
    from engine.readers.containers.walk import expand
    from engine.readers.contract import ReadOptions
    from engine.readers.detect import Detected, detect

    (member,) = expand([log])
    found = detect(member)
    assert isinstance(found, Detected)
    started = time.process_time()
    with member.open() as stream:
        Hashed(stream).drain(lambda: None)
    hashed = time.process_time()
    with member.open() as stream:
        for _ in found.reader.read(stream, ReadOptions(path=str(log))):
            pass
    mapped = time.process_time()
    with member.open() as stream:
        chunks = Chunks(with_doubts(found.reader.read(stream, ReadOptions(path=str(log)))))
        while chunks.take():
            pass
    batched = time.process_time()
    return {"hash once": hashed - started, "parse and map": mapped - hashed, "filter, batches": batched - 2 * mapped + hashed}


def run_one(kind: str, events: int, rank: bool, workers: int) -> dict[str, Any]:
    """Generate, ingest, and report CPU seconds per stage."""
    from engine.jobs.ingest import link_answers as lineage
    from engine.jobs.ingest.request import IngestRequest
    from engine.jobs.ingest.run import ingest
    from engine.progress import Run
    from store.workspace import open_workspace

    spent: dict[str, float] = defaultdict(float)
    peaks: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        generate = [sys.executable, "-m", "tests.benchmarks.events", kind, str(events), "--out", folder]
        subprocess.run(generate, check=True, capture_output=True, cwd=ROOT)
        log = next(Path(folder).glob("*.ndjson"))
        for name in ("link", "chains"):
            setattr(lineage, name, Timed(lineage, spent, peaks).__getattr__(name))
        before = peak()
        workspace = open_workspace(Path(folder, "workspace"))
        wall, cpu, elsewhere = time.perf_counter(), time.process_time(), cpu_of_others()
        report = ingest(IngestRequest([log], "bench", workers=workers), Timed(workspace.ingest, spent, peaks), Run())
        cpu, wall, elsewhere = time.process_time() - cpu, time.perf_counter() - wall, cpu_of_others() - elsewhere
        spent[READ] = cpu - sum(spent.values())
        database = sum(path.stat().st_size for path in Path(folder, "workspace").glob("oddkin.sqlite*"))
        ingested = peak()
        stages = dict(spent)
        if rank:
            stages["rank"], peaks["rank"] = ranked(workspace)
        counts = counted(workspace.folder)
        workspace.close()
        parts = parts_of_reading(log)
        floor = plain(log)
        size = log.stat().st_size
    return {
        "kind": kind,
        "events": events,
        "kept": report.kept,
        "bytes": size,
        "database": database,
        "workers": workers,
        "cpu": cpu,
        "elsewhere": elsewhere,
        "wall": wall,
        "stages": stages,
        "peaks": peaks,
        "parts of read": parts,
        "peak_before_mib": before,
        "peak_mib": ingested,
        "plain": floor,
        "counts": counts,
    }


def ranked(workspace: Any) -> tuple[float, float]:
    """CPU seconds and peak of what `oddkin ingest` ends with."""
    from engine.progress import Run
    from tui.actions.ingest import first_queue

    started = time.process_time()
    first_queue(workspace, "bench", Run())
    return time.process_time() - started, peak()


def counted(workspace: Path) -> dict[str, int]:
    """Rows of what grows with the variety of a log."""
    with closing(sqlite3.connect(workspace / "oddkin.sqlite")) as database:
        tables = ("process", "chain", "path", "string")
        return {table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}


def cpu_of_others() -> float:
    """CPU seconds of the processes that this one started and that have ended."""
    return sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


def peak() -> float:
    """MiB of memory that this process has held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Run every size, print the table, compare with linear."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, action="append")
    parser.add_argument("--kind", choices=("sim", "var"), default="sim")
    parser.add_argument("--rank", action="store_true")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    sizes = arguments.events or [100_000, 1_000_000]
    if arguments.one:
        print(json.dumps(run_one(arguments.kind, sizes[0], arguments.rank, arguments.workers)))
        return
    results = []
    for size in sizes:
        results.append(measured(arguments.kind, size, rank=arguments.rank, workers=arguments.workers))
        show(results[-1])
        if arguments.json:
            with arguments.json.open("a") as out:
                out.write(json.dumps(results[-1]) + "\n")
    if len(results) > 1:
        small, large = results[0], results[-1]
        factor = (large["cpu"] / large["events"]) / (small["cpu"] / small["events"])
        print(f"\nCPU per event at {large['events']:,} against {small['events']:,}: {factor:.2f} of linear")


def measured(kind: str, size: int, *, rank: bool = False, workers: int = 1) -> dict[str, Any]:
    """The figures of one size, from a process of its own."""
    command = [sys.executable, "-P", __file__, "--one", "--kind", kind, "--events", str(size), "--workers", str(workers)]
    command += ["--rank"] * rank
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def show(result: dict[str, Any]) -> None:
    """One size as a table."""
    events, cpu = result["events"], result["cpu"]
    print(
        f"\n{result['kind']}, {events:,} events, {result['bytes'] / 1e6:,.0f} MB -> {result['database'] / 1e6:,.0f} MB database"
    )
    print(", ".join(f"{table} {count:,}" for table, count in result["counts"].items()))
    print(f"{'stage':<32}{'CPU s':>9}{'µs/event':>10}{'share':>8}{'peak MiB':>10}")
    for name, seconds in sorted(result["stages"].items(), key=lambda pair: -pair[1]):
        held = f"{result['peaks'][name]:>10,.0f}" if name in result["peaks"] else ""
        print(f"{name:<32}{seconds:>9.2f}{seconds / events * 1e6:>10.2f}{seconds / cpu:>8.0%}{held}")
    for name, seconds in result["parts of read"].items():
        print(f"{'  of read: ' + name:<32}{seconds:>9.2f}{seconds / events * 1e6:>10.2f}")
    if result["elsewhere"]:
        print(f"{'(processes that only read)':<32}{result['elsewhere']:>9.2f}{result['elsewhere'] / events * 1e6:>10.2f}")
    print(f"{'ingest':<32}{cpu:>9.2f}{cpu / events * 1e6:>10.2f}   {events / cpu:,.0f} events/s of CPU time")
    for name, each in result["plain"].items():
        times = cpu / events * 1e6 / each
        print(f"{name:<41}{each:>10.2f}   ingest costs {times:.1f} times as much; the bar allows {ALLOWED[name]:.1f}")
    print(f"wall {result['wall']:.1f} s")
    print(f"peak memory {result['peak_mib']:.0f} MiB ({result['peak_before_mib']:.0f} MiB before ingest)")


if __name__ == "__main__":
    main()
