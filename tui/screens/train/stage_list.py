"""The stages of a training, ticked off as they pass."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from engine.progress import Step
from tui.shell.progress_view import amount
from tui.widgets.line_pane import LinePane
from tui.words.spans import Line

STAGES = (
    ("rules", "rules"),
    ("read chains", "read chains"),
    ("device", "device"),
    ("learn words", "learn words"),
    ("train", "train network"),
    ("calibrate", "calibrate"),
    ("shuffle test", "shuffle test"),
    ("score", "score the case"),
)
"""In the order of a training; names of steps and words for people."""
CLASSIFIER_STAGES = (
    ("read queue", "read queue"),
    ("train classifier", "train network"),
    ("ask classifier", "judge, re-rank"),
)
"""The same for a classifier."""


class StageList(LinePane):
    """✓ done, ▸ at work, · to come, ■ stopped."""

    BORDER_TITLE = "Stages"
    _steps: Mapping[str, Step] = MappingProxyType({})
    _stopped = ""
    _stages: tuple[tuple[str, str], ...] = STAGES

    def begin(self, stages: tuple[tuple[str, str], ...] = STAGES) -> None:
        """A new run."""
        self._steps, self._stopped, self._stages = {}, "", stages
        self.rebuild()

    def step(self, step: Step) -> None:
        """It got on."""
        self._steps = {**self._steps, step.stage: step}
        self.rebuild()

    def stop(self, how: str) -> None:
        """It ended; "" when it is complete."""
        self._stopped = how
        self.rebuild()

    def drawn(self, width: int, height: int) -> list[Line]:
        """A line per stage."""
        lines: list[Line] = []
        seen = [name for name, _ in self._stages if name in self._steps]
        last = seen[-1] if seen else ""
        # Stopped between two stages: the one to come next did not begin.
        between = bool(self._stopped) and (not seen or self._steps[last].last)
        for name, words in self._stages:
            step = self._steps.get(name)
            working = name == last and step is not None and not step.last
            if step is None and between:
                between = False
                lines.append([(" ■ ", "warning"), (f"{words}: {self._stopped}", "warning")])
            elif step is None:
                lines.append([(" · ", "dim"), (words, "dim")])
            elif working and self._stopped:
                lines.append([(" ■ ", "warning"), (f"{words}: {self._stopped}", "warning")])
            elif working:
                share = f" {step.done / step.total:.0%}" if step.total else ""
                lines.append([(" ▸ ", "accent"), (f"{words:<15}", "strong"), (share, "")])
            else:
                told = step.detail if name == "device" else amount(step)
                lines.append([(" ✓ ", "good"), (f"{words:<15}", ""), (f" {told}", "dim")])
        return lines
