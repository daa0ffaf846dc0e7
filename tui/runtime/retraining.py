"""Training the classifier again when enough verdicts changed: beside the screens, as a job that can be stopped, one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import App

from engine.classifier.trust import Said
from engine.errors import NotFound
from engine.untrusted import visible
from tui.actions import models
from tui.actions.classifier import training_due
from tui.runtime.jobs_runner import JobRunner
from tui.runtime.learning import Learning
from tui.runtime.messages import JobEnded
from tui.runtime.services import Services

if TYPE_CHECKING:
    from engine.jobs.classify import Classified

AS_BEFORE = "the classifier in use is the same as before"
"""What a stopped training leaves."""


class Retraining:
    """Watches the verdicts of the current case. Its methods belong to the UI's thread."""

    def __init__(self, app: App[Any], services: Services, runner: JobRunner, learning: Learning) -> None:
        self._app = app
        self._services = services
        self._runner = runner
        self._learning = learning
        self._tried: dict[str, Mapping[tuple[str, int], Said]] = {}
        """Case -> verdicts (by chain key) of the last training that was not taken: nobody wants the same refusal twice."""
        self._training = ""
        """Case of the training that runs."""

    def look(self) -> None:
        """Verdicts changed, or a job ended: train where enough has changed and nothing else runs."""
        services, runner = self._services, self._runner
        if services.case is None or runner.running is not None:
            return
        try:
            if not training_due(services.workspace, services.case, self._tried.get(services.case)):
                return
        except NotFound:
            return
        if self.start(models.DEFAULTS):
            self._app.notify("Enough verdicts have changed: the classifier is trained again. ctrl+x stops it.", markup=False)

    def start(self, values: Mapping[str, Any]) -> bool:
        """Train now. False when a job runs."""
        services = self._services
        if services.case is None:
            return False
        case = services.case
        job = partial(models.classify, services.workspace, case, values)
        if not self._runner.start(models.CLASSIFY, job, AS_BEFORE):
            return False
        self._training = case
        with suppress(NotFound):  # the job says so
            self._tried[case] = services.workspace.teaching.said(case)
        return True

    def ended(self, message: JobEnded) -> None:
        """Say what came of it; the queue follows the new classifier."""
        if message.name != models.CLASSIFY:
            return
        if message.outcome == "done":
            found: Classified = message.result
            if found.in_use:
                # The store knows its verdicts now: when one of them is taken back it is retired, and another training is due.
                self._tried.pop(self._training, None)
            self._app.notify(visible(found.decision.sentence), title=found.outcome, timeout=10, markup=False)
            self._learning.ask()
        elif message.outcome == "cancelled":
            self._app.notify(f"Stopped; {AS_BEFORE}.", markup=False)
