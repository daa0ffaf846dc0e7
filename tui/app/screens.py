"""Which class is the screen of which mode. Imported when the mode is first opened, so starting pays for one screen only."""

from __future__ import annotations

from importlib import import_module

from tui.runtime.jobs_runner import JobRunner
from tui.runtime.services import Services
from tui.screens.base import ModeScreen

SCREENS = {
    "case": "tui.screens.case.screen:CaseScreen",
    "tree": "tui.screens.tree.screen:TreeScreen",
    "train": "tui.screens.train.screen:TrainScreen",
    "triage": "tui.screens.triage.screen:TriageScreen",
    "models": "tui.screens.models.screen:ModelsScreen",
    "patterns": "tui.screens.patterns.screen:PatternsScreen",
}
"""In the order of the keys 1 to 6."""


def build(mode: str, services: Services, runner: JobRunner) -> ModeScreen:
    """The screen of a mode, not mounted yet."""
    return screen_class(mode)(services, runner)


def screen_class(mode: str) -> type[ModeScreen]:
    """The class alone, for what can be read off it."""
    module, _, name = SCREENS[mode].partition(":")
    found: type[ModeScreen] = getattr(import_module(module), name)
    return found
