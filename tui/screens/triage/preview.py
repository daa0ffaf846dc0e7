"""What the next verdict would cover, said in the bar before its key is pressed: at once what the line tells, exactly when the
cursor rests.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from textual.widget import Widget

from engine.errors import OddkinError
from tui.runtime.beside import beside
from tui.runtime.services import Services
from tui.screens.triage.outcome_words import coming_words, counted_words
from tui.screens.triage.state import TriageState
from tui.screens.triage.target import VerdictTarget
from tui.words.spans import Line

if TYPE_CHECKING:
    from store.verdicts.extent import Extent


class ComingVerdict:
    """Tells the bar, and counts beside the screen what a verdict would extend to, so that its question is there at once."""

    def __init__(
        self, widget: Widget, services: Services, state: TriageState, target: Callable[[], VerdictTarget | None],
        tell: Callable[[Line], None],
    ) -> None:  # fmt: skip
        """`widget` counts, `target`: what a verdict is for now, `tell`: the right half of the bar."""
        self._widget, self._services, self._state, self._target, self._tell = widget, services, state, target, tell

    def show(self) -> None:
        """What a verdict would cover now."""
        target, marks = self._target(), len(self._state.marks)
        extent = self._state.extent(target) if target is not None else None
        if target is None or extent is None:
            self._tell(coming_words(target, marks))
        else:
            self._tell(counted_words(target, marks, extent))

    def count(self) -> None:
        """The cursor rests: count it, and say what of it is decided or below the threshold."""
        target, case = self._target(), self._services.case
        self.show()
        if target is None or case is None or self._state.extent(target) is not None:
            return
        read = partial(self._services.workspace.labels.extent, case, target.on)
        # Where the case is scored anew meanwhile, the list is about to be read again.
        beside(self._widget, "extent", read, partial(self._counted, target, self._state.acts), gone=OddkinError)

    def _counted(self, target: VerdictTarget, acts: int, extent: Extent) -> None:
        now = self._target()
        if acts == self._state.acts and now is not None and now.on == target.on:
            self._state.known = (target, extent)
            self.show()
