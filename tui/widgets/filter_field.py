"""The filter line as a widget: what is typed in colours, what it leaves (or what is wrong with it) at the right, and below it,
while somebody types, what the term can become.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from engine.untrusted import visible
from store.where.values import Offer
from tui.widgets.line_input import LineInput

REST_S = 0.15
"""So long the keys have to rest before the line is read."""
WIDEST = 60
"""Characters of a value that is offered."""
_HEAD = re.compile(r"(?:(?<=\s)|\A)(?P<no>!?)(?P<key>(?:[A-Za-z_]{2,}|n)(?::|>=|<=|>|<))?")


class WhereInput(LineInput):
    """The field: keys and signs in colour."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"filter--key", "filter--not"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "take", "Complete", id="filter.take", tooltip="Take what is offered"),
        Binding("down", "choose(1)", "Down", show=False, id="filter.choose", tooltip="The next of what is offered"),
        Binding("up", "choose(-1)", show=False, id="filter.choose_before", tooltip="The one before"),
    ]

    class Taken(Message):
        """Tab."""

    @dataclass
    class Chosen(Message):
        """An arrow."""

        by: int

    @property
    def _value(self) -> Text:
        drawn = super()._value
        for match in _HEAD.finditer(self.value):
            drawn.stylize(self.get_component_rich_style("filter--not", partial=True), *match.span("no"))
            if match["key"]:
                drawn.stylize(self.get_component_rich_style("filter--key", partial=True), *match.span("key"))
        return drawn

    def action_take(self) -> None:
        """Take what is offered."""
        self.post_message(self.Taken())

    def action_choose(self, by: int) -> None:
        """Choose another of what is offered."""
        self.post_message(self.Chosen(by))


class FilterField(Vertical):
    """One row, with a list over what is below it while something is offered. Its owner reads the line and says what it leaves."""

    DEFAULT_CSS = """
    FilterField {
        height: auto;
        & > Horizontal { height: 1; }
        & .slash { width: 3; padding: 0 1; color: $text-muted; }
        & WhereInput { width: 1fr; }
        & WhereInput > .input--placeholder { color: $text-muted; }
        & WhereInput > .filter--key { color: $text-primary; }
        & WhereInput > .filter--not { color: $text-error; text-style: bold; }
        & .told { width: auto; max-width: 80%; padding: 0 1; color: $text-muted; }
        & .offers { display: none; height: auto; max-height: 6; margin: 0 0 0 3; background: $panel; overlay: screen; }
        &.-wrong .told { color: $text-error; }
        &.-offering .offers { display: block; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back", id="filter.close", tooltip="Leave the filter as it was"),
    ]

    @dataclass
    class Rested(Message):
        """The line changed, and no key came since."""

        begun: str
        """What stands before the cursor, for `offer`."""

    class Entered(Message):
        """Enter."""

    class Left(Message):
        """Escape, and nothing was offered."""

    def __init__(self, examples: str, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._examples = examples
        self._offers: Sequence[Offer] = ()
        self._at = 0
        self._timer: Timer | None = None
        self._quiet = ""
        """A line that was put in and not typed."""

    def compose(self) -> ComposeResult:
        """Sign, field, what is told; the offers."""
        with Horizontal():
            yield Static("/", classes="slash")
            yield WhereInput(placeholder=self._examples, select_on_focus=False)
            yield Static("", classes="told", markup=False)
        yield Static("", classes="offers", markup=False)

    @property
    def field(self) -> WhereInput:
        """Where one types."""
        return self.query_one(WhereInput)

    @property
    def line(self) -> str:
        """What stands there."""
        return self.field.value.strip()

    def put(self, line: str) -> None:
        """Put a line in; nothing is asked."""
        if self.line != line:
            self._quiet = line
            self.field.value = line
            self.field.cursor_position = len(line)
        self._offer(())

    def enter(self) -> None:
        """Go into the field, behind what stands there."""
        field = self.field
        if field.value and not field.value.endswith(" "):
            self._quiet = field.value + " "
            field.value = self._quiet
        field.cursor_position = len(field.value)
        field.focus()

    def tell(self, text: str, *, wrong: bool = False) -> None:
        """What the line leaves, or what is wrong with it."""
        self.set_class(wrong, "-wrong")
        self.query_one(".told", Static).update(Content(visible(text)))

    @property
    def told(self) -> str:
        """What stands at the right."""
        return str(self.query_one(".told", Static).render())

    # Typing -------------------------------------------------------------------------------------------------------------

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.value == self._quiet:
            return
        self._quiet = ""
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(REST_S, self._rest)

    def _rest(self) -> None:
        self.post_message(self.Rested(self.field.value[: self.field.cursor_position]))

    def offer(self, begun: str, found: Sequence[Offer]) -> None:
        """What the term at the cursor can become, where the line is still the one that was asked about."""
        field = self.field
        current = field.has_focus and field.value[: field.cursor_position] == begun
        self._offer([one for one in found if one.line != begun] if current else ())

    def _offer(self, offers: Sequence[Offer]) -> None:
        self._offers, self._at = offers, 0
        self.set_class(bool(offers), "-offering")
        self._draw()

    def _draw(self) -> None:
        if not self._offers:
            return
        shown = [visible(one.shown, WIDEST) for one in self._offers]
        width = max(map(len, shown))
        lines = []
        for place, (text, one) in enumerate(zip(shown, self._offers, strict=True)):
            line = f" {'›' if place == self._at else ' '} {text:<{width}}  {one.beside} "
            lines.append(Content.styled(line, "reverse" if place == self._at else ""))
        self.query_one(".offers", Static).update(Content("\n").join(lines))

    @on(WhereInput.Chosen)
    def _chosen(self, message: WhereInput.Chosen) -> None:
        message.stop()
        if self._offers:
            self._at = (self._at + message.by) % len(self._offers)
            self._draw()

    @on(WhereInput.Taken)
    def _taken(self, message: WhereInput.Taken) -> None:
        message.stop()
        if not self._offers:
            self.screen.focus_next()
            return
        field, rest = self.field, self.field.value[self.field.cursor_position :]
        line = self._offers[self._at].line
        field.value = line + rest
        field.cursor_position = len(line)
        self._offer(())

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._timer is not None:
            self._timer.stop()
        self._offer(())
        self.post_message(self.Entered())

    @on(Input.Blurred)
    def _blurred(self) -> None:
        self._offer(())

    def action_leave(self) -> None:
        """One layer: the offers, then the line."""
        if self._offers:
            self._offer(())
        else:
            if self._timer is not None:
                self._timer.stop()
            self.post_message(self.Left())
