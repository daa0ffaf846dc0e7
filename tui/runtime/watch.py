"""What others do to the workspace while the interface is open: `oddkin label` in another window, an ingest, a training.

One thread looks every second whether anything was committed, which costs microseconds, and tells the application with the
messages that it knows already. Rejected: that each screen looks when it is shown, for the one that is shown would stay as it is.
"""

from __future__ import annotations

import contextvars
import threading
from typing import TYPE_CHECKING, Any

from store.base.changes import ForeignChanges, WorkspaceState
from tui.runtime.messages import CaseChanged, FiguresChanged, IngestFinished, ScoresChanged, VerdictChanged

if TYPE_CHECKING:
    from textual.app import App
    from textual.message import Message

    from tui.runtime.jobs_runner import JobRunner
    from tui.runtime.services import Services

EVERY_S = 1.0


class Watch:
    """Looks and tells. `start` and `stop` belong to the UI's thread."""

    def __init__(self, app: App[Any], services: Services, runner: JobRunner) -> None:
        self._app, self._services, self._runner = app, services, runner
        self._changes = ForeignChanges(services.workspace)
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._seen: WorkspaceState | None = None
        self._case: str | None = None

    def start(self) -> None:
        """Look from now on. A workspace that nobody may write to stays as it is."""
        if not self._services.workspace.read_only:
            run = contextvars.copy_context().run
            self._thread = threading.Thread(target=run, args=(self._work,), name="oddkin watch", daemon=True)
            self._thread.start()

    def stop(self, timeout: float) -> None:
        """The application ends."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(timeout)

    def _work(self) -> None:
        while not self._ended.is_set():
            for message in self.look():
                self._app.post_message(message)
            self._ended.wait(EVERY_S)
        self._changes.close()

    def look(self) -> list[Message]:
        """What is to be told since the last look: nothing the first time, and for another case."""
        case, busy = self._services.case, self._runner.running is not None
        found = self._changes.look(case)
        if found is None:
            return []
        before, self._seen = self._seen, found
        same, self._case = case == self._case, case
        if before is None:
            return []
        told = self._told(before, found, case) if same and not busy else []
        if same and found.acts > before.acts:
            told.append(VerdictChanged((), beyond=True))
        return told or [FiguresChanged()]

    def _told(self, before: WorkspaceState, found: WorkspaceState, case: str | None) -> list[Message]:
        """Of what a job of our own would tell itself, nothing while one runs."""
        if case not in found.cases and (case is None) == (not before.cases):
            # Somebody removed it, or ingested the first one.
            return [CaseChanged(found.cases[0] if found.cases else None)] if found.cases != before.cases else []
        told: list[Message] = []
        if found.evidence != before.evidence or found.cases != before.cases:
            told.append(IngestFinished(None))
        if case is not None and found.scores is not None and found.scores != before.scores:
            told.append(ScoresChanged(case, found.scores[1]))
        return told
