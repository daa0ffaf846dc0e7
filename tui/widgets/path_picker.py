"""A path by typing, pasting or walking: a field above a tree of folders, which follow each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Paste
from textual.message import Message
from textual.widgets import DirectoryTree, Input, Static, Tree

from engine.untrusted import visible
from tui.widgets.path_input import PathInput, pasted_path

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
        Binding("l,right", "open", "Unfold", show=False, id="folders.open"),
        Binding("h,left", "shut", "Fold", show=False, id="folders.shut"),
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


class PathPicker(Vertical):
    """Posts `Pointed` whenever another path is meant, `Chosen` when enter takes it."""

    DEFAULT_CSS = """
    PathPicker PathInput { margin-bottom: 1; background: $panel; }
    PathPicker FolderTree { height: 1fr; background: $surface; padding: 0; }
    PathPicker .cut { height: auto; color: $text-warning; display: none; }
    PathPicker .cut.-shown { display: block; }
    """

    @dataclass
    class Pointed(Message):
        """Another path is meant; it may not exist."""

        path: Path

    class Chosen(Pointed):
        """Enter took it."""

    def __init__(self, start: Path, value: str = "") -> None:
        super().__init__()
        self._start, self._value = start, value

    def compose(self) -> ComposeResult:
        """Field, tree."""
        yield PathInput(self._value, placeholder="path of a file, folder or archive: type, paste, or walk below (tab)")
        yield FolderTree(self._start)
        yield Static("", classes="cut", markup=False)

    @property
    def path(self) -> Path | None:
        """What the field says; None while it is empty."""
        field = self.query_one(PathInput)
        return field.path if field.value.strip() else None

    def take(self, text: str) -> None:
        """Put a path into the field, as pasted."""
        field = self.query_one(PathInput)
        field.value = pasted_path(text)
        field.cursor_position = len(field.value)
        field.focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if event.value.strip():
            path = self.query_one(PathInput).path
            self._follow(path)
            self.post_message(self.Pointed(path))

    def _follow(self, path: Path) -> None:
        """Root the tree at the folder that is being typed."""
        tree = self.query_one(FolderTree)
        folder = path if path.is_dir() else path.parent
        if folder != Path() and folder.is_dir() and folder.absolute() != Path(tree.path):
            self.query_one(".cut").remove_class("-shown")
            tree.path = folder.absolute()

    @on(FolderTree.Cut)
    def _cut(self, event: FolderTree.Cut) -> None:
        event.stop()
        count = f"{event.entries:,}" if event.entries < COUNTED else f"{COUNTED:,} and more"
        said = f"{visible(event.folder.name or str(event.folder), 40)} has {count} entries, {ENTRIES:,} are shown: type the rest."
        note = self.query_one(".cut", Static)
        note.update(Content(said))
        note.add_class("-shown")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip():
            self.post_message(self.Chosen(self.query_one(PathInput).path))

    @on(Tree.NodeHighlighted)
    def _walked(self) -> None:
        tree = self.query_one(FolderTree)
        # The tree highlights its root when it is loaded; only where the user is counts.
        if tree.has_focus and tree.chosen is not None:
            with self.prevent(Input.Changed):
                self.query_one(PathInput).value = str(tree.chosen)
            self.post_message(self.Pointed(tree.chosen))

    @on(FolderTree.FileSelected)
    def _file_taken(self, event: FolderTree.FileSelected) -> None:
        event.stop()
        self.post_message(self.Chosen(event.path))

    def on_paste(self, event: Paste) -> None:
        """A path pasted while the tree has the focus."""
        event.stop()
        self.take(event.text.splitlines()[0] if event.text else "")
