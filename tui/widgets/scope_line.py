"""The line that says what the next verdict is on, what the last one did, and asks before a wide one. No dialog."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len
from textual.events import Click
from textual.message import Message
from textual.strip import Strip

from engine.errors import OddkinError
from engine.untrusted import visible
from tui.widgets.painted import Painted
from tui.words.spans import Line, fit, text_of
from tui.words.triage.scope_words import beside


class ScopeLine(Painted, can_focus=False):
    """A question in the place of all else; else what was done, or the ladder, with what the key covers at the right of it."""

    DEFAULT_CSS = "ScopeLine { height: 1; padding: 0 1; background: $panel; overflow: hidden; }"

    @dataclass
    class Moved(Message):
        """A rung was clicked: so many wider, or, below 0, narrower."""

        by: int

    def on_click(self, event: Click) -> None:
        """The mouse chooses a rung."""
        at, chosen, clicked = 1, None, None
        for place, (text, _) in enumerate(self.ladder):
            if text.startswith("["):
                chosen = place
            if at <= event.x < at + cell_len(text) and place:
                clicked = place
            at += cell_len(text)
        if self.question is None and not self.last and chosen is not None and clicked is not None and clicked != chosen:
            self.post_message(self.Moved(clicked - chosen))

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.last: Line = []
        self.ladder: Line = []
        self.next: tuple[Line, Line] = ([], [])
        """What the key covers, in full and in short."""
        self.question: tuple[Line, Line] | None = None

    def ask(self, full: Line, short: Line) -> None:
        """A verdict waits for an answer."""
        self.question, self.last = (full, short), []
        self.set_class(True, "-asking")
        self.refresh()

    def answered(self) -> None:
        """It waits no more."""
        self.question = None
        self.set_class(False, "-asking")
        self.refresh()

    def tell(self, last: Line) -> None:
        """What was done; it stays until the next key. [] for nothing."""
        if last != self.last:
            self.last = last
            self.refresh()

    def not_kept(self, problem: OddkinError) -> None:
        """A verdict, a note or a tag could not be written; the remedy too."""
        self.tell([("not kept: ", "error"), (visible(problem.message), "error")])
        self.notify(visible(f"{problem.message} {problem.remedy}"), title="Verdict not kept", severity="error", markup=False)

    def preview(self, ladder: Line, full: Line, short: Line) -> None:
        """What a verdict would be on, and cover."""
        if (ladder, (full, short)) != (self.ladder, self.next):
            self.ladder, self.next = ladder, (full, short)
            self.refresh()

    def draw_line(self, y: int) -> Strip:
        """One line."""
        width = self.size.width
        if self.question is not None:
            full, short = self.question
            return self.strip(fit(full if cell_len(text_of(full)) <= width else short, width), width)
        last = list(self.last)
        while len(last) > 1 and last[-1][1] == "dim" and cell_len(text_of(last)) > width:
            last.pop()
        return self.strip(fit(beside(last or self.ladder, *self.next, width), width), width)
