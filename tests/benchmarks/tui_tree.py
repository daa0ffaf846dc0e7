"""The tree over 100,000 processes of one host with deep and wide parts: first paint, and key to paint beyond Pilot's own wait.

    python -P tests/benchmarks/tui_tree.py --processes 100000

"paint" is from the key to the bytes that a terminal would get, in an application that is idle; "press" is what the driver's
press takes beyond a press of a key without a binding, "cpu" its processor time. Targets: first paint under 200 ms, p95 of
press under 50 ms. The first "next finding" and the first "only findings" include the query for all findings, in a thread.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parent)]
os.environ["TEXTUAL_ANIMATIONS"] = "none"

import numpy as np  # noqa: E402
from filling import CASE, fill  # noqa: E402
from textual.pilot import Pilot  # noqa: E402
from tui_queue import PaintedApp, quantile  # noqa: E402

from engine.domain.records import ProcessEvent  # noqa: E402
from store.workspace import Workspace, open_workspace  # noqa: E402
from tests.store.samples import score  # noqa: E402
from tui.runtime.services import Services  # noqa: E402

MORE = "a page more"
SIZE = (120, 36)
REST_S = 0.1
"""The details of the line before are painted by then."""
WIDE, DEEP = 0.4, 0.05
"""Shares of the processes that are children of one parent, and that form one line of descent."""


def events(count: int) -> Iterator[ProcessEvent]:
    """Random families with a branch `DEEP * count` deep and a parent of `WIDE * count` children in between."""
    random = np.random.default_rng(1)
    wide, deep = int(count * WIDE), int(count * DEEP)
    start = 1_772_409_600_000_000
    for number in range(count):
        if number < 10:
            parent = -1
        elif number < 10 + wide:
            parent = 3
        elif number < 10 + wide + deep:
            parent = number - 1 if number > 10 + wide else 4
        else:
            parent = int(random.integers(max(number - 3000, 0), number))
        yield ProcessEvent(
            kind="sysmon1", os="windows", host="BIG01", image=f"C:\\Apps\\tool{int(random.zipf(1.5)) % 300}.exe",
            time_us=start + number * 700_000, pid=4 * (number % 16_000), ppid=None, guid=f"guid-{number}",
            parent_guid=None if parent < 0 else f"guid-{parent}", command_line=f"tool.exe --number {number} --mode {number % 7}",
            user=f"CORP\\user{number % 40}", record_id=str(number), position=number,
        )  # fmt: skip


@dataclass
class Key:
    """Milliseconds of one key."""

    paint: float
    """From the key to the first bytes for the terminal."""
    press: float
    """The driver's whole press: it waits until the application is idle, which is after that."""
    cpu: float
    """Processor time of the press. Shared machines make wall times meaningless; this one is only made worse by them."""


async def press(pilot: Pilot[None], app: PaintedApp, key: str) -> Key:
    """One key in an application that has nothing else to do (the details of the line before are painted)."""
    await pilot.pause(REST_S)
    began, used = time.perf_counter(), time.process_time()
    await pilot.press(key)  # waits until the application is idle
    ended, used = time.perf_counter(), time.process_time() - used
    while app.painted < began and time.perf_counter() < ended + 0.5:
        await asyncio.sleep(0)
    return Key(max(app.painted_first(began) - began, 0) * 1000, (ended - began) * 1000, used * 1000)


class TreeApp(PaintedApp):
    """Remembers every paint."""

    CSS_PATH = PaintedApp.CSS_PATH

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.paints: list[float] = []

    def _display(self, screen: object, renderable: object) -> None:
        super()._display(screen, renderable)
        if self.painted and (not self.paints or self.paints[-1] != self.painted):
            self.paints.append(self.painted)

    def painted_first(self, began: float) -> float:
        """The first paint since then."""
        return next((paint for paint in self.paints if paint >= began), began)


async def run(workspace: Workspace) -> None:
    """First paint thrice (the first one with imports), then keys."""
    for attempt, rest in enumerate((0.0, 1.0, 1.0)):
        app = TreeApp(Services(workspace, CASE, author="bench"), start_mode="case")
        async with app.run_test(size=SIZE) as pilot:
            await pilot.pause(rest)
            began, used = time.perf_counter(), time.process_time()
            app.open_mode("tree")
            tree: Any = None
            while tree is None or not tree.lines or app.painted < began:
                await asyncio.sleep(0)
                found = app.screen.query("#tree")
                tree = found.first() if found else None
            wall, cpu = app.painted - began, time.process_time() - used
            told = f"{wall * 1000:.0f} ms ({cpu * 1000:.0f} ms of processor)"
            print(f"first paint of the screen, attempt {attempt} after {rest:.0f} s: {told}")
            if attempt == 2:
                await walk(app, pilot, tree)


async def walk(app: TreeApp, pilot: Pilot[None], tree: Any) -> None:
    """Keys of all kinds, on the wide and on the deep part."""
    from tui.screens.tree.forest.nodes import MAX_LINES
    from tui.screens.tree.forest.state import PAGE

    count = tree.state.source.hosts()[0].records
    await pilot.pause(0.5)
    idle = [await press(pilot, app, "f12") for _ in range(40)]
    wait, own = statistics.median(key.press for key in idle), statistics.median(key.cpu for key in idle)
    print(f"driver's own wait (a key without a binding): p50 {wait:.1f} ms")
    steps: list[tuple[str, list[str], Callable[[], None] | None]] = [
        ("j and k", ["j"] * 40 + ["k"] * 20, lambda: tree.reveal(row_id(tree, 20_000))),
        ("half pages", ["ctrl+d"] * 3 + ["ctrl+u"] * 3, None),
        ("end and top", ["G", "g"] * 15, None),
        ("open and fold the widest", ["l", "h"] * 15, lambda: tree.reveal(row_id(tree, 3))),
        ("... more, page after page", [MORE] * 30, lambda: tree.reveal(row_id(tree, 20_000))),
        ("end and top of 800", ["G", "g"] * 10, None),
        ("down the deep branch", ["l"] * 30, lambda: tree.reveal(row_id(tree, 12 + int(count * WIDE)))),
        ("next finding", ["n"] * 30, None),
        ("only findings, and back", ["z"] * 20, None),
        ("next match among them", ["z", *["n"] * 30], None),
        ("open all below, fold all below", ["shift+right", "shift+left"] * 10, lambda: tree.reveal(row_id(tree, 1))),
    ]
    for name, keys, before in steps:
        tree.focus()
        if before is not None:
            before()
            await pilot.pause()
        pressed = [await press(pilot, app, at_more(tree) if key is MORE else key) for key in keys]
        # A key that came to mean something else would be told as the fastest of all.
        assert any(key.paint for key in pressed), name
        report(name, pressed, wait, own)
        assert len(tree.lines) <= MAX_LINES + PAGE, len(tree.lines)


def report(name: str, keys: list[Key], wait: float, own: float) -> None:
    """Paint as it is; press and processor less the driver's own."""
    told = f"{name:<32}"
    for title, values in (
        ("paint", [key.paint for key in keys]),
        ("press", [key.press - wait for key in keys]),
        ("cpu", [key.cpu - own for key in keys]),
    ):
        told += f"  {title} p50 {quantile(values, 0.5):6.1f} p95 {quantile(values, 0.95):6.1f}"
    print(told + " ms")


def at_more(tree: Any) -> str:
    """Put the cursor on a "... more" line, where enter loads a page."""
    from tui.screens.tree.forest.nodes import Kind

    tree.cursor = next(place for place, line in enumerate(tree.lines) if line.kind is Kind.LATER)
    return "enter"


def row_id(tree: Any, number: int) -> int:
    """Id of the process that was written as `number`, counted from 0."""
    return int(tree.state.host_ids[0]) + 1 + number


def main() -> None:
    """Fill and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=100_000)
    parser.add_argument("--workspace", type=Path, default=None, help="keep it here and use it again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workspace = open_workspace(options.workspace or Path(folder))
        if not workspace.cases.list():
            started = time.perf_counter()
            fill(workspace, events(options.processes))
            score(workspace, CASE, flagged=300)
            print(f"filled in {time.perf_counter() - started:.0f} s")
        asyncio.run(run(workspace))
        workspace.close()


if __name__ == "__main__":
    main()
