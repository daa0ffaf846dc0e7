"""Ask the case: from the selected process to all that share something with it, and counts of what is shown.

What is chosen is a line of the filter language and goes to whoever shows filters; a pivot asks anew, a counted value asks within
what is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual.binding import Binding
from textual.widget import Widget

from engine.errors import NotFound
from store.where.matching import Spread
from store.where.terms import Where
from tui.actions.triage.pivots import Pivot, counted, pivots, told
from tui.dialogs.choices import ChoicesDialog, ListChoice
from tui.dialogs.count import CountDialog
from tui.runtime.beside import beside
from tui.runtime.services import Services
from tui.words.words import many


@dataclass(frozen=True, slots=True)
class AskedLine:
    """A line that was chosen."""

    line: str
    within: bool
    """Beside the filter that holds, and not in its place."""


class Ask:
    """Keys of a screen with processes; a pane without a widget, for `ModeScreen.adopt`."""

    KEYS: ClassVar[list[Binding]] = [
        Binding("p", "pivot", "Pivot", id="ask.pivot", tooltip="Everything that shares a program, user, session, parent or time"),
        Binding("F", "count", "Count", id="ask.count", tooltip="How often each program, user, host, … stands in what is shown"),
    ]

    def __init__(
        self, widget: Widget, services: Services, selected: Callable[[], int | None], where: Callable[[], Where],
        then: Callable[[AskedLine], object],
    ) -> None:  # fmt: skip
        """`selected`: the process under the cursor; `where`: the filter that holds; `then` shows what was chosen."""
        self._widget, self._services, self._selected, self._where, self._then = widget, services, selected, where, then

    def action_count(self) -> None:
        """Count what is shown."""
        services = self._services
        if services.case is None:
            self._widget.notify("There is nothing to count yet: 1 opens Case, I brings in logs.", severity="warning")
            return
        dialog = CountDialog(services.workspace, services.case, self._where(), services.when)
        dialog.ask(self._widget, lambda line: self._then(AskedLine(line, within=True)))

    def action_pivot(self) -> None:
        """Ask which way to go on."""
        process, case, workspace = self._selected(), self._services.case, self._services.workspace
        if case is None or process is None:
            self._widget.notify("No process is selected.", severity="warning")
            return

        def read() -> tuple[Pivot, ...]:
            one = workspace.processes.get(process)
            try:
                parent = None if one.parent_id is None else workspace.processes.get(one.parent_id)
            except NotFound:
                parent = None
            return pivots(one, parent, self._services.when)

        dialog, lines = ChoicesDialog("Pivot"), dict[str, str]()
        dialog.ask(self._widget, lambda letter: self._then(AskedLine(lines[letter], within=False)))
        beside(self._widget, "pivot", read, partial(self._offer, dialog, lines, case))

    def _offer(self, dialog: ChoicesDialog, lines: dict[str, str], case: str, ways: tuple[Pivot, ...]) -> None:
        if not ways:
            dialog.dismiss(None)
            self._widget.notify("Its record tells nothing to go on from.", severity="warning")
            return
        lines.update({one.letter: one.line for one in ways})
        dialog.offer([ListChoice(one.letter, one.name, told(one)) for one in ways])
        # One after the other, each shown when it is there: the last of them may take a while in a large case.
        self._count(dialog, case, ways)

    def _count(self, dialog: ChoicesDialog, case: str, ways: tuple[Pivot, ...]) -> None:
        if not ways or not dialog.is_attached:
            return
        one, *others = ways

        def counted_one(found: Spread) -> None:
            if dialog.is_attached:
                told = many(found.processes, "process", "processes")
                if found.hosts > 1:  # where else, before it is asked
                    told += f" on {many(found.hosts, 'host')}"
                dialog.counted({one.letter: (found.processes, told)})
                self._count(dialog, case, tuple(others))

        beside(self._widget, "pivot", partial(counted, self._services.workspace, case, one), counted_one)
