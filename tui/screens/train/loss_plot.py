"""The loss while a network trains: curve, batch, epoch, rate, time left."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

from engine.progress import Step
from tui.widgets.line_pane import LinePane
from tui.words.pace import Pace, duration
from tui.words.plots import axis_row, line_rows, linear_ticks, short
from tui.words.spans import Line, wrap

MARGIN = 8
"""Cells for the numbers of the y axis."""
STAGES = frozenset({"train", "train classifier"})
MAX_POINTS = 4_000


@dataclass
class LossCurve:
    """What is known of one training run."""

    points: list[tuple[float, float]] = field(default_factory=list)
    """Batch and loss."""
    batches: int = 0
    epochs: int | None = None
    """What all batches are in passes over the chains, where they were ordered so; the starter's are among the chains."""
    done: int = 0
    rate: float = 0.0
    """Chains per second."""
    left_s: float | None = None
    ended: bool = False
    area: float | None = None
    """AUC of the shuffle test so far, where the step tells it."""
    stop: str = ""
    """Why and when it ended before its time."""

    def add(self, step: Step, pace: Pace) -> None:
        """Take in a step of the training stage; others are ignored."""
        if step.stage not in STAGES or "loss" not in step.metrics:
            return
        self.batches, self.done, self.ended = step.total or self.batches, step.done, step.last
        self.rate = step.metrics.get("chains/s", self.rate)
        self.left_s = pace.left(step)
        self.area = step.metrics.get("AUC", self.area)
        self.stop = step.detail if step.last else ""
        loss = step.metrics["loss"]
        if math.isfinite(loss) and len(self.points) < MAX_POINTS:
            self.points.append((float(step.done), loss))


def told(curve: LossCurve) -> Line:
    """The numbers in one line, most important first: a narrow pane cuts the rest."""
    if not curve.points:
        return [("Nothing has been trained in this session yet.", "dim")]
    line: Line = [("loss ", "dim"), (f"{curve.points[-1][1]:.4g}", "strong")]
    line += [("  batch ", "dim"), (f"{curve.done:,} of {curve.batches:,}", "")]
    if curve.epochs and curve.batches:
        line += [("  epoch ", "dim"), (f"{curve.done / curve.batches * curve.epochs:,.1f} of {curve.epochs:,}", "")]
    if not curve.ended and curve.left_s is not None:
        line += [("  at most ", "dim"), (f"{duration(curve.left_s)} left", "")]
    if curve.area is not None:
        line += [("  AUC ", "dim"), (f"{curve.area:.3f}", "strong")]
    line += [("  ", ""), (f"{curve.rate:,.0f} chains/s", "")]
    if curve.ended and not curve.stop and curve.done < curve.batches:
        line += [("  stopped early: the loss stood still", "dim")]
    return line


def stop_lines(curve: LossCurve, width: int) -> list[Line]:
    """Why it ended before its time, whole."""
    return [[(text, "warning")] for text in wrap(curve.stop, width, 3)] if curve.ended and curve.stop else []


def plot_lines(curve: LossCurve, width: int, height: int) -> list[Line]:
    """The numbers, and under them as much of a plot as there is room for. The loss is on a logarithmic axis."""
    lines = [told(curve), *stop_lines(curve, width)]
    rows, columns = height - 2 - len(lines), width - MARGIN
    if len(curve.points) < 2 or rows < 1 or columns < 8:
        return lines
    logs = [(batch, math.log10(max(loss, 1e-12))) for batch, loss in curve.points]
    low, high = min(log for _, log in logs), max(log for _, log in logs)
    ys = (low - 0.02, max(high, low + 0.1) + 0.02)
    xs = (0.0, float(max(curve.batches, curve.done)))
    drawn = line_rows(logs, columns, rows, xs, ys)
    for row, text in enumerate(drawn):
        value = 10 ** (ys[1] - (ys[1] - ys[0]) * (row + 0.5) / rows)
        label = short(value) if row in {0, rows // 2, rows - 1} else ""
        lines.append([(f"{label:>{MARGIN - 2}} ", "dim"), ("┤" if label else "│", "dim"), (text, "accent")])
    axis, labels = axis_row(xs, columns, linear_ticks(xs))
    lines.append([(" " * (MARGIN - 1), ""), ("└", "dim"), (axis, "dim")])
    lines.append([(" " * MARGIN, ""), (labels, "dim")])
    return lines


class LossPlot(LinePane):
    """Draws a LossCurve."""

    BORDER_TITLE = "Loss"
    HELP = (
        "The loss of the network while it trains: how badly it repeats the chains it is shown. Lower is better; level is done."
        " AUC: how well it tells some of the chains from the same ones shuffled, so far."
    )

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.curve = LossCurve()
        self._pace = Pace()

    def begin(self, epochs: int | None) -> None:
        """A training begins, for so many epochs; None where it may stop when it likes."""
        self.curve, self._pace = LossCurve(epochs=epochs), Pace()
        self.rebuild()

    def step(self, step: Step) -> None:
        """It got on; drawn by the next `rebuild`."""
        self._pace.add(step, time.monotonic())
        self.curve.add(step, self._pace)

    def drawn(self, width: int, height: int) -> list[Line]:
        """Numbers and curve."""
        return plot_lines(self.curve, width, height)
