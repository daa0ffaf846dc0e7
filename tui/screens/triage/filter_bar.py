"""The filter line: hidden until asked for, no modal; says at once what it does not understand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Static

from engine.domain.verdicts import VERDICTS
from engine.untrusted import visible
from tui.widgets.line_input import LineInput

STARTS = (
    "verdict:undecided", *(f"verdict:{verdict}" for verdict in VERDICTS), "host:", "image:", "score>", "since:", "until:",
    "flagged",
)  # fmt: skip


class WordSuggester(Suggester):
    """Completes the last word: fields, verdicts, names of hosts."""

    def __init__(self, hosts: Callable[[], Sequence[str]]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._hosts = hosts

    async def get_suggestion(self, value: str) -> str | None:
        """The whole line with its last word completed."""
        start = value.rfind(" ") + 1
        word = value[start:]
        if not word:
            return None
        choices: Sequence[str] = STARTS
        if word.lower().startswith("host:") and len(word) > len("host:"):
            choices = [f"host:{host}" for host in self._hosts() if " " not in host and visible(host) == host]
        for choice in choices:
            if choice.lower().startswith(word.lower()) and len(choice) > len(word):
                return value + choice[len(word) :]
        return None


class FilterBar(Vertical):
    """Posts `Applied` with the line; the owner answers with `accept` or `refuse`."""

    DEFAULT_CSS = """
    FilterBar { height: auto; display: none; }
    FilterBar.-open { display: block; }
    FilterBar LineInput { background: $boost; }
    FilterBar .problem { height: auto; padding: 0 1; color: $text-error; display: none; }
    FilterBar.-wrong .problem { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Back", id="filter.close", tooltip="Leave the filter as it is"),
    ]

    class Applied(Message):
        """Enter."""

        def __init__(self, line: str) -> None:
            super().__init__()
            self.line = line

    class Closed(Message):
        """Escape, or a filter that was accepted."""

    def __init__(self, hosts: Callable[[], Sequence[str]] = tuple, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._hosts = hosts

    def compose(self) -> ComposeResult:
        """Field and complaint."""
        hint = "image text  verdict:undecided  host:NAME  score>2.5  since:2024-03-01  flagged"
        yield LineInput(placeholder=hint, suggester=WordSuggester(self._hosts), select_on_focus=False)
        yield Static("", classes="problem", markup=False)

    def open(self, line: str) -> None:
        """Show the bar with the present filter and go into it."""
        field = self.query_one(Input)
        field.value = line + (" " if line else "")
        field.cursor_position = len(field.value)
        self.remove_class("-wrong")
        self.add_class("-open")
        field.focus()

    def accept(self) -> None:
        """The line was understood."""
        self.remove_class("-open")
        self.post_message(self.Closed())

    def refuse(self, problem: str) -> None:
        """It was not."""
        self.query_one(".problem", Static).update(Content(visible(problem)))
        self.add_class("-wrong")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Applied(event.value.strip()))

    def action_close(self) -> None:
        """As it was."""
        self.accept()
