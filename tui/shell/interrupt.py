"""Ctrl-C, SIGTERM and SIGHUP while a job runs: it stops at its next batch and leaves a consistent state.

Only around jobs. A command that waits for something else (a prompt, a library being imported) never looks at the token, so
there Python's own KeyboardInterrupt does the work.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from engine.errors import Cancelled
from engine.progress import CancelToken

if TYPE_CHECKING:
    from types import FrameType

ASKING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""SIGHUP: the terminal or the connection is gone. Who started a job with nohup wants it to go on, and it does."""


@contextmanager
def interruptible(token: CancelToken, told: str) -> Iterator[None]:
    """The first signal asks the job to stop, a second one stops the process at once.

    Raises Cancelled with `told`, which says what became of the work; also when the job was done before it saw the request.
    """

    def ask(_signum: int, _frame: FrameType | None) -> None:
        if token.cancelled:
            raise KeyboardInterrupt
        token.cancel()

    names = [name for name in ASKING if signal.getsignal(name) is not signal.SIG_IGN]
    before = [signal.signal(name, ask) for name in names]
    try:
        yield
    except Cancelled:
        raise Cancelled("Stopped on request.", remedy=told) from None
    finally:
        for name, handler in zip(names, before, strict=True):
            signal.signal(name, handler)
    if token.cancelled:
        raise Cancelled("Stopped on request; this part of the work was complete already.")
