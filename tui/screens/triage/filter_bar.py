"""The filter line: hidden until asked for, no modal; says at once what it does not understand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
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
from engine.errors import NotFound, UsageError
from engine.untrusted import visible
from tui.actions import filter_line
from tui.runtime.services import Services
from tui.screens.triage.state import QueueView, TriageState
from tui.widgets.line_input import LineInput

STARTS = (
    "verdict:undecided", *(f"verdict:{verdict}" for verdict in VERDICTS), "host:", "image:", "score>", "since:", "until:",
    "flagged",
)  # fmt: skip
HOST_NAMES = 2_000
"""Hosts that the filter line completes."""


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
    """Reads the line, and narrows the list down by what it says, or by a key."""

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
    KEYS: ClassVar[list[Binding]] = [
        Binding("slash", "filter", "filter", key_display="/", id="queue.filter", tooltip="Narrow the queue down"),
    ]  # fmt: skip

    class Closed(Message):
        """Escape, or a filter that was accepted."""

    def __init__(
        self, services: Services, state: TriageState, change: Callable[[QueueView], None], host_name: Callable[[int], str]
    ) -> None:
        """`change` shows another view; `host_name` gives the name of a host's id."""
        super().__init__()
        self._services, self._state, self._change, self._host_name = services, state, change, host_name
        self._hosts: list[str] | None = None

    def compose(self) -> ComposeResult:
        """Field and complaint."""
        hint = "image text  verdict:undecided  host:NAME  score>2.5  since:2024-03-01  flagged"
        yield LineInput(placeholder=hint, suggester=WordSuggester(self._names), select_on_focus=False)
        yield Static("", classes="problem", markup=False)

    def forget_hosts(self) -> None:
        """There may be others now."""
        self._hosts = None

    def _names(self) -> list[str]:
        if self._hosts is None:
            case = self._services.case
            hosts = self._services.workspace.cases.hosts(case) if case is not None else ()
            self._hosts = [host.name for host in hosts[:HOST_NAMES]]
        return self._hosts

    def action_filter(self) -> None:
        """Show the bar with the present filter and go into it."""
        field, line = self.query_one(Input), filter_line.words(self._state.view.wanted, self._host_name)
        field.value = line + (" " if line else "")
        field.cursor_position = len(field.value)
        self.remove_class("-wrong")
        self.add_class("-open")
        field.focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        cases, case = self._services.workspace.cases, self._services.case or ""
        try:
            wanted = filter_line.parse(event.value.strip(), lambda name: cases.host_id(case, name))
        except (UsageError, NotFound) as problem:
            self.query_one(".problem", Static).update(Content(visible(problem.message)))
            self.add_class("-wrong")
            return
        self.action_close()
        self._change(replace(self._state.view, wanted=wanted))

    def action_close(self) -> None:
        """As it was."""
        self.remove_class("-open")
        self.post_message(self.Closed())
