"""A short list over a screen: each line has a letter, and with it what choosing it would bring, before it is chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Click, Key

from tui.widgets.dialog import Dialog
from tui.widgets.lines_view import LinesView
from tui.words.spans import Line, crop

WIDTH = 84
"""Cells of the box, where the terminal has them."""
HIGHEST = 20
"""Lines that are in view at once."""


@dataclass(frozen=True, slots=True)
class ListChoice:
    """One line."""

    letter: str
    name: str
    """What is called so is never cut. Untrusted, as all texts here."""
    told: str = ""
    """What it stands for, cut where it has no room."""
    count: int | None = None
    """How many it would bring; None while that is not known, 0 makes the line muted: choosing it would bring nothing."""
    counted: str = ""
    """The count in words."""


class ChoiceLines(LinesView, can_focus=False):
    """Draws the lines; the dialog moves in them."""

    def __init__(self, choices: Sequence[ListChoice]) -> None:
        super().__init__()
        self.choices = list(choices)
        self.cursor = 0
        self.instead = "reading …"
        """What stands where no line does."""

    def build(self, width: int) -> list[Line]:
        """A line each: letter, name, what it stands for, count at the right."""
        if not self.choices:
            return [[(crop(self.instead, width), "dim")]]
        counts = max((cell_len(one.counted) for one in self.choices), default=0)
        # What a line stands for goes first, then the end of its name: the count is what is chosen by.
        names = min(max((cell_len(one.name) for one in self.choices), default=0), max(4, width - counts - 6))
        return [self._line(place, one, names, width) for place, one in enumerate(self.choices)]

    def _line(self, place: int, one: ListChoice, names: int, width: int) -> Line:
        chosen, empty = place == self.cursor, one.count == 0
        role = "dim" if empty else "strong" if chosen else ""
        head: Line = [("›" if chosen else " ", "accent"), (f"{one.letter} ", "dim" if empty else "title")]
        room = width - names - cell_len(one.counted) - 7
        told = crop(one.told, room) if room >= 4 else ""
        gap = " " * max(1, room - cell_len(told) + 1)
        name = crop(one.name, names)
        return [
            *head, (f"{name}{' ' * (names - cell_len(name))}  ", role), (told, "dim"), (gap, ""),
            (one.counted, "dim" if empty else "warning"),
        ]  # fmt: skip

    def on_click(self, event: Click) -> None:
        """A click chooses the line."""
        place = event.y + int(self.scroll_offset.y)
        if place < len(self.choices) and isinstance(self.screen, ChoicesDialog):
            self.screen.choose(place)


class ChoicesDialog(Dialog[str]):
    """The letter that was chosen."""

    DEFAULT_CSS = f"""
    ChoicesDialog > Vertical {{ width: {WIDTH}; padding: 0 1; }}
    ChoicesDialog ChoiceLines {{ height: auto; }}
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Back", id="choices.back"),
        Binding("down", "move(1)", "Down", show=False, id="choices.down"),
        Binding("up", "move(-1)", "Up", show=False, id="choices.up"),
        Binding("enter", "take", "Open", show=False, id="choices.take"),
    ]

    def __init__(self, title: str, choices: Sequence[ListChoice] = ()) -> None:
        """Without choices it is open while they are read, and `offer` brings them: keys that come meanwhile are for it, and not
        for the screen below, where another act has the same letter.
        """
        super().__init__()
        self._title = title
        self._early = ""
        """A letter that was typed before the lines were there."""
        self.lines = ChoiceLines(choices)

    def compose(self) -> ComposeResult:
        """The lines in a box."""
        with self.box(self._title, "a letter or enter takes it · esc leaves"):
            yield self.lines

    def on_mount(self) -> None:
        """As high as its lines."""
        self._fit()

    def offer(self, choices: Sequence[ListChoice]) -> None:
        """The lines are there."""
        assert len({one.letter for one in choices}) == len(choices)
        if not self.is_attached:
            return
        self.lines.choices = list(choices)
        self._fit()
        place = next((at for at, one in enumerate(choices) if one.letter == self._early), None)
        if place is not None:
            self.choose(place)

    def nothing(self, why: str) -> None:
        """There are no lines, and why. It stays open until esc: a key that was typed behind is still for the list."""
        self.lines.instead = why
        self.lines.rebuild()

    def _fit(self) -> None:
        self.lines.styles.height = max(1, min(len(self.lines.choices), HIGHEST))
        self._skip_empty()

    def counted(self, counts: Mapping[str, tuple[int, str]]) -> None:
        """Letter -> how many it would bring, and that in words; they may come after the list is shown."""
        self.lines.choices = [
            replace(one, count=counts[one.letter][0], counted=counts[one.letter][1]) if one.letter in counts else one
            for one in self.lines.choices
        ]
        self._skip_empty()

    def _skip_empty(self) -> None:
        choices = self.lines.choices
        while self.lines.cursor < len(choices) - 1 and choices[self.lines.cursor].count == 0:
            self.lines.cursor += 1
        self.lines.rebuild()

    def on_key(self, event: Key) -> None:
        """A letter takes its line; everything else is for the bindings."""
        if not self.lines.choices and event.character and event.is_printable:
            self._early = event.character
            event.stop()
        place = next((at for at, one in enumerate(self.lines.choices) if one.letter == event.character), None)
        if place is not None:
            event.stop()
            self.choose(place)

    def choose(self, place: int) -> None:
        """Take a line, unless it would bring nothing."""
        if place >= len(self.lines.choices):
            return
        one = self.lines.choices[place]
        if one.count == 0:
            self.lines.cursor = place
            self.lines.rebuild()
        else:
            self.dismiss(one.letter)

    def action_take(self) -> None:
        """The line under the cursor."""
        self.choose(self.lines.cursor)

    def action_move(self, by: int) -> None:
        """Up or down."""
        self.lines.cursor = max(0, min(self.lines.cursor + by, len(self.lines.choices) - 1))
        self.lines.rebuild()
        self.lines.reveal(self.lines.cursor, self.lines.cursor)
