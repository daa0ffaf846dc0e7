"""What a verdict costs: read and tokenised anew, kept by the first one, read as it was kept. From the repository's root:

    python tests/benchmarks/label_cost.py [--events N] [--chains N] [--folder DIR]

On two cases: simulated processes (few chains, of which each occurs often: what is read anew is mostly processes), and varied ones
(nearly every process has a chain and a command line of its own: what is kept is as large as it gets). Each way of ranking
runs in a process of its own, for its peak memory; times are of CPU, and the ratios are of one run: machines differ. All three
must give the same order. The folder keeps the workspaces for the next run.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

from engine.jobs.ports.ingest import Batch  # noqa: E402 - behind the path
from engine.progress import Run  # noqa: E402
from store.workspace import Workspace, open_workspace  # noqa: E402
from tests.store.samples import event, score  # noqa: E402

CASE = "case"
BATCH = 10_000
HOST = 5_000
"""Varied processes of a host."""
WAYS = ("anew", "first", "later")
"""As before anything was kept; the first verdict after a scoring, which keeps; every further one."""


def simulated(workspace: Workspace, events: int) -> None:
    """Ingested as any log."""
    from engine.jobs.ingest.request import IngestRequest
    from engine.jobs.ingest.run import ingest
    from tests.ndjson_log import simulate_events

    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.json"
        simulate_events(events, log)
        ingest(IngestRequest([log], CASE), workspace.ingest, Run())


def varied(workspace: Workspace, chains: int) -> None:
    """Each process is somewhere below the others of its host, with another program and another command line."""
    from engine.jobs.ingest.link import link_case

    draw = random.Random(1)
    some = draw.randrange
    store = workspace.ingest
    ticket = store.begin_source(CASE, "varied", "a" * 64, 1, "ndjson")
    made = []
    for number in range(1, chains + 1):
        place = number % HOST
        parent = number - some(1, place + 1) if place else None
        image = f"C:\\Programs\\vendor{some(300)}\\{some(9)}.{some(40)}\\tool{some(900)}.exe"
        line = f'"{image}" --job {draw.getrandbits(48):x} /in:D:\\data\\{some(10**6)}.csv -u {some(99)} --mode m{some(50)}'
        above = None if parent is None else f"g{parent}"
        host = f"H{number // HOST}"
        made.append(event(number, parent, host=host, image=image, command_line=line, guid=f"g{number}", parent_guid=above))
        if len(made) == BATCH or number == chains:
            store.append(ticket, Batch(made, (), len(made)))
            made = []
    store.finish_source(ticket)
    link_case(CASE, store, Run())


def built(folder: Path, name: str, size: int) -> Path:
    """The workspace, made once."""
    place = folder / f"{name}-{size}"
    if not (place / "ready").exists():
        workspace = open_workspace(place)
        {"simulated": simulated, "varied": varied}[name](workspace, size)
        score(workspace, CASE, flagged=50, grouped=True)
        rows = workspace.queue.page(CASE, limit=40)
        workspace.labels.set(CASE, [row.key for row in rows[:20]], "malicious")
        workspace.labels.set(CASE, [row.key for row in rows[20:]], "benign")
        workspace.close()
        (place / "ready").touch()
    return place


def measure(place: Path, way: str) -> None:
    """In a process of its own: re-rank, and print what it took and what came of it."""
    from engine.jobs.relearn import prepare, relearn

    workspace = open_workspace(place)
    if way != "later":
        with workspace.write() as connection:
            connection.exec_driver_sql("DELETE FROM kept")
            connection.commit()
    teaching = workspace.teaching
    if way == "anew":
        teaching.keep = lambda *_all: None  # type: ignore[method-assign]
    began = time.process_time()
    learnt = relearn(CASE, teaching, prepare(CASE, teaching, workspace.vault, Run()), Run())
    took = time.process_time() - began
    with workspace.read() as connection:
        kept = connection.exec_driver_sql("SELECT coalesce(sum(length(data)), 0) FROM kept_part").scalar_one()
    # Of this program: getrusage tells the peak of whoever started it where that is higher.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    memory = int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1024
    order = hashlib.sha256(learnt.order.tobytes() + learnt.score.tobytes()).hexdigest()
    print(json.dumps({"seconds": took, "memory": memory, "kept": kept, "chains": len(learnt.order), "order": order}))


def compare(name: str, place: Path) -> None:
    """One line for each way."""
    found = {}
    for way in WAYS:
        command = [sys.executable, __file__, "--measure", way, "--folder", str(place)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found[way] = json.loads(done.stdout)
    if len({one["order"] for one in found.values()}) > 1:
        sys.exit(f"{name}: the orders differ")
    anew = found["anew"]
    print(f"{name}: {anew['chains']:,} chains, {found['later']['kept'] / max(anew['chains'], 1):.0f} bytes of each kept")
    for way, one in found.items():
        times, memory = one["seconds"] / anew["seconds"], one["memory"] / anew["memory"]
        print(f"  {way:<6} {one['seconds']:7.2f} s ({times:5.3f}) {one['memory']:7.0f} MiB at most ({memory:5.3f})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--chains", type=int, default=200_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--measure", choices=WAYS)
    given = parser.parse_args()
    if given.measure:
        measure(given.folder, given.measure)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        for name, size in (("simulated", given.events), ("varied", given.chains)):
            compare(name, built(folder, name, size))


if __name__ == "__main__":
    main()
