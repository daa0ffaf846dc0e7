"""Progress as data, cancellation as a token: one event type for every front end.

The engine never prints. A job calls `listener(Step(...))` a few times a second and `token.raise_if_cancelled()`
at least once a batch; the command line draws a bar, the TUI posts a message, a test collects a list.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from engine.errors import Cancelled


@dataclass(frozen=True, slots=True)
class Step:
    """How far a job is. `done` and `total` count `unit`s; `total` is None while it is unknown."""

    stage: str
    done: int
    total: int | None = None
    unit: str = ""
    detail: str = ""
    """What is being worked on now (a file, an epoch). Untrusted text: front ends escape it."""
    metrics: Mapping[str, float] = field(default_factory=dict)
    last: bool = False
    """The stage is complete; never dropped by `throttle`."""


Listener = Callable[[Step], None]
Check = Callable[[], None]
"""Asks whether to go on, and raises Cancelled when not: `CancelToken.raise_if_cancelled`, for code that knows no jobs."""


def silent(step: Step) -> None:
    """Listener that ignores everything."""


def unasked() -> None:
    """The Check of work that nobody can stop."""


class CancelToken:
    """Cooperative cancellation, safe to set from a signal handler or another thread."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask the job to stop at its next check."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked."""
        return self._event.is_set()

    def raise_if_cancelled(self) -> None:
        """Raise `Cancelled` when somebody asked."""
        if self._event.is_set():
            raise Cancelled("Stopped on request. What was finished is kept.")


def throttle(listener: Listener, hz: float = 10.0) -> Listener:
    """Pass on at most `hz` steps a second per stage, and always those marked `last`."""
    shown: dict[str, float] = {}

    def passed(step: Step) -> None:
        now = time.monotonic()
        if step.last or now - shown.get(step.stage, float("-inf")) >= 1.0 / hz:
            shown[step.stage] = now
            listener(step)

    return passed
