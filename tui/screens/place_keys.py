"""Back and forward over the places of all screens; a pane without a widget, for `ModeScreen.adopt`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding

from tui.runtime.messages import PlaceWanted
from tui.runtime.places import ScreenPlace

if TYPE_CHECKING:
    from tui.screens.base import ModeScreen


class PlaceKeys:
    """Its keys, and what a jump calls before it begins."""

    KEYS: ClassVar[list[Binding]] = [
        Binding("left_square_bracket", "place(-1)", "Back", key_display="[", show=False, id="place.back",
                tooltip="Where one was before the last jump, filter or order"),
        Binding("right_square_bracket", "place(1)", "Forward", key_display="]", show=False, id="place.forward",
                tooltip="Where one came back from"),
    ]  # fmt: skip

    def __init__(self, screen: ModeScreen) -> None:
        self._screen = screen

    def _here(self) -> ScreenPlace:
        return ScreenPlace(self._screen.MODE, self._screen.place())

    def leave(self) -> None:
        """A jump begins here."""
        self._screen.services.places.leave(self._here())

    def action_place(self, by: int) -> None:
        """Back or forward."""
        places = self._screen.services.places
        found = places.back(self._here()) if by < 0 else places.forward(self._here())
        if found is None:
            self._screen.notify("There is no place before this one." if by < 0 else "There is no place to go forward to.")
        else:
            self._screen.app.post_message(PlaceWanted(found))
