"""The model in use beside the one that waits to be switched to: compared in a worker, or what is missing for that."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui.actions.models import compared, short_id
from tui.runtime.beside import beside
from tui.runtime.services import Services
from tui.widgets.comparison import ComparisonPane, comparison_lines

if TYPE_CHECKING:
    from store.queue.comparison import ModelComparison


class ChallengerPane(ComparisonPane):
    """Compares two models of the current case."""

    def __init__(self, services: Services) -> None:
        super().__init__(id="comparison")
        self._services = services
        self._models: tuple[str | None, str | None] = (None, None)

    def show_models(self, in_use: str | None, challenger: str | None) -> None:
        """Compare these two, or say which is missing."""
        self._models = (in_use, challenger)
        self.compare_again()

    def compare_again(self) -> None:
        """The scores or the verdicts changed."""
        case, (in_use, challenger) = self._services.case, self._models
        self.set_class(case is not None and in_use is not None and challenger is not None, "-compared")
        if case is None:
            self.say("No case yet: press 1 and ingest logs.")
        elif in_use is None:
            self.say("No model is in use: r trains the first one,", "and the case is ranked by it at once.")
        elif challenger is None:
            self.say(f"{short_id(in_use)} is in use and no other model waits.", "r trains one beside it, to be compared here.")
        else:
            beside(self, "compare", partial(compared, self._services.workspace, case, in_use, challenger), self._compared)

    def _compared(self, found: ModelComparison) -> None:
        if (found.old, found.new) == self._models:
            lines = comparison_lines(found, f"{short_id(found.old)} in use", f"{short_id(found.new)} new")
            self.show([*lines[:1], [("w switches to the new model", "accent")], *lines[1:]])
