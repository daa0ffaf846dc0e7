"""Starting: what it imports, how long until something is on the screen, that leaving ends the process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"torch", "gensim", "sklearn", "scipy", "alembic"}
"""numpy may be there by then: the figures of the case come with it, in a thread, after the first paint."""

PROBE = """
import sys, time
began = time.perf_counter()
sys.path.insert(0, {root!r})
import asyncio
from pathlib import Path
from store.workspace import open_workspace
from tui.app.app import OddkinApp
from tui.runtime.services import open_services

painted = []

async def main():
    app = OddkinApp(open_services(open_workspace(Path({folder!r}))))
    display = app._display

    def watched(screen, renderable):
        if hasattr(screen, "MODE"):
            painted.append(time.perf_counter() - began)
        display(screen, renderable)

    app._display = watched
    async with app.run_test(size=(120, 36)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        print(painted[0])
        print(*sorted({{name.split(".")[0] for name in sys.modules}}))

asyncio.run(main())
"""


def probe(folder: Path) -> tuple[float, set[str]]:
    code = PROBE.format(root=str(ROOT), folder=str(folder))
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    seconds, modules = done.stdout.splitlines()[-2:]
    return float(seconds), set(modules.split())


def test_first_paint_imports_nothing_that_computes(trained_template: Path) -> None:
    _seconds, modules = probe(trained_template)
    assert not modules & HEAVY


@pytest.mark.benchmark
def test_first_paint_takes_less_than_a_second(trained_template: Path) -> None:
    took = sorted(probe(trained_template)[0] for _ in range(5))
    print(f"first paint: best {took[0]:.2f} s, median {took[2]:.2f} s")
    assert took[0] < 1.0
