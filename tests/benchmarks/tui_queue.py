"""Triage over a million chains: first paint, key to paint, filters and orders. Run from the repository's root:

    python tests/benchmarks/tui_queue.py [--chains N] [--folder DIR]

The folder keeps the workspace for the next run. Without a terminal Textual draws nothing, so every update is rendered
here to the bytes that a terminal would get, and "paint" is when they are ready. The test driver's own wait is measured
with a key that nobody listens to.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parent)]

from big_queue import CASE, build  # noqa: E402 - behind the path
from textual.pilot import Pilot  # noqa: E402

from store.database import Workspace  # noqa: E402
from store.finding_source import FindingSource  # noqa: E402
from store.nearest import nearest  # noqa: E402
from store.queue_filter import QueueFilter  # noqa: E402
from store.queue_order import ORDERS  # noqa: E402
from store.queue_source import QueueSource  # noqa: E402
from tui.app import OddkinApp  # noqa: E402
from tui.services import Services  # noqa: E402
from tui.widgets.queue_table import QueueTable  # noqa: E402

SIZE = (120, 36)
ROUNDS = 30


class PaintedApp(OddkinApp):
    """Renders what it would send, and remembers when."""

    painted = 0.0
    CSS_PATH = Path(sys.modules[OddkinApp.__module__].__file__ or "").with_name("app.tcss")  # Textual looks beside the subclass

    def _display(self, screen: object, renderable: object) -> None:
        super()._display(screen, renderable)  # type: ignore[arg-type]
        if renderable is not None and hasattr(renderable, "render_segments"):
            renderable.render_segments(self.console)
            self.painted = time.perf_counter()


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, round(share * (len(values) - 1)))]


def told(name: str, values: list[float]) -> None:
    ms = [value * 1000 for value in values]
    print(f"{name:<44} p50 {statistics.median(ms):7.1f}  p95 {quantile(ms, 0.95):7.1f}  max {max(ms):7.1f} ms")


async def key_to_paint(pilot: Pilot[None], app: PaintedApp, table: QueueTable, key: str) -> tuple[float, float]:
    """Seconds from a key to the first paint after the cursor moved: (clock, of these the UI thread's processor time).

    The key goes in as the terminal's driver would send it; the test driver's press would first wait until the whole
    process is idle, background threads included.
    """
    before = table.cursor
    began, worked = time.perf_counter(), time.thread_time()
    app.simulate_key(key)
    while table.cursor == before or app.painted < began:
        await asyncio.sleep(0.0005)
    took = app.painted - began, time.thread_time() - worked
    await pilot.pause(0.15)  # the chain beside it is drawn and its evidence read, as for a reader
    return took


async def screens(workspace: Workspace) -> None:
    # Once for the imports: they are the start-up benchmark's subject.
    for attempt in range(2):
        app = PaintedApp(Services(workspace, CASE), start_mode="case")
        async with app.run_test(size=SIZE) as pilot:
            await pilot.pause()
            began, worked = time.perf_counter(), time.thread_time()
            app.open_mode("triage")
            table = None
            while table is None or not table.count or app.painted < began or not table._pages:
                await asyncio.sleep(0.0005)
                found = app.screen.query(QueueTable)
                table = found.first() if found else None
            print(
                f"first paint of the screen, attempt {attempt}: {(app.painted - began) * 1000:.0f} ms for {table.count:,} rows,"
                f" {(time.thread_time() - worked) * 1000:.0f} ms of them the UI's processor time"
            )
            if attempt:
                await keys(pilot, app, table)


async def keys(pilot: Pilot[None], app: PaintedApp, table: QueueTable) -> None:
    await pilot.pause(0.5)
    waits = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await pilot.press("f12")
        waits.append(time.perf_counter() - began)
    told("driver's own wait (a key without a binding)", waits)

    def to(position: int) -> Callable[[], None]:
        return lambda: table.move_to(position)

    for name, prepare, key in (
        ("j", None, "j"),
        ("ctrl+d", None, "ctrl+d"),
        ("G from the top", to(0), "G"),
        ("g from the end", to(table.count - 1), "g"),
        ("pagedown from a random place", None, "pagedown"),
    ):
        paints, works = [], []
        for turn in range(ROUNDS):
            if name.startswith("pagedown"):
                table.move_to((turn * 7919 * 127) % (table.count - 200))
                await pilot.pause()
            elif prepare is not None:
                prepare()
                await pilot.pause()
            paint, work = await key_to_paint(pilot, app, table, key)
            paints.append(paint)
            works.append(work)
        told(f"{name}: key to paint", paints)
        told("    of these processor time of the UI", works)
    table.move_to(5_000)
    await pilot.pause(0.5)
    told("b (verdict, on to the next): key to paint", [(await key_to_paint(pilot, app, table, "b"))[0] for _ in range(ROUNDS)])


def findings(workspace: Workspace) -> None:
    opened = time.perf_counter()
    source = FindingSource(workspace, CASE)
    print(f"{source.total:,} findings, source opened in {(time.perf_counter() - opened) * 1000:.0f} ms")

    def timed(function: Callable[[], object]) -> float:
        began = time.perf_counter()
        function()
        return time.perf_counter() - began

    starts = range(0, source.total - 64, max(1, source.total // 50))
    told("page of 64 findings, anywhere", [timed(lambda p=p: source.rows(p, p + 64)) for p in starts])
    told("next undecided finding", [timed(lambda p=p: source.undecided_from(p)) for p in starts])
    rows = [row for p in starts for row in source.rows(p, p + 1)]
    told("all chains of a finding", [timed(lambda row=row: workspace.findings.chains([row])) for row in rows])
    told(
        "next chain of a finding",
        [timed(lambda row=row: workspace.findings.members(row.whole, after=row.rank, limit=1)) for row in rows],
    )
    for order in ORDERS[1:]:
        source = FindingSource(workspace, CASE, order=order)
        told(f"findings in order {order.name}, all known", [timed(lambda source=source: source.load())])
    for name, wanted in (("flagged", QueueFilter(flagged=True)), ("image, few", QueueFilter(image="tool777.exe"))):
        source = FindingSource(workspace, CASE, wanted)
        told(f"findings filtered: {name}", [timed(lambda source=source: source.load())])


def queries(workspace: Workspace) -> None:
    source = QueueSource(workspace, CASE)

    def timed(function: Callable[[], object]) -> float:
        began = time.perf_counter()
        function()
        return time.perf_counter() - began

    told("page of 64 rows, unfiltered, anywhere", [timed(lambda p=p: source.rows(p, p + 64)) for p in range(0, 999_000, 20_011)])
    told("next undecided", [timed(lambda p=p: source.undecided_from(p)) for p in range(0, 999_000, 20_011)])
    keys = [row.key for p in range(0, 999_000, 50_021) for row in source.rows(p, p + 1)]
    told("nearest normal chain", [timed(lambda key=key: nearest(workspace, CASE, key)) for key in keys])
    cases = [(f"order: {order.name}", QueueFilter(), order) for order in ORDERS[1:]]
    cases += [
        ("filter: undecided", QueueFilter(verdicts=("undecided",)), ORDERS[0]),
        ("filter: benign", QueueFilter(verdicts=("benign",)), ORDERS[0]),
        ("filter: host", QueueFilter(host_id=7), ORDERS[0]),
        ("filter: image, few", QueueFilter(image="tool777.exe"), ORDERS[0]),
        ("filter: image, all", QueueFilter(image="tool"), ORDERS[0]),
        ("filter: score", QueueFilter(min_score=2.5), ORDERS[0]),
        ("filter: since", QueueFilter(since_us=1_700_000_500_000_000), ORDERS[0]),
    ]
    for name, wanted, order in cases:
        first: list[float] = []
        began = time.perf_counter()
        source = QueueSource(workspace, CASE, wanted, order)
        source.load(lambda began=began, first=first: first.append(time.perf_counter() - began))
        whole = time.perf_counter() - began
        page = [timed(lambda p=p, s=source: s.rows(p, p + 64)) for p in range(0, source.count(), max(1, source.count() // 20))]
        told(f"{name}: {source.count():,} rows, page", page or [0.0])
        print(f"    first rows known after {first[0] * 1000:.0f} ms, all after {whole * 1000:.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--chains", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/oddkin-big-queue"))
    options = parser.parse_args()
    workspace = build(options.folder, options.chains)
    asyncio.run(screens(workspace))
    findings(workspace)
    queries(workspace)
    workspace.close()


if __name__ == "__main__":
    main()
