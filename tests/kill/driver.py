"""Runs the command line and kills its own process with SIGKILL at a chosen moment.

    python driver.py KILL_AT TICKS_FILE oddkin-arguments…

A tick is anything after which a kill could hurt: an SQL statement, a commit, a flush to disk, a rename, a look at the
cancel token. KILL_AT 0 never kills; the number of ticks is written to TICKS_FILE, so that a test can choose moments
spread over the whole run, deterministically and without sleeping.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from pathlib import Path
from typing import Any

KILL_AT = int(sys.argv[1])
TICKS_FILE = Path(sys.argv[2])
SMALL_BATCH = 50
ticks = itertools.count(1)


def tick(*_args: Any, **_kwargs: Any) -> None:
    if next(ticks) == KILL_AT:
        os.kill(os.getpid(), signal.SIGKILL)


def before(function: Any) -> Any:
    def ticking(*args: Any, **kwargs: Any) -> Any:
        tick()
        return function(*args, **kwargs)

    return ticking


def main() -> None:
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    import engine.jobs.ingest.bundle
    import engine.jobs.ingest.chunks
    from engine.progress import CancelToken

    engine.jobs.ingest.chunks.BATCH_ITEMS = engine.jobs.ingest.bundle.BUNDLE_ITEMS = SMALL_BATCH
    event.listen(Engine, "before_cursor_execute", tick)
    event.listen(Engine, "commit", tick)
    CancelToken.raise_if_cancelled = before(CancelToken.raise_if_cancelled)  # type: ignore[method-assign]
    for name in ("fsync", "replace", "rename"):
        setattr(os, name, before(getattr(os, name)))

    from tui.command_line import app

    try:
        app(sys.argv[3:])
    finally:
        TICKS_FILE.write_text(str(next(ticks) - 1))


if __name__ == "__main__":
    main()
