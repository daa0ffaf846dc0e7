"""Drawing the steps of a job on stderr."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from engine.progress import Step, silent, throttle
from engine.untrusted import visible

if TYPE_CHECKING:
    from rich.console import Console

    from engine.progress import Listener


ONE = {"batches": "batch", "processes": "process", "halves": "half", "entries": "entry", "hashes": "hash", "searches": "search"}
"""Units whose singular is not the word without its last letter."""


class ProgressView:
    """Context manager whose `listener` draws the steps of a job."""

    listener: Listener

    def __enter__(self) -> ProgressView:
        return self

    def __exit__(self, *_exc: object) -> None:
        return None


Say = Callable[[str], None]


if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID


class NoView(ProgressView):
    """--quiet."""

    listener = staticmethod(silent)


class LineView(ProgressView):
    """For pipes and log files: a line when a stage ends, and one every few seconds in between."""

    HEARTBEAT_S = 10.0

    def __init__(self, say: Say) -> None:
        self._say = say
        self._started: dict[str, float] = {}
        self._spoken: dict[str, tuple[float, int]] = {}
        self.listener = self._on_step

    def _on_step(self, step: Step) -> None:
        now = time.monotonic()
        started = self._started.setdefault(step.stage, now)
        spoken, before = self._spoken.setdefault(step.stage, (now, step.done))
        if step.last or now - spoken >= self.HEARTBEAT_S:
            self._spoken[step.stage] = now, step.done
            left = "" if step.last else time_left(step, now - spoken, step.done - before)
            self._say(f"{step.stage}: {amount(step)}{metrics(step)} in {now - started:.1f} s{left}")
        if step.last:
            del self._started[step.stage], self._spoken[step.stage]


class BarView(ProgressView):
    """A bar per stage with rate and time left."""

    def __init__(self, console: Console) -> None:
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        self._progress: Progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description:<16}", markup=False),
            BarColumn(bar_width=28),
            TextColumn("{task.fields[amount]}", markup=False),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[detail]}", style="dim", markup=False),
            console=console,
            transient=False,
        )
        self._tasks: dict[str, TaskID] = {}
        self.listener = throttle(self._on_step)

    def __enter__(self) -> BarView:
        self._progress.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._progress.stop()

    def _on_step(self, step: Step) -> None:
        if step.stage not in self._tasks:
            self._tasks[step.stage] = self._progress.add_task(step.stage, total=step.total, amount="", detail="")
        self._progress.update(
            self._tasks[step.stage],
            completed=step.done,
            total=step.total if step.total is not None else (step.done if step.last else None),
            amount=amount(step) + metrics(step),
            detail="" if step.last else visible(step.detail, 60),
        )


def amount(step: Step) -> str:
    """How much of how much: `12,000 of 40,000 events`, bytes in MB."""
    if step.unit == "B":
        done, unit = f"{step.done / 1e6:,.1f}", "MB"
        total = None if step.total is None else f"{step.total / 1e6:,.1f}"
    else:
        done, unit = f"{step.done:,}", step.unit
        total = None if step.total is None else f"{step.total:,}"
    if total is not None and total != done:
        return f"{done} of {total} {unit}".rstrip()
    return f"{done} {one_of(unit) if done == '1' else unit}".rstrip()


def one_of(unit: str) -> str:
    """The word for one: of hosts host."""
    return ONE.get(unit) or unit.removesuffix("s")


def time_left(step: Step, seconds: float, done: int) -> str:
    """How long the rest takes at the pace of the last `seconds`, as `, 0:03:10 left`; "" while nobody can tell."""
    if step.total is None or done <= 0:
        return ""
    return f", {timedelta(seconds=round(max(step.total - step.done, 0) * seconds / done))} left"


def metrics(step: Step) -> str:
    """The numbers that travel with a step, as `, loss 0.0123, events 12,000`."""
    shown = (f"{name} {value:,.0f}" if abs(value) >= 1000 else f"{name} {value:.4g}" for name, value in step.metrics.items())
    return "".join(f", {text}" for text in shown)
