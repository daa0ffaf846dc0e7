"""What stands at the edge of the lines: whether the next verdict is for one, and its mark."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tui.screens.tree.forest.nodes import TreeLine


class LineEdges:
    """The edge of each line, and what of it is on the screen.

    It changes with every key that moves the cursor. To draw all the lines in view again for it took six times as long as
    the move (100,000 processes: 14 ms of CPU against 2), so that it is remembered what was drawn.
    """

    def __init__(self) -> None:
        self.of: Callable[[TreeLine], str] = lambda _: "  "  # set by the screen
        self._painted: dict[int, str] = {}  # by place
        self._top = 0

    def paint(self, line: TreeLine, place: int, top: int) -> str:
        """The edge of a line that is drawn now, while `top` is the first in view."""
        self._top = top
        self._painted[place] = self.of(line)
        return self._painted[place]

    def stale(self, lines: Sequence[TreeLine], top: int, height: int) -> list[int]:
        """Places in view whose edge is another one than was drawn; none while all are to be drawn anyway."""
        if top != self._top:
            return []
        shown = enumerate(lines[top : top + height], start=top)
        return [place for place, line in shown if self.of(line) != self._painted.get(place)]
