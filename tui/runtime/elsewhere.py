"""Verdicts that another process gives while the screens are open: the command line, a colleague over the same workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.app import App

from engine.errors import OddkinError
from tui.runtime.messages import VerdictChanged

if TYPE_CHECKING:
    from tui.runtime.services import Services

EVERY_S = 2.0
"""Between two looks: one seek in an index each. SQLite tells nobody that another process wrote."""


class Elsewhere:
    """Looks whether verdicts changed, and tells the screens as if it had been done here.

    What was done here is told once more: to leave that out would leave out what somebody else did in the same two seconds.
    """

    def __init__(self, app: App[Any], services: Services) -> None:
        self._app, self._services = app, services
        self._seen: tuple[str, int] | None = None
        self._looking = False

    def begin(self) -> None:
        """From now on."""
        self._app.set_interval(EVERY_S, self.look)

    def look(self) -> None:
        """Once, in a thread; not while the last look still waits for the database."""
        case = self._services.case
        if case is not None and not self._looking:
            self._looking = True
            self._app.run_worker(lambda: self._read(case), group="elsewhere", thread=True, exit_on_error=False)

    def _read(self, case: str) -> None:
        try:
            newest = self._services.workspace.labels.newest(case)
        except OddkinError:
            return  # the case was removed meanwhile; CaseChanged is on its way
        finally:
            self._looking = False
        if self._seen is not None and self._seen[0] == case and self._seen[1] != newest:
            self._app.post_message(VerdictChanged((), beyond=True))
        self._seen = (case, newest)
