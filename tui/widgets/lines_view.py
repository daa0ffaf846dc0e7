"""A pane of prepared lines: scrolls, is laid out again when its width changes, draws only what is on screen."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.strip import Strip

from tui.widgets.painted import Painted
from tui.words.spans import Line, text_of


class LinesView(Painted, can_focus=True):
    """Subclasses say in `build` what stands on the lines for a width; `rebuild` asks for it again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "scroll(1)", "Down", show=False, id="pane.down", tooltip="Scroll down"),
        Binding("k,up", "scroll(-1)", "Up", show=False, id="pane.up", tooltip="Scroll up"),
        Binding("ctrl+d,pagedown", "half(1)", "Half page down", show=False, id="pane.half_down", tooltip="Half a screen down"),
        Binding("ctrl+u,pageup", "half(-1)", "Half page up", show=False, id="pane.half_up", tooltip="Half a screen up"),
        Binding("g,home", "edge(0)", "First", show=False, id="pane.top", tooltip="To the top"),
        Binding("G,end", "edge(1)", "Last", show=False, id="pane.bottom", tooltip="To the end"),
    ]

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self.lines: list[Line] = []

    def build(self, width: int) -> list[Line]:
        """The lines, for this many cells."""
        raise NotImplementedError

    def rebuild(self, *, top: bool = False) -> None:
        """Content or width changed."""
        width = self.scrollable_content_region.width
        self._lay_out(width)
        # Lines that have no room bring a scrollbar, which takes cells from all of them.
        if (left := self.scrollable_content_region.width) != width:
            self._lay_out(left)
        if top:
            self.scroll_to(y=0, animate=False, force=True, immediate=True)
        self.refresh()

    def _lay_out(self, width: int) -> None:
        self.lines = self.build(width) if width > 0 else []
        self.set_extent(width, len(self.lines))

    def on_resize(self, event: events.Resize) -> None:
        """Another width breaks lines elsewhere."""
        self.rebuild()

    def draw_line(self, y: int) -> Strip:
        """A line of what was built."""
        place = y + round(self.scroll_y)
        line = self.lines[place] if place < len(self.lines) else []
        return self.strip(line, self.scrollable_content_region.width)

    def text(self) -> str:
        """All words, for tests and for copying."""
        return "\n".join(text_of(line) for line in self.lines)

    def reveal(self, first: int, last: int) -> None:
        """Scroll as little as it takes to show these lines (the first, when both do not fit)."""
        top, height = round(self.scroll_y), max(1, self.scrollable_content_region.height)
        wanted = min(max(top, last - height + 1), first)
        if wanted != top:
            self.scroll_to(y=wanted, animate=False, force=True, immediate=True)

    def action_scroll(self, by: int) -> None:
        """Lines."""
        self.scroll_to(y=self.scroll_y + by, animate=False, immediate=True)

    def action_half(self, by: int) -> None:
        """Half screens."""
        self.scroll_to(y=self.scroll_y + by * max(1, self.size.height // 2), animate=False, immediate=True)

    def action_edge(self, end: int) -> None:
        """0 the top, 1 the end."""
        self.scroll_to(y=len(self.lines) * end, animate=False, immediate=True)
