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
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parent)]

from big_queue import CASE, build  # noqa: E402 - behind the path
from textual.events import Key  # noqa: E402
from textual.pilot import Pilot  # noqa: E402

from store.workspace import Workspace  # noqa: E402
from tui.app import warm  # noqa: E402
from tui.app.app import OddkinApp  # noqa: E402
from tui.runtime.services import Services  # noqa: E402

# Nothing of the screens themselves: what the first opening imports is part of what is measured.

SIZE = (120, 36)
ROUNDS = 30
LIMIT_S = 120.0
"""Far above what anything here takes; what does not happen by then never does."""


class PaintedApp(OddkinApp):
    """Renders what it would send, and remembers when. Otherwise what `oddkin` starts."""

    painted = 0.0
    CSS_PATH = Path(sys.modules[OddkinApp.__module__].__file__ or "").with_name("app.tcss")  # Textual looks beside the subclass

    def __init__(self, services: Services, start_mode: str = "case") -> None:
        super().__init__(services, start_mode, when_painted=warm.up)

    def _display(self, screen: object, renderable: object) -> None:
        super()._display(screen, renderable)  # type: ignore[arg-type]
        if renderable is not None and hasattr(renderable, "render_segments"):
            renderable.render_segments(self.console)
            self.painted = time.perf_counter()


async def until(condition: Callable[[], bool], awaited: str) -> None:
    """Look again and again, without the driver's own waits. Ends the run, naming `awaited`, when that does not come."""
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"did not happen within {LIMIT_S:.0f} s: {awaited}")
        await asyncio.sleep(0.0005)


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, round(share * (len(values) - 1)))]


def told(name: str, values: list[float]) -> None:
    ms = [value * 1000 for value in values]
    print(f"{name:<44} p50 {statistics.median(ms):7.1f}  p95 {quantile(ms, 0.95):7.1f}  max {max(ms):7.1f} ms")


async def key_to_paint(pilot: Pilot[None], app: PaintedApp, table: Any, key: str) -> tuple[float, float]:
    """Seconds from a key to the first paint after the cursor moved: (clock, of these the UI thread's processor time).

    The key goes in as the terminal's driver would send it; the test driver's press would first wait until the whole
    process is idle, background threads included.
    """
    before = table.cursor
    began, worked = time.perf_counter(), time.thread_time()
    app.simulate_key(key)
    await until(
        lambda: table.cursor != before and app.painted >= began, f"a paint after {key} at row {before:,} of {table.count:,}"
    )
    took = app.painted - began, time.thread_time() - worked
    await pilot.pause(0.3)  # the chain beside it is drawn and its evidence read, as for a reader
    return took


async def list_to_paint(pilot: Pilot[None], app: PaintedApp, table: Any, key: str, typed: str = "") -> float:
    """Seconds from a key to the first paint of the list that it asks for; `typed` before it: a filter.

    That is typed as fast as a terminal sends a paste: the list follows a line that rests, and would be there before enter.
    """
    before = app.screen.state.source
    if typed:
        await pilot.press("slash")
        for character in typed:
            app.post_message(Key(character, character))
    began = time.perf_counter()
    app.simulate_key(key)
    await until(
        lambda: app.screen.state.source is not before and table._rows._pages and app.painted >= began,
        f"the list that {typed} {key} asks for",
    )
    return app.painted - began


async def first_paint(app: PaintedApp, began: float) -> Any:
    """The table of the queue, once its first rows are painted."""

    def table() -> Any:
        found = app.screen.query("#queue")
        return found.first() if found else None

    def painted() -> bool:
        there = table()
        return there is not None and bool(there.count) and app.painted >= began and bool(there._rows._pages)

    await until(painted, "the first paint of the queue")
    return table()


async def screens(workspace: Workspace) -> None:
    # The first time as soon as the first screen is there, then a second later.
    for attempt, rest in enumerate((0.0, 1.0, 1.0, 1.0)):
        app = PaintedApp(Services(workspace, CASE), start_mode="case")
        async with app.run_test(size=SIZE) as pilot:
            await pilot.pause(rest)
            began, worked = time.perf_counter(), time.thread_time()
            app.open_mode("triage")
            table = await first_paint(app, began)
            worked = time.thread_time() - worked
            told_ms = f"{(app.painted - began) * 1000:.0f} ms for {table.count:,} rows, {worked * 1000:.0f} ms of them the UI's"
            print(f"first paint of the screen, attempt {attempt} after {rest:.0f} s: {told_ms} processor time")
            if attempt == 3:
                await keys(pilot, app, table)


async def keys(pilot: Pilot[None], app: PaintedApp, table: Any) -> None:
    await pilot.pause(0.5)
    waits = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await pilot.press("f12")
        waits.append(time.perf_counter() - began)
    told("driver's own wait (a key without a binding)", waits)

    def to(position: int) -> Callable[[], None]:
        return lambda: setattr(table, "cursor", position)

    for name, prepare, key in (
        ("j", None, "j"),
        ("k", to(min(3_000, table.count // 2)), "k"),
        ("space (mark)", to(table.count // 3), "space"),
        ("ctrl+d", None, "ctrl+d"),
        ("G from the top", to(0), "G"),
        ("g from the end", to(table.count - 1), "g"),
        ("pagedown from a random place", None, "pagedown"),
    ):
        paints, works = [], []
        for turn in range(ROUNDS):
            if name.startswith("pagedown"):
                table.cursor = (turn * 7919 * 127) % max(table.count - 200, 1)
                await pilot.pause()
            elif prepare is not None:
                prepare()
                await pilot.pause()
            paint, work = await key_to_paint(pilot, app, table, key)
            paints.append(paint)
            works.append(work)
        told(f"{name}: key to paint", paints)
        told("    of these processor time of the UI", works)
    # From the key to the first rows of another list; the cursor stands on its first row then.
    for name, key, typed, restore in (
        ("z (above the threshold only), first rows", "z", "", "z"),
        ("/tool1777.exe, enter: first rows", "enter", "tool1777.exe", "escape"),
    ):
        took = []
        for _ in range(10):
            took.append(await list_to_paint(pilot, app, table, key, typed))
            await pilot.press(restore)
            await pilot.pause(0.3)
        told(f"{name}: last key to paint", took)


def findings(workspace: Workspace) -> None:
    from store.queue.filter import QueueFilter
    from store.queue.finding_positions import FindingSource
    from store.queue.order import ORDERS
    from store.where.meaning import read

    opened = time.perf_counter()
    source = FindingSource(workspace, workspace.learnt, CASE)
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
        source = FindingSource(workspace, workspace.learnt, CASE, order=order)
        told(f"findings in order {order.name}, all known", [timed(lambda source=source: source.load())])
    for name, wanted in (("flagged", QueueFilter(flagged=True)), ("image, few", QueueFilter(where=read("image:tool1777.exe")))):
        source = FindingSource(workspace, workspace.learnt, CASE, wanted)
        told(f"findings filtered: {name}", [timed(lambda source=source: source.load())])


def queries(workspace: Workspace) -> None:
    from store.queue.filter import QueueFilter
    from store.queue.nearest import nearest
    from store.queue.order import ORDERS
    from store.queue.positions import QueueSource
    from store.where.meaning import read

    source = QueueSource(workspace, workspace.learnt, CASE)

    def timed(function: Callable[[], object]) -> float:
        began = time.perf_counter()
        function()
        return time.perf_counter() - began

    told(
        "page of 64 rows, unfiltered, anywhere",
        [timed(lambda p=p: source.rows(p, p + 64)) for p in range(0, source.count(), max(1, source.count() // 50))],
    )
    told(
        "next undecided",
        [timed(lambda p=p: source.undecided_from(p)) for p in range(0, source.count(), max(1, source.count() // 50))],
    )
    keys = [row.key for p in range(0, source.count(), max(1, source.count() // 20)) for row in source.rows(p, p + 1)]
    told("nearest normal chain", [timed(lambda key=key: nearest(workspace, CASE, key)) for key in keys])
    cases = [(f"order: {order.name}", QueueFilter(), order) for order in ORDERS[1:]]
    cases += [
        ("filter: undecided", QueueFilter(verdicts=("undecided",)), ORDERS[0]),
        ("filter: benign", QueueFilter(verdicts=("benign",)), ORDERS[0]),
        ("filter: host", QueueFilter(host_id=7), ORDERS[0]),
        ("filter: image, few", QueueFilter(where=read("image:tool1777.exe")), ORDERS[0]),
        ("filter: image, all", QueueFilter(where=read("image:tool")), ORDERS[0]),
        ("filter: score", QueueFilter(where=read("score>=2.5")), ORDERS[0]),
        ("filter: since", QueueFilter(since_us=1_700_000_500_000_000), ORDERS[0]),
    ]
    for name, wanted, order in cases:
        first: list[float] = []
        began = time.perf_counter()
        source = QueueSource(workspace, workspace.learnt, CASE, wanted, order)

        def grown(source: Any = source, began: float = began, first: list[float] = first) -> None:
            if source.count():
                first.append(time.perf_counter() - began)

        source.load(grown)
        whole = time.perf_counter() - began
        page = [timed(lambda p=p, s=source: s.rows(p, p + 64)) for p in range(0, source.count(), max(1, source.count() // 20))]
        told(f"{name}: {source.count():,} rows, page", page or [0.0])
        print(f"    first rows known after {first[0] * 1000:.0f} ms, all after {whole * 1000:.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--chains", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/oddkin-big-findings"))
    options = parser.parse_args()
    workspace = build(options.folder, options.chains)
    asyncio.run(screens(workspace))
    findings(workspace)
    queries(workspace)
    workspace.close()


if __name__ == "__main__":
    main()
