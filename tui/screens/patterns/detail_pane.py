"""The right side of Patterns: what it was given last; the nearest words of a word, or all words as a plane, for a look."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding

from engine.progress import Run
from engine.rules.learning.patterns import Patterns
from engine.rules.learning.wordmap import WordMap
from engine.untrusted import visible
from tui.dialogs.text import TextDialog
from tui.runtime.beside import beside
from tui.widgets.line_pane import LinePane
from tui.words.near_words import unseen_lines
from tui.words.spans import Line

MAP_WORDS = 1500
"""Laid out in about ten seconds; the command line draws more."""
AS_A_FILE = "with all names, as a file: oddkin rules map -o words.svg (or .png)"


class DetailPane(LinePane, can_focus=True):
    """Lines under a title, laid out for its size."""

    KEYS: ClassVar[list[Binding]] = [
        Binding("slash", "nearest", "Nearest", key_display="/", id="patterns.nearest", tooltip="Words nearest to a word"),
    ]

    wraps = True
    _given: Sequence[Line] = ()
    _maps: Sequence[WordMap] = ()
    patterns: Patterns | None = None
    """What was learnt last; None where nothing was."""

    def show(self, title: str, lines: Sequence[Line], maps: Sequence[WordMap] = ()) -> None:
        """Other lines, or maps."""
        self.border_title = title
        self._given, self._maps = lines, maps
        self.rebuild(top=True)

    def drawn(self, width: int, height: int) -> Sequence[Line]:
        """What was given; of maps the first fills the pane with its legend below, the next comes under it."""
        if not self._maps:
            return self._given
        from tui.words.word_map import drawing

        return [*drawing(self._maps, max(width, 20), max(height - 4, 10)), [(AS_A_FILE, "dim")]]

    def _learnt(self) -> Patterns | None:
        if self.patterns is None:
            self.notify("Nothing was learnt yet: r learns.", severity="warning")
        return self.patterns

    def action_nearest(self) -> None:
        """Ask for a word, show its neighbours."""
        patterns = self._learnt()
        if patterns is None:
            return

        def taken(word: str) -> None:
            if not word:
                return
            found = patterns.look(word)
            lines: list[Line] = [[(f"nearest to {visible(found.word, 60)}", "title")]]
            lines += [[(line, "dim")] for line in unseen_lines(found)]
            lines += [[(f"{near:6.3f}  ", "dim"), (visible(one, 90), "")] for one, near in found.near]
            self.show("Nearest words", lines)

        TextDialog("Nearest words", hint="A directory or file name, seen or not.").ask(self, taken)

    def map(self) -> None:
        """Lay the words out as a plane, alike ones together."""
        patterns = self._learnt()
        if patterns is not None:
            self.show("Map of words", [[("Laying out the words …", "dim")]])
            beside(self, "map", partial(_laid_out, patterns), partial(self.show, "Map of words", ()))


def _laid_out(patterns: Patterns) -> tuple[WordMap, ...]:
    from engine.rules.learning.wordmap import word_maps

    return word_maps(patterns, 1, Run(), most=MAP_WORDS)
