"""The tree of hosts and processes, drawn line by line: what is on screen is painted, and nothing else.

Textual's Tree builds a widget-side node and a rendered label for every line and all of them again for each batch that is
added to an open branch; here a move rebuilds at most two thousand small tuples and paints what is on screen.
"""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from engine.errors import NotFound
from store.processes.forest import ForestRow, HostRow
from tui.screens.tree.forest.edges import LineEdges
from tui.screens.tree.forest.focus import Focus
from tui.screens.tree.forest.members import Source
from tui.screens.tree.forest.nodes import Kind, Node, TreeLine
from tui.screens.tree.forest.paint import TimeFormat, header, layout, painted
from tui.screens.tree.forest.state import ForestState
from tui.widgets.cursor_view import CURSOR_KEYS, CursorView
from tui.words.spans import fit
from tui.words.verdicts import glyphs_help
from tui.words.words import when as utc


class ProcessTree(CursorView):
    """A cursor over a ForestState; `show` gives it a source."""

    HELP: ClassVar[str | None] = (
        "**Reading a line:** `▲` above the threshold, `△` among the best-ranked below it, `·` the rest; then the verdict"
        f" ({glyphs_help()}); then how sure the link to the parent is:"
        " `═` by GUID, `─` by pid and time, `╌` by pid and name, `┄` only named by its children."
    )
    DEFAULT_CSS = "ProcessTree { overflow-y: scroll; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        *CURSOR_KEYS,
        Binding("pagedown", "half(1)", "Half page down", show=False),
        Binding("pageup", "half(-1)", "Half page up", show=False),
        Binding("l,right", "expand", "Unfold", show=False, id="tree.expand", tooltip="Show the children; again: to the first"),
        Binding("h,left", "collapse", "Fold", show=False, id="tree.collapse", tooltip="Hide the children; again: to the parent"),
        Binding("shift+right", "branch(1)", "Unfold all", show=False, id="tree.expand_below", tooltip="Open all under it"),
        Binding("shift+left", "branch(0)", "Fold all", show=False, id="tree.collapse_below", tooltip="Fold all under it"),
        Binding("enter", "select", "Open", id="pane.open", tooltip="The process over the whole page; load what … offers"),
    ]

    class Highlighted(Message):
        """The cursor is on another host or process, on a … line, or nowhere."""

    class Chosen(Message):
        """Enter on a process."""

    def __init__(self, when: TimeFormat = utc, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._when = when
        self.state: ForestState | None = None
        self.empty = ""  # what to say when there is nothing
        self._told: object = self
        self.edges = LineEdges()

    def show(self, source: Source | None) -> None:
        """Another forest (None: none), from its top."""
        self.state = None if source is None else ForestState(source)
        self._changed(0)

    def reload(self, source: Source) -> None:
        """The same forest, grown or scored anew: what was open stays open where it still is."""
        here = self.line_id
        if self.state is None:
            self.show(source)
        else:
            self.state.reload(source, here)
            self._changed(self._line_of(here))

    def repaint_rows(self) -> None:
        """Scores or verdicts changed: read the visible rows again."""
        if self.state is not None:
            self.state.repaint()
            self.refresh()
            self.highlighted(force=True)

    def repaint_edges(self) -> None:
        """The next verdict is for others, or other lines are marked."""
        for place in self.edges.stale(self.lines, round(self.scroll_y), self.size.height):
            self.refresh_row(place)

    def reveal(self, process_id: int) -> None:
        """Open all ancestors and put the cursor on a process. Raises NotFound."""
        if self.state is None:
            raise NotFound("There is no tree yet.")
        self._changed(self.state.reveal(process_id), centre=True)

    def set_focus_on(self, focus: Focus | None, *, goal: int | None = None) -> None:
        """Keep what leads to targets (None: everything); the cursor goes to `goal`, or stays where that is possible."""
        if self.state is None:
            return
        stay = goal if goal is not None else self.line_id
        self.state.set_focus(focus, stay)
        self._changed(self._line_of(stay), centre=True)

    @property
    def lines(self) -> list[TreeLine]:
        """All lines, visible on screen or not."""
        return [] if self.state is None else self.state.lines

    @property
    def count(self) -> int:
        """How many lines there are."""
        return len(self.lines)

    @property
    def line(self) -> TreeLine | None:
        """The line under the cursor."""
        return lines[self.cursor] if self.cursor < len(lines := self.lines) else None

    @property
    def node(self) -> Node | None:
        """The host or process under the cursor; for a … line the one that it belongs to."""
        return None if (line := self.line) is None else line.node

    @property
    def row(self) -> HostRow | ForestRow | None:
        """The row under the cursor."""
        return None if (node := self.node) is None else node.row

    @property
    def line_id(self) -> int | None:
        """Id of the host or process under the cursor."""
        return None if (row := self.row) is None else row.id

    def _line_of(self, node_id: int | None) -> int:
        return 0 if self.state is None or node_id is None else self.state.index(node_id) or 0

    def _changed(self, cursor: int, *, centre: bool = False) -> None:
        """There are other lines now."""
        self.fit_rows()
        self.cursor = cursor
        self.into_view(centre=3 * centre)
        self.refresh()
        self.highlighted()

    def action_select(self) -> None:
        """Whatever the line offers."""
        line, node = self.line, self.node
        if line is None or node is None or self.state is None:
            return
        if line.kind is not Kind.NODE:
            self._changed(self._line_of(self.state.more(line)))
        elif isinstance(node.row, ForestRow):
            self.post_message(self.Chosen())
        else:
            self._open(node, wanted=not node.open)

    def action_expand(self) -> None:
        """Open, or go to the first child."""
        line, node = self.line, self.node
        if line is None or node is None:
            return
        if line.kind is not Kind.NODE:
            self.action_select()
        elif node.total and not node.open:
            self._open(node, wanted=True)
        elif node.total:
            self.cursor += 1

    def action_collapse(self) -> None:
        """Fold, or go to the parent."""
        line, node = self.line, self.node
        if line is None or node is None:
            return
        above = node if line.kind in {Kind.EARLIER, Kind.LATER, Kind.OTHERS} else node.parent
        if line.kind is Kind.NODE and node.open:
            self._open(node, wanted=False)
        elif above is not None and above.row is not None:
            self.cursor = self._line_of(above.id)

    def action_branch(self, wanted: int) -> None:
        """Open a whole branch, or fold it."""
        if self.state is not None and self.line is not None and self.line.kind is Kind.NODE:
            (self.state.open_below if wanted else self.state.close_below)(self.line.node)
            self._changed(self._line_of(self.line_id))

    def _open(self, node: Node, *, wanted: bool) -> None:
        if self.state is not None:
            (self.state.open if wanted else self.state.close)(node)
            self._changed(self._line_of(node.id))

    def highlighted(self, *, force: bool = False) -> None:
        """Tell it, where it is another one than before."""
        row = self.row if self.line is not None and self.line.kind is Kind.NODE else None
        if force or row is not self._told:
            self._told = row
            self.post_message(self.Highlighted())

    def draw_line(self, y: int) -> Strip:
        """The header, then the lines from the scroll position on."""
        width = self.scrollable_content_region.width
        columns = layout(width)
        if y == 0:
            return self.strip(header(columns), width, "header")
        place = y - 1 + round(self.scroll_y)
        if place >= len(self.lines) or self.state is None:
            return self.strip(fit([("  " + self.empty, "dim")], width) if y == 2 and not self.lines else [], width)
        line = self.lines[place]
        focus = self.state.focus
        marked = focus is not None and focus.marked and line.kind is Kind.NODE and line.node.id in focus.targets
        edge = self.edges.paint(line, place, place + 1 - y)
        return self.row_strip(place, painted(line, columns, self._when, marked, edge), width)
