"""Keys while a job works: from key to painted screen during a training and during an ingest, and how long cancelling takes.

    python -P tests/benchmarks/tui_latency.py --hosts 40 --keys 300

Keys come at random intervals, as from a person; each is followed until the application has rendered what it would send to
the terminal. Targets: p99 under 100 ms, a job that ends within 2 s of being cancelled. "nothing" is a job that sleeps: what
the screen costs by itself. A shorter switch interval of Python's was tried and made no key faster and the training slower.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parent)]
os.environ["TEXTUAL_ANIMATIONS"] = "none"

from textual.events import Key  # noqa: E402
from tui_queue import PaintedApp, quantile  # noqa: E402

from engine.progress import Run  # noqa: E402
from store.workspace import Workspace, open_workspace  # noqa: E402
from tui.runtime.services import Services  # noqa: E402

CASE = "bench"
GAP_S = (0.03, 0.12)
"""A fast typist."""
PATIENCE_S = 10.0
POLL_S = 0.0005


async def moved(app: PaintedApp, key: str) -> float:
    """Seconds until the cursor has moved and that is painted.

    Waits as the application itself does, without spinning: each turn of the loop lets go of Python's lock, and has to wait
    for a job's thread to get it back.
    """
    pane: Any = app.screen.focused
    before, began = pane.cursor, time.perf_counter()
    still = began
    app.post_message(Key(key, key))
    while pane.cursor == before or app.painted < still:
        if pane.cursor == before:
            still = time.perf_counter()
        if time.perf_counter() - began > PATIENCE_S:
            return PATIENCE_S
        await asyncio.sleep(POLL_S)
    return app.painted - began


async def keys(app: PaintedApp, count: int, job: str) -> list[float]:
    """Up to `count` keys while `job` runs."""
    chance, taken = random.Random(1), []
    while app.runner.running == job and len(taken) < count:
        taken.append(await moved(app, "j" if len(taken) % 2 == 0 else "k"))
        await asyncio.sleep(chance.uniform(*GAP_S))
    return taken


def told(name: str, values: list[float]) -> None:
    if not values:
        print(f"{name:<34} the job was over too soon")
        return
    ms = [value * 1000 for value in values]
    parts = "  ".join(f"{label} {quantile(ms, share):6.1f}" for label, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)))
    print(f"{name:<34} {len(ms):>4} keys  {parts}  max {max(ms):6.1f} ms  mean {statistics.mean(ms):.1f}", flush=True)


async def cancelled(app: PaintedApp) -> float:
    began = time.perf_counter()
    app.runner.cancel()
    while app.runner.running is not None:
        await asyncio.sleep(0.001)
    return time.perf_counter() - began


async def during(workspace: Workspace, name: str, job: Any, count: int, modes: tuple[str, ...]) -> None:
    """Keys on these screens while the job runs; then it is cancelled."""
    app = PaintedApp(Services(workspace, CASE), start_mode=modes[0])
    async with app.run_test(size=(120, 36)) as pilot:
        for mode in modes:
            app.open_mode(mode)
            await pilot.pause()
        if not app.runner.start(name, job):
            raise SystemExit("a job is running")
        for mode in modes:
            app.open_mode(mode)
            await pilot.pause()
            if mode == "case":
                app.screen.query_one("#hosts").focus()  # the only table with more than a row
                await pilot.pause()
            pane: Any = app.screen.focused
            if pane is None or not hasattr(pane, "cursor"):
                print(f"{name}: nothing with a cursor on {mode}")
                continue
            told(f"{name}, on {mode}", await keys(app, count // len(modes), name))
        if app.runner.running is not None:
            print(f"{name}: cancelled in {await cancelled(app) * 1000:.0f} ms", flush=True)


def logs(folder: Path, hosts: int) -> Path:
    from engine.simulator import FleetPlan, simulate
    from engine.simulator.logs.write import write_logs

    return write_logs(simulate(FleetPlan(hosts=hosts, days=2, seed=3)), folder, Run()).logs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=40)
    parser.add_argument("--keys", type=int, default=600)
    parser.add_argument("--jobs", default="nothing,training,ingesting")
    parser.add_argument("--switch-interval", type=float, default=None, help="Python's, in seconds")
    options = parser.parse_args()
    if options.switch_interval:
        sys.setswitchinterval(options.switch_interval)
    from engine.detector import DetectorParams
    from engine.jobs.ingest.request import IngestRequest
    from engine.jobs.ingest.run import ingest
    from tests.store.samples import score
    from tui.actions.train_and_score import TrainingOrder, one_bar, train_and_score

    with tempfile.TemporaryDirectory() as folder:
        written = logs(Path(folder), options.hosts)
        workspace = open_workspace(Path(folder) / "workspace")
        ingest(IngestRequest([written], CASE), workspace.ingest, Run())
        score(workspace, CASE, flagged=50)
        print(f"{workspace.cases.show(CASE).chains:,} chains, {workspace.cases.show(CASE).kept:,} records", flush=True)

        def resting(run: Run) -> None:
            while not run.cancelled:
                time.sleep(0.01)

        def training(run: Run) -> Any:
            order = TrainingOrder((CASE,), DetectorParams(device="cpu", epochs=10_000), starter=False, rules=False)
            return train_and_score(workspace, order, one_bar(run), use=False)

        def ingesting(run: Run) -> Any:
            number = 0
            while True:  # the same logs as other cases, until it is cancelled
                number += 1
                ingest(IngestRequest([written], f"other-{number}"), workspace.ingest, run)

        jobs: dict[str, tuple[Any, tuple[str, ...]]] = {
            "nothing": (resting, ("triage", "train", "tree", "case")),
            "training": (training, ("train", "triage", "tree", "case")),
            "ingesting": (ingesting, ("triage", "train", "tree", "case")),
        }
        for name in options.jobs.split(","):
            job, modes = jobs[name]
            asyncio.run(during(workspace, name, job, options.keys, modes))
        workspace.close()


if __name__ == "__main__":
    main()
