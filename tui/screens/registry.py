"""Which class is the screen of which mode. Imported when the mode is first opened, so starting pays for one screen only."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.jobs_runner import JobRunner
    from tui.screens.base import ModeScreen
    from tui.services import Services

SCREENS = {
    "case": "tui.screens.case:CaseScreen",
    "tree": "tui.screens.tree:TreeScreen",
    "train": "tui.screens.train:TrainScreen",
    "triage": "tui.screens.triage:TriageScreen",
    "models": "tui.screens.models:ModelsScreen",
    "patterns": "tui.screens.patterns:PatternsScreen",
}
"""In the order of the keys 1 to 6."""


def build(mode: str, services: Services, runner: JobRunner) -> ModeScreen:
    """The screen of a mode, not mounted yet."""
    module, _, name = SCREENS[mode].partition(":")
    made: ModeScreen = getattr(import_module(module), name)(services, runner)
    return made
