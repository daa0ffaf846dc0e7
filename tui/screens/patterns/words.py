"""Words on the Patterns screen: the nearest ones to a word, and all of them as a plane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on, work
from textual.message import Message

from engine.errors import OddkinError
from engine.progress import CancelToken, silent
from tui.dialogs.text import TextDialog
from tui.screens.base import ModeScreen
from tui.screens.patterns.rule_table import DetailPane

if TYPE_CHECKING:
    from engine.rules.learning.patterns import Patterns
    from engine.rules.learning.wordmap import WordMap
    from tui.words.spans import Line

MAP_WORDS = 1500
"""Laid out in about ten seconds; the command line draws more."""
AS_A_FILE = "with all names, as a file: oddkin rules map -o words.svg (or .png)"


@dataclass
class MapDrawn(Message):
    """The words have places."""

    found: WordMap


class WordsMixin(ModeScreen):
    """Shows words in the pane of the details, until the cursor moves."""

    _patterns: Patterns | None

    def action_nearest(self) -> None:
        """Ask for a word, show its neighbours."""
        if self._patterns is None:
            self.notify("Nothing was learnt yet: l learns.", severity="warning")
            return
        patterns = self._patterns

        def taken(word: str | None) -> None:
            if not word:
                return
            from engine.untrusted import visible

            found = patterns.nearest(word.lower() if word not in patterns.words else word)
            lines: list[Line] = [[(f"nearest to {visible(word, 60)}", "title")]]
            lines += [[(f"{near:6.3f}  ", "dim"), (visible(one, 90), "")] for one, near in found]
            pane = self.query_one(DetailPane)
            pane.border_title = "Nearest words"
            pane.show(lines)

        self.app.push_screen(TextDialog("Nearest words", hint="A directory or file name, seen or not."), taken)

    def action_map(self) -> None:
        """Lay the words out."""
        if self._patterns is None:
            self.notify("Nothing was learnt yet: l learns.", severity="warning")
            return
        pane = self.query_one(DetailPane)
        pane.border_title = "Map of words"
        pane.show([[("Laying out the words …", "dim")]])
        self._draw(self._patterns)

    @work(thread=True, exclusive=True, group="map", exit_on_error=False)
    def _draw(self, patterns: Patterns) -> None:
        from engine.rules.learning.wordmap import word_map

        try:
            self.post_message(MapDrawn(word_map(patterns, 1, silent, CancelToken(), most=MAP_WORDS)))
        except OddkinError as error:
            self.app.call_from_thread(self.notify, error.message, severity="warning", markup=False)

    @on(MapDrawn)
    def _drawn(self, message: MapDrawn) -> None:
        from tui.words.word_map import scatter

        pane = self.query_one(DetailPane)
        area = pane.scrollable_content_region
        lines, legend = scatter(message.found, max(area.width, 20), max(area.height - 4, 10))
        pane.show([*([(line, "")] for line in lines), [("", "")], *([(text, "dim")] for text in legend), [(AS_A_FILE, "dim")]])
