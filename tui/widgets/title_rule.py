"""The line over a pane: its title, a rule, and what stands at its right end. In place of a frame, which costs two lines more."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.strip import Strip
from textual.widget import Widget

from tui.widgets.painted import Painted
from tui.words.spans import Line, cells, crop

LIGHT, HEAVY = "─", "━"


class TitleRule(Painted, can_focus=False):
    """One line; heavy while the keys go to the pane below it."""

    DEFAULT_CSS = "TitleRule { height: 1; overflow: hidden; }"

    def __init__(self, title: str = "") -> None:
        super().__init__()
        self.title, self.right = title, ""
        self.heavy = False

    def say(self, title: str, right: str = "") -> None:
        """Another title, and what stands at the right end where there is room."""
        if (title, right) != (self.title, self.right):
            self.title, self.right = title, right
            self.refresh()

    def weigh(self, heavy: bool) -> None:
        """The pane got or lost the keys."""
        if heavy != self.heavy:
            self.heavy = heavy
            self.refresh()

    def line(self, width: int) -> Line:
        """What is drawn: `── title ──── right ──`."""
        mark, role = (HEAVY, "marked") if self.heavy else (LIGHT, "faint")
        title = crop(self.title, max(width - 6, 0))
        room = width - cells(title) - 8
        right = self.right if cells(self.right) <= room else crop(self.right, room) if room > 12 else ""
        tail = f" {right} {mark * 2}" if right else ""
        gap = max(width - 4 - cells(title) - cells(tail), 0)
        said: Line = [(mark * 2, role), (f" {title} ", "marked" if self.heavy else "strong"), (mark * gap, role)]
        return [*said, (f" {right} ", "dim"), (mark * 2, role)] if right else said

    def draw_line(self, y: int) -> Strip:
        """The rule."""
        return self.strip(self.line(self.size.width), self.size.width)


class TitledPane(Vertical):
    """A rule over one or more views of which one is shown."""

    DEFAULT_CSS = "TitledPane { height: 1fr; width: 1fr; }"

    def __init__(self, title: str, *views: Widget, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.rule = TitleRule(title)
        self._views = views

    def compose(self) -> ComposeResult:
        """The rule and the views."""
        yield self.rule
        yield from self._views

    def on_mount(self) -> None:
        """The rule shows which pane has the keys."""
        for view in self._views:
            self.watch(view, "has_focus", self._weigh, init=False)

    def _weigh(self) -> None:
        self.rule.weigh(any(view.has_focus for view in self._views))
