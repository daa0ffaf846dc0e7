"""One line under the queue: what the last verdict did, and what the next one would cover; or the question it asks first."""

from __future__ import annotations

from rich.cells import cell_len
from textual.strip import Strip

from tui.widgets.painted import Painted
from tui.words.spans import Line, fit, text_of


class VerdictBar(Painted, can_focus=False):
    """Two halves of a line. Where they have no room, what is dim of the left one goes, then the right one but for its size, then
    all of it. A question takes the whole line while it stands.
    """

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
        brief = list(self.last)
        while len(brief) > 1 and brief[-1][1] == "dim":
            brief.pop()
        # What is left out is left out whole: first what is dim, then what is known of the next one beyond its
        # size, then what comes next.
        nothing: Line = []
        for coming in (self.next, self.next[:2], nothing):
            for last in (self.last, brief):
                left = width - cell_len(text_of(coming)) - 2 * bool(coming)
                if cell_len(text_of(last)) <= left and not (self._whole and last is brief and coming):
                    return self.strip([*fit(last, left), ("  " if coming else "", ""), *coming], width)
        return self.strip(fit(brief, width), width)
