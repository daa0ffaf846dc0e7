"""Textual's directory tree with names shown harmlessly: what lies in an evidence folder was named by somebody else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import DirectoryTree

from engine.untrusted import visible

ENTRIES = 2_000
"""Entries of a folder that are shown: a tree redraws all lines of a folder that opens. The path can still be typed."""
COUNTED = 100_000
"""Entries that are counted before a folder just has "more"."""


class FolderTree(DirectoryTree):
    """Moves with j and k, opens with l and enter, closes with h; hidden files stay out."""

    ICON_NODE = "▸ "
    ICON_NODE_EXPANDED = "▾ "
    ICON_FILE = "  "

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", "Down", show=False, id="folders.down"),
        Binding("k", "cursor_up", "Up", show=False, id="folders.up"),
        Binding("l,right", "open", "Open folder", show=False, id="folders.open"),
        Binding("h,left", "shut", "Close folder, or go to the one above", show=False, id="folders.shut"),
        Binding("g,home", "scroll_home", "First", show=False, id="folders.first"),
        Binding("G,end", "scroll_end", "Last", show=False, id="folders.last"),
    ]

    @dataclass
    class Cut(Message):
        """A folder has more entries than are shown."""

        folder: Path
        entries: int
        """At most COUNTED."""

    def process_label(self, label: str | Text) -> Text:
        """Never markup."""
        return Text(visible(str(label), 200), end="")

    def filter_paths(self, paths: Iterable[Path]) -> Iterable[Path]:
        """Neither hidden files nor more than a tree can carry; posts `Cut` when there are more. Called in a thread."""
        seen = (path for path in paths if not path.name.startswith("."))
        kept = list(islice(seen, ENTRIES))
        more = sum(1 for _ in islice(seen, COUNTED - ENTRIES))
        if more:
            self.post_message(self.Cut(kept[0].parent, ENTRIES + more))
        return kept

    def action_open(self) -> None:
        """Unfold the folder under the cursor."""
        node = self.cursor_node
        if node is not None and node.allow_expand:
            node.expand()

    def action_shut(self) -> None:
        """Fold it, or go up."""
        node = self.cursor_node
        if node is None:
            return
        if node.is_expanded and node.allow_expand and not node.is_root:
            node.collapse()
        elif node.parent is not None:
            self.move_cursor(node.parent)
        else:
            self.path = Path(self.path).absolute().parent

    @property
    def chosen(self) -> Path | None:
        """The path under the cursor."""
        node = self.cursor_node
        return node.data.path if node is not None and node.data is not None else None
