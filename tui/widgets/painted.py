"""Base of the widgets that draw their own lines: roles to styles, spans to strips."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.dom import DOMNode
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from engine.domain.verdicts import VERDICTS
from tui.words.spans import Span, fit
from tui.words.verdicts import LOOKS

ROLES = frozenset((
    "dim", "strong", "title", "worst", "error", "warning", "good", "accent", "marked", "header", "cursor", "cursor-blurred",
    "selected", "context", "faint", "telling", "rebuilt", *VERDICTS,
))  # fmt: skip


VERDICT_CSS = " ".join(f"& > .role--{word} {{ {look.style} }}" for word, look in LOOKS.items())

CSS = """
Painted {
    scrollbar-size-vertical: 1;
    scrollbar-size-horizontal: 1;
    overflow-x: hidden;
    & > .role--dim { color: $text-muted; }
    & > .role--context { color: $text-muted; text-style: italic; }
    & > .role--faint { color: $border; }
    & > .role--strong { color: $text; text-style: bold; }
    & > .role--title { color: $text-primary; text-style: bold; }
    & > .role--worst { color: $text-warning; text-style: bold; }
    & > .role--telling { color: $text-warning; text-style: bold underline; }
    & > .role--rebuilt { color: $text-success; text-style: underline; }
    & > .role--error { color: $text-error; }
    & > .role--warning { color: $text-warning; }
    & > .role--good { color: $text-success; }
    & > .role--accent { color: $text-accent; }
    /* verdicts */
    & > .role--marked { color: $text-accent; text-style: bold; }
    & > .role--header { color: $text-muted; text-style: bold; }
    & > .role--cursor { background: $block-cursor-background; color: $block-cursor-foreground; text-style: bold; }
    & > .role--cursor-blurred { background: $block-cursor-blurred-background; text-style: bold; }
    & > .role--selected { background: $boost; text-style: bold; }
}
""".replace("/* verdicts */", VERDICT_CSS)


class Painted(ScrollView):
    """A ScrollView over lines of spans. Only theme variables give colours, and every coloured thing has a glyph too."""

    DEFAULT_CSS = CSS

    _ground: Style | None = None

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._roles = _Roles(self)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The widget's own style is put together from all its ancestors: once for all the lines of a paint."""
        self._ground = self.rich_style
        try:
            return super().render_lines(crop)
        finally:
            self._ground = None

    def draw_line(self, y: int) -> Strip:
        """The line at a row of the widget."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """A line, with what the mouse has selected of it.

        Where each character stands is told only when the mouse asks: told with every paint it would be a tenth of its time.
        """
        strip = self.draw_line(y)
        if self._ground is None:
            return strip.apply_offsets(0, y)
        selection = self.text_selection
        span = selection.get_span(y) if selection is not None else None
        return strip if span is None else _selected(strip, *span, self.screen.get_component_rich_style("screen--selection"))

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """What is selected, as it is shown; blanks at the ends of lines are no part of it."""
        lines = [self.draw_line(y).text for y in range(self.scrollable_content_region.height)]
        return "\n".join(line.rstrip() for line in selection.extract("\n".join(lines)).split("\n")), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """The mouse selects."""
        self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """What is selected are places of the widget: other lines stand there now."""
        super().watch_scroll_y(old_value, new_value)
        if self.text_selection is not None:
            self.screen.clear_selection()

    def set_extent(self, width: int, lines: int) -> None:
        """How much there is to scroll over.

        Not by the reactive `virtual_size`, which lays out the whole screen anew: nobody's place depends on how long the
        content of a scrolling pane is. (When the scrollbar appears or goes, Textual still does.)
        """
        size = Size(width, lines)
        if size != self.virtual_size:
            self.set_reactive(Painted.virtual_size, size)
            self._scroll_update(size)

    def role(self, name: str) -> Style:
        """What a role changes; nothing for "" and for names that no stylesheet knows."""
        return self._roles.style(name)

    def notify_style_update(self) -> None:
        """The stylesheet gave this widget other styles: look the roles up again."""
        super().notify_style_update()
        self._roles.forget()

    def strip(self, line: Sequence[Span], width: int, base: str = "", *, plain: bool = False, fitted: bool = False) -> Strip:
        """One line of exactly `width` cells on the widget's own style and that of `base`.

        `fitted` says that the line was put together from the results of `fit` and has that width. `plain` keeps the roles'
        weight and drops their colours: on a cursor's background they may be unreadable.
        """
        ground = (self._ground or self.rich_style) + self.role(base)
        segments = []
        for text, name in line if fitted else fit(line, width):
            style = self.role(name)
            segments.append(Segment(text, ground + (style.without_color if plain else style)))
        return Strip(segments, width)


class _Roles:
    """Styles of the roles on one widget, each looked up when it is first drawn.

    As COMPONENT_CLASSES all of them would be looked up, for every pane, at each of the passes over the styles that opening a
    screen takes: a third of its time to the first paint.
    """

    def __init__(self, widget: Painted) -> None:
        self._widget = widget
        self._known: dict[str, Style] = {}

    def style(self, name: str) -> Style:
        """The null style for a name that is no role."""
        if name not in ROLES:
            return Style.null()
        style = self._known.get(name)
        if style is None:
            node = DOMNode(classes=f"role--{name}")
            node._attach(self._widget)
            self._widget.app.stylesheet.apply(node)
            style = self._known[name] = node.styles.partial_rich_style
        return style

    def forget(self) -> None:
        """The stylesheet has changed."""
        self._known.clear()


def _selected(strip: Strip, start: int, end: int, style: Style) -> Strip:
    """start, end: characters, -1 for the end of the line; `style` lies over what is between them."""
    text = strip.text
    first, last = cell_len(text[:start]), strip.cell_length if end < 0 else cell_len(text[:end])
    parts = list(strip.divide([first, last, strip.cell_length]))
    if len(parts) > 1:
        parts[1] = Strip(list(Segment.apply_style(parts[1], post_style=style)), parts[1].cell_length)
    return Strip.join(parts)
