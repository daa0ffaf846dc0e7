"""The last line of a screen: the keys that work where the focus is, as many as there is room for, each whole.

Textual's Footer is a widget for each key, made anew with every change of focus, and scrolls sideways where they do not fit: the
last ones, how to get help and how to leave, were cut there.
"""

from __future__ import annotations

from textual.binding import Binding
from textual.events import Click
from textual.screen import Screen
from textual.strip import Strip

from tui.widgets.painted import Painted
from tui.words.spans import Line, cells

ALWAYS = ("help", "quit")
"""Bindings, by id, that leave last."""


class FooterLine(Painted, can_focus=False):
    """Key and description of each binding that asks to be shown."""

    DEFAULT_CSS = "FooterLine { dock: bottom; height: 1; padding: 0 1; background: $panel; overflow: hidden; }"

    def __init__(self) -> None:
        super().__init__()
        self._keys: tuple[tuple[Binding, str], ...] = ()
        """With what the key is called."""

    def on_mount(self) -> None:
        """What works changes with the focus."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, screen: Screen[object]) -> None:
        # In a terminal that lost the focus nothing has it, and nothing would work: what did stays.
        if not self.is_attached or screen is not self.screen or not self.app.app_focus:
            return
        keys: dict[str, Binding] = {}
        for active in screen.active_bindings.values():
            if active.binding.show and active.enabled:
                keys.setdefault(active.binding.action, active.binding)
        found = tuple((binding, self.app.get_key_display(binding)) for binding in keys.values())
        if found != self._keys:
            self._keys = found
            self.refresh()

    def fitting(self, width: int) -> list[tuple[Binding, str]]:
        """The keys that there is room for, in their order."""
        left = width + 1  # nothing behind the last
        kept: set[int] = set()
        # Those that always work first: they are the way to all others.
        for place in sorted(range(len(self._keys)), key=lambda at: self._keys[at][0].id not in ALWAYS):
            binding, key = self._keys[place]
            size = cells(key) + cells(binding.description) + 2
            if size > left:
                break
            left -= size
            kept.add(place)
        return [one for place, one in enumerate(self._keys) if place in kept]

    def line(self, width: int) -> Line:
        """What is drawn."""
        parts: list[Line] = [[(key, "marked"), (f" {binding.description}", "dim")] for binding, key in self.fitting(width)]
        return [span for place, part in enumerate(parts) for span in ([(" ", "")] if place else []) + part]

    def on_click(self, event: Click) -> None:
        """The mouse presses a key."""
        at = 1
        for binding, key in self.fitting(self.size.width):
            size = cells(key) + cells(binding.description) + 1
            if at <= event.x < at + size:
                self.app.simulate_key(binding.key)
            at += size + 1

    def draw_line(self, y: int) -> Strip:
        """The keys."""
        return self.strip(self.line(self.size.width), self.size.width)
