"""One line under the queue: what the last verdict did, and what the next one would cover."""

from __future__ import annotations

from rich.cells import cell_len
from textual.strip import Strip

from tui.widgets.painted import Painted
from tui.widgets.spans import Line, fit, text_of


class VerdictBar(Painted, can_focus=False):
    """Two halves of a line; the left one is cut first, for it is history."""

    DEFAULT_CSS = "VerdictBar { height: 1; padding: 0 1; background: $boost; overflow: hidden; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.last: Line = []
        self.next: Line = []

    def tell(self, last: Line) -> None:
        """What was done."""
        self.last = last
        self.refresh()

    def preview(self, coming: Line) -> None:
        """What a verdict would cover now."""
        self.next = coming
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Left and right."""
        width = self.size.width
        right = cell_len(text_of(self.next))
        left = max(0, width - right - 2)
        return self.strip([*fit(self.last, left), ("  ", ""), *self.next], width)
