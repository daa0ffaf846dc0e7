"""The right side of Patterns: what it was given last; the nearest words of a word, or all words as a plane, for a look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import Binding
from textual.message import Message

from engine.errors import OddkinError
from engine.progress import Run
from engine.untrusted import visible
from tui.dialogs.text import TextDialog
from tui.widgets.line_pane import LinePane
from tui.words.spans import Line

if TYPE_CHECKING:
    from engine.rules.learning.patterns import Patterns
    from engine.rules.learning.wordmap import WordMap

MAP_WORDS = 1500
"""Laid out in about ten seconds; the command line draws more."""
AS_A_FILE = "with all names, as a file: oddkin rules map -o words.svg (or .png)"


@dataclass
class MapDrawn(Message, bubble=False):
    """The words have places."""

    found: WordMap


class DetailPane(LinePane, can_focus=True):
    """Lines under a title, laid out for its size."""

    KEYS: ClassVar[list[Binding]] = [
        Binding("m", "map", "Map", id="patterns.map", tooltip="The words as a plane, alike ones together"),
        Binding("slash", "nearest", "Nearest", key_display="/", id="patterns.nearest", tooltip="Words nearest to a word"),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._given: Sequence[Line] = ()
        self.patterns: Patterns | None = None
        """What was learnt last; None where nothing was."""

    def show(self, title: str, lines: Sequence[Line]) -> None:
        """Other lines."""
        self.border_title = title
        self._given = lines
        self.rebuild(top=True)

    def drawn(self, width: int, height: int) -> Sequence[Line]:
        """What was given."""
        return self._given

    def _learnt(self) -> Patterns | None:
        if self.patterns is None:
            self.notify("Nothing was learnt yet: l learns.", severity="warning")
        return self.patterns

    def action_nearest(self) -> None:
        """Ask for a word, show its neighbours."""
        patterns = self._learnt()
        if patterns is None:
            return

        def taken(word: str | None) -> None:
            if not word:
                return
            found = patterns.nearest(word.lower() if word not in patterns.words else word)
            lines: list[Line] = [[(f"nearest to {visible(word, 60)}", "title")]]
            lines += [[(f"{near:6.3f}  ", "dim"), (visible(one, 90), "")] for one, near in found]
            self.show("Nearest words", lines)

        self.app.push_screen(TextDialog("Nearest words", hint="A directory or file name, seen or not."), taken)

    def action_map(self) -> None:
        """Lay the words out."""
        patterns = self._learnt()
        if patterns is not None:
            self.show("Map of words", [[("Laying out the words …", "dim")]])
            self._lay_out(patterns)

    @work(thread=True, exclusive=True, group="map", exit_on_error=False)
    def _lay_out(self, patterns: Patterns) -> None:
        from engine.rules.learning.wordmap import word_map

        try:
            self.post_message(MapDrawn(word_map(patterns, 1, Run(), most=MAP_WORDS)))
        except OddkinError as error:
            self.app.call_from_thread(self.notify, error.message, severity="warning", markup=False)

    @on(MapDrawn)
    def _map_drawn(self, message: MapDrawn) -> None:
        from tui.words.word_map import scatter

        area = self.scrollable_content_region
        lines, legend = scatter(message.found, max(area.width, 20), max(area.height - 4, 10))
        told: list[Line] = [[(line, "")] for line in lines]
        self.show("Map of words", [*told, [("", "")], *([(text, "dim")] for text in legend), [(AS_A_FILE, "dim")]])
