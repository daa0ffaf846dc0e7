"""One line under the queue: what the last verdict did, and what the next one would cover; or the question it asks first."""

from __future__ import annotations

from rich.cells import cell_len
from textual.strip import Strip

from tui.widgets.painted import Painted
from tui.words.spans import Line, fit, text_of


class VerdictBar(Painted, can_focus=False):
    """Two halves of a line; the left one is cut first, for it is history. A question takes the whole line while it stands."""

    DEFAULT_CSS = (
        "VerdictBar { height: 1; padding: 0 1; background: $boost; overflow: hidden;\n&.-asking { background: $warning-muted; } }"
    )

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.last: Line = []
        self.next: Line = []
        self._whole = False
        self.question: tuple[Line, Line] | None = None
        """In full, and for a narrow terminal."""

    def ask(self, full: Line, short: Line) -> None:
        """A verdict waits for an answer."""
        self.question = (full, short)
        self.set_class(True, "-asking")
        self.refresh()

    def answered(self) -> None:
        """It waits no more."""
        self.question = None
        self.set_class(False, "-asking")
        self.refresh()

    def tell(self, last: Line, *, whole: bool = False) -> None:
        """What was done. `whole`: something is to be decided about it, so it is not cut for what comes next."""
        self.last, self._whole = last, whole
        self.refresh()

    def preview(self, coming: Line) -> None:
        """What a verdict would cover now."""
        self.next = coming
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Left and right."""
        width = self.size.width
        if self.question is not None:
            full, short = self.question
            return self.strip(fit(full if cell_len(text_of(full)) <= width else short, width), width)
        right = cell_len(text_of(self.next))
        if self._whole and cell_len(text_of(self.last)) + right + 2 > width:
            return self.strip(fit(self.last, width), width)
        left = max(0, width - right - 2)
        return self.strip([*fit(self.last, left), ("  ", ""), *self.next], width)
