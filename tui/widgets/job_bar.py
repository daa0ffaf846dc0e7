"""The status line above the footer: what runs, how far it is, how long it will take; afterwards how it ended."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

from engine.progress import Step
from engine.untrusted import visible
from tui.shell.progress_view import amount, metrics
from tui.words.pace import Pace, duration

if TYPE_CHECKING:
    from tui.runtime.jobs_runner import JobRunner
    from tui.runtime.messages import JobEnded

BAR = 16
GLYPHS = {"done": ("✓", "$success"), "cancelled": ("■", "$warning"), "failed": ("!", "$error")}


class JobBar(Widget):
    """One line from the first job on: nothing moves when another one begins or ends, and before there is nothing to say."""

    DEFAULT_CSS = """
    JobBar { height: 1; background: $surface; padding: 0 1; display: none; }
    JobBar.-used { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._name = ""
        self._step: Step | None = None
        self._pace = Pace()
        self._stopping = False
        self._said = Content("")

    def resume(self, runner: JobRunner) -> None:
        """Go on with a job that was running before this bar was there, or while it was not to be seen."""
        if runner.running is not None:
            if runner.running != self._name:
                self.begin(runner.running)
            if runner.step is not None:
                self.step(runner.running, runner.step)

    def begin(self, name: str) -> None:
        """A job started."""
        self.add_class("-used")
        self._name, self._step, self._stopping, self._pace = name, None, False, Pace()
        self.refresh()

    def step(self, name: str, step: Step) -> None:
        """It got on."""
        self._name, self._step = name, step
        self._pace.add(step, time.monotonic())
        self.refresh()

    def stopping(self) -> None:
        """Somebody asked it to stop."""
        self._stopping = True
        self.refresh()

    def end(self, ended: JobEnded) -> None:
        """It is over; the line stays until the next job."""
        self.add_class("-used")
        glyph, style = GLYPHS[ended.outcome]
        said = {"done": "done", "cancelled": f"stopped; {ended.left}", "failed": "failed"}[ended.outcome]
        if ended.outcome == "done" and isinstance(ended.result, str):
            said = ended.result
        elif ended.error is not None and ended.outcome == "failed":
            said = f"{ended.error.title}: {ended.error.message}"
        self._name, self._step = "", None
        self._said = Content.assemble((f"{glyph} {ended.name}", style), f"  {visible(said)}")
        self.refresh()

    def render(self) -> Content:
        """The line."""
        if not self._name:
            # Cut with a sign: wrapped, a long path would stand on a second line that is not there.
            return self._said.truncate(max(1, self.size.width - 2), ellipsis=True)
        head = Content.styled(f"● {self._name}", "bold $accent")
        if self._step is None:
            return Content.assemble(head, "  starting…")
        tail = "stopping…" if self._stopping else "ctrl+x stops it"
        room = self.size.width - 2 - cell_len(head.plain) - cell_len(tail) - 4
        middle = told(self._step, self._pace, room)
        gap = max(self.size.width - 2 - cell_len(head.plain) - cell_len(middle) - cell_len(tail) - 2, 1)
        return Content.assemble(head, "  ", middle, " " * gap, (tail, "$warning" if self._stopping else "$text-muted"))


def told(step: Step, pace: Pace, room: int) -> str:
    """Stage, bar, amount, time left, numbers, file: in this order, as much as fits into `room` columns."""
    parts = [step.stage if step.stage else ""]
    if step.total:
        share = min(step.done / step.total, 1.0)
        full = round(share * BAR)
        parts.append(f"{'━' * full}{'╌' * (BAR - full)} {share:4.0%}")
    left = pace.left(step)
    if left is not None:
        parts.append(f"{duration(left)} left")
    parts += [amount(step), metrics(step).removeprefix(", "), visible(step.detail, 60)]
    line = ""
    for part in parts:
        longer = f"{line}  {part}" if line and part else line or part
        if cell_len(longer) > room:
            break
        line = longer
    return line
