"""The right side of Patterns: what it was given last; the nearest words of a word, or all words as a plane, for a look."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding

from engine.progress import CancelToken, silent
from engine.untrusted import visible
from tui.dialogs.text import TextDialog
from tui.runtime.beside import beside
from tui.widgets.line_pane import LinePane
from tui.words.spans import Line

if TYPE_CHECKING:
    from engine.rules.learning.patterns import Patterns
    from engine.rules.learning.wordmap import WordMap

MAP_WORDS = 1500
"""Laid out in about ten seconds; the command line draws more."""
AS_A_FILE = "with all names, as a file: oddkin rules map -o words.svg (or .png)"


class DetailPane(LinePane, can_focus=True):
    """Lines under a title, laid out for its size."""

    KEYS: ClassVar[list[Binding]] = [
        Binding("m", "map", "Map", id="patterns.map", tooltip="The words as a plane, alike ones together"),
        Binding("slash", "nearest", "Nearest", key_display="/", id="patterns.nearest", tooltip="Words nearest to a word"),
    ]

    _given: Sequence[Line] = ()
    patterns: Patterns | None = None
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
            beside(self, "map", partial(_laid_out, patterns), self._map_drawn)

    def _map_drawn(self, found: WordMap) -> None:
        from tui.words.word_map import scatter

        area = self.scrollable_content_region
        lines, legend = scatter(found, max(area.width, 20), max(area.height - 4, 10))
        told: list[Line] = [[(line, "")] for line in lines]
        self.show("Map of words", [*told, [("", "")], *([(text, "dim")] for text in legend), [(AS_A_FILE, "dim")]])


def _laid_out(patterns: Patterns) -> WordMap:
    from engine.rules.learning.wordmap import word_map

    return word_map(patterns, 1, silent, CancelToken(), most=MAP_WORDS)
