"""The keys of verdicts, always in sight above the footer: made from the bindings themselves."""

from __future__ import annotations

from collections.abc import Sequence

from textual.binding import Binding
from textual.events import Click
from textual.strip import Strip

from tui.widgets.painted import Painted
from tui.words.spans import Line, cells, text_of
from tui.words.verdicts import LOOKS

ROLES = {look.key: word for word, look in LOOKS.items()}
"""Key of a verdict -> the verdict, whose colour it has."""


class KeysLine(Painted, can_focus=False):
    """One line: key and description of each binding, as many as there is room for."""

    DEFAULT_CSS = "KeysLine { height: 1; padding: 0 1; background: $panel; overflow: hidden; }"

    def __init__(self, keys: Sequence[Binding], *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._keys = tuple(keys)

    def line(self, width: int) -> Line:
        """What is drawn."""
        spans = [span for _, words in self._fitting(width) for span in words]
        # The blanks behind the last one are no reason to cut it.
        return [*spans[:-1], *((text.rstrip(), role) for text, role in spans[-1:])]

    def _fitting(self, width: int) -> list[tuple[Binding, Line]]:
        found: list[tuple[Binding, Line]] = []
        used = 0
        for binding in self._keys:
            key = binding.key_display or binding.key.split(",")[0]
            words: Line = [(key, ROLES.get(key, "accent")), (f" {binding.description.lower()}  ", "")]
            size = cells(text_of(words))
            if used + size - 2 <= width:
                found.append((binding, words))
                used += size
        return found

    async def on_click(self, event: Click) -> None:
        """The mouse presses a key."""
        at = 1
        for binding, words in self._fitting(self.size.width):
            size = cells(text_of(words))
            if at <= event.x < at + size - 2:
                await self.app.run_action(binding.action, self.screen)
            at += size

    def draw_line(self, y: int) -> Strip:
        """The keys."""
        return self.strip(self.line(self.size.width), self.size.width)
