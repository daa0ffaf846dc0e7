"""A running ingest in full: how far, how fast, how long still, which file."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual.content import Content
from textual.widget import Widget

from engine.progress import Step
from tui.shell.progress_view import amount
from tui.words.pace import Pace, duration
from tui.words.spans import tail_crop

WIDEST_BAR = 60
STAGES = {"read": "Reading", "link": "Building process trees", "simulate": "Simulating"}
"""In words; all that come behind these are the ranking's."""


class IngestProgress(Widget):
    """Fed with the steps of the job; four lines."""

    DEFAULT_CSS = """
    IngestProgress { height: auto; min-height: 4; }
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._pace = Pace()
        self._step: Step | None = None
        self._began = clock()
        self._read_summary = ""

    def begin(self) -> None:
        """A new run."""
        self._pace, self._step, self._began, self._read_summary = Pace(), None, self._clock(), ""
        self.refresh(layout=True)

    def step(self, step: Step) -> None:
        """How far it is."""
        self._pace.add(step, self._clock())
        self._step = step
        if step.stage == "read" and "records" in step.metrics:
            rate = step.metrics.get("records/s", 0)
            self._read_summary = f"{step.metrics['records']:,.0f} records read · {rate:,.0f} records/s"
        self.refresh(layout=True)

    def render(self) -> Content:
        """Bar, figures, file, hint."""
        elapsed = duration(self._clock() - self._began)
        if self._step is None:
            return Content(f"Looking at the evidence … {elapsed}")
        return Content("\n").join(self._lines(self._step, elapsed))

    def _lines(self, step: Step, elapsed: str) -> list[Content]:
        title = STAGES.get(step.stage, "Ranking")
        width = min(max(self.size.width - 46, 10), WIDEST_BAR)
        share = min(step.done / step.total, 1.0) if step.total else 0.0
        full = round(share * width)
        bar = Content.assemble(("━" * full, "$primary"), ("╌" * (width - full), "$text-muted"))
        left = self._pace.left(step)
        times = f"{duration(left)} left · {elapsed} so far" if left is not None else f"{elapsed} so far"
        figures = " · ".join(part for part in (self._read_summary, times) if part)
        return [
            Content.assemble((f"{title}  ", "bold"), bar, f" {share:4.0%}  {amount(step)}"),
            Content(figures),
            Content.styled(tail_crop(step.detail, self.size.width) or " ", "$text-muted"),
            Content.styled("ctrl+x stops it: what was read stays, and the same path goes on from there later.", "$text-muted"),
        ]
