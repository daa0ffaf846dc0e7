"""Progress as data, cancellation as a token: one event type for every front end.

The engine never prints. A job takes a `Run`, calls its `Run.report` a few times a second and its `Run.raise_if_cancelled` at
least once a batch; the command line draws a bar, the TUI posts a message, a test collects a list.
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
"""Asks whether to go on, and raises Cancelled when not: `Run.raise_if_cancelled`, for code that knows no jobs."""


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


@dataclass(frozen=True, slots=True)
class Run:
    """What a job is given by who starts it: where its steps go, and who may stop it. `Run()` is watched and stopped by nobody."""

    listener: Listener = silent
    token: CancelToken | None = None

    def report(self, step: Step) -> None:
        """Tell how far the job is."""
        self.listener(step)

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked to stop."""
        return self.token is not None and self.token.cancelled

    def raise_if_cancelled(self) -> None:
        """Raise `Cancelled` when somebody asked to stop."""
        if self.token is not None:
            self.token.raise_if_cancelled()

    def quiet(self) -> Run:
        """The same for a part of the job whose steps are nobody's concern."""
        return Run(token=self.token)


def throttle(listener: Listener, hz: float = 10.0) -> Listener:
    """Pass on at most `hz` steps a second per stage, and always those marked `last`."""
    shown: dict[str, float] = {}

    def passed(step: Step) -> None:
        now = time.monotonic()
        if step.last or now - shown.get(step.stage, float("-inf")) >= 1.0 / hz:
            shown[step.stage] = now
            listener(step)

    return passed
