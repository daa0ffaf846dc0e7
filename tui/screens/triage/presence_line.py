"""One line over the list: who else looks at which finding now. Nothing of it is there in a workspace that is a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import work
from textual.widgets import Static

from engine.errors import OddkinError
from store.queue.presence import PresenceView
from tui.runtime.services import Services
from tui.words.triage.presence_words import also_looked_at, onlooker_words

EVERY_S = 10.0
"""Between two looks: a look of one's own lasts minutes."""
TOLD = "-told"


class PresenceLine(Static):
    """Tells others what is looked at here, and this person what others look at."""

    DEFAULT_CSS: ClassVar[str] = """
    PresenceLine { height: auto; padding: 0 1; color: $text-warning; display: none; }
    PresenceLine.-told { display: block; }
    """

    def __init__(self, services: Services) -> None:
        super().__init__("", markup=False)
        self._services = services
        self._finding = 0

    def on_mount(self) -> None:
        """Look now and then."""
        if self._services.workspace.shared:
            self.set_interval(EVERY_S, self.look)

    def follow(self, finding: int) -> None:
        """A finding is looked at from now on; 0 for none."""
        if self._services.workspace.shared and finding != self._finding:
            self._finding = finding
            self.look()

    @work(thread=True, exclusive=True, group="presence", exit_on_error=False)
    def look(self) -> None:
        """Tell and ask. A server that does not answer is told of by whatever else asks it."""
        case, presence, finding = self._services.case, self._services.workspace.presence, self._finding
        if case is None:
            return
        try:
            if finding:
                presence.look(case, finding)
            others = presence.others(case)
        except OddkinError:
            others = ()
        self.app.call_from_thread(self._tell, finding, others)

    def _tell(self, finding: int, others: Sequence[PresenceView]) -> None:
        said = " ".join(filter(None, (also_looked_at(others, finding), onlooker_words(others))))
        self.update(said)
        self.set_class(bool(said), TOLD)
