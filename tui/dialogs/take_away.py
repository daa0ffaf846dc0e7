"""Copy and open elsewhere: the keys for the selected process of a screen, and the list of what there is to copy."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual.binding import Binding
from textual.widget import Widget

from tui.actions.triage.take_away import Copyable, Taken, taken
from tui.dialogs.choices import ChoicesDialog, ListChoice
from tui.runtime.beside import beside
from tui.runtime.services import Services
from tui.runtime.take_away import in_pager, to_clipboard


class TakeAway:
    """Keys for the selected process of a screen; a pane without a widget, for `ModeScreen.adopt`."""

    KEYS: ClassVar[list[Binding]] = [
        Binding("y", "copy", "Copy", show=False, id="take.copy", tooltip="Copy its command line, image, hash, row or chain"),
        Binding("E", "pager", "Pager", show=False, id="take.pager", tooltip="All that is known of it in $PAGER or $EDITOR"),
    ]

    def __init__(self, widget: Widget, services: Services, selected: Callable[[], int | None]) -> None:
        """`widget` reads and notifies; `selected`: the process that the cursor is on."""
        self._widget, self._services, self._selected = widget, services, selected

    def action_copy(self) -> None:
        """What the mouse has selected; else ask what of the process."""
        if selected := self._widget.screen.get_selected_text():
            to_clipboard(self._widget, selected, "selection")
            self._widget.screen.clear_selection()
            return
        dialog, things = ChoicesDialog("Copy"), dict[str, Copyable]()
        if self._read(partial(self._offer, dialog, things)):
            dialog.ask(self._widget, lambda letter: self._copy(things[letter]))

    def action_pager(self) -> None:
        """Show all of it."""
        self._read(lambda found: in_pager(self._widget, found.page()))

    def _read(self, then: Callable[[Taken], object]) -> bool:
        """False where there is nothing to read."""
        case, process = self._services.case, self._selected()
        if case is None or process is None:
            self._widget.notify("No process is selected.", severity="warning")
            return False
        beside(self._widget, "take-away", partial(taken, self._services.workspace, case, process), then)
        return True

    def _offer(self, dialog: ChoicesDialog, things: dict[str, Copyable], found: Taken) -> None:
        things.update({one.letter: one for one in found.copyables()})
        dialog.offer([ListChoice(one.letter, one.name, one.text.replace("\n", " ⏎ ")) for one in things.values()])

    def _copy(self, thing: Copyable) -> None:
        to_clipboard(self._widget, thing.text, thing.name)
