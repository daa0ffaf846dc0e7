"""Training the classifier again when enough is new: beside the screens, as a job that can be stopped, one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from engine.errors import NotFound
from engine.untrusted import visible
from tui import model_jobs

if TYPE_CHECKING:
    from engine.jobs.classify import Classified
    from tui.app import OddkinApp
    from tui.messages import JobEnded

SHARE_NEW = 0.2
"""Of the verdicts at the last training, how many have to be new at least."""


class Retraining:
    """Watches the verdicts of the current case. Its methods belong to the UI's thread."""

    def __init__(self, app: OddkinApp) -> None:
        self._app = app
        self._tried: dict[str, int] = {}
        """Case -> usable verdicts at the last training, whatever came of it: nobody wants the same refusal twice."""

    def look(self) -> None:
        """Verdicts changed, or a job ended: train where enough is new and nothing else runs."""
        services, runner = self._app.services, self._app.runner
        if services.case is None or runner.running is not None:
            return
        try:
            usable = usable_now(services.workspace, services.case)
            before = max(self._tried.get(services.case, 0), taught_with(services.workspace, services.case))
        except NotFound:
            return
        from engine.jobs.classify import NEW

        # A finding of many chains is one verdict of many: a share keeps one key from being a training.
        if usable is None or usable - before < max(NEW, before * SHARE_NEW):
            return
        if self.start(model_jobs.DEFAULTS):
            self._app.notify("Enough verdicts are new: the classifier is trained again. x stops it.", markup=False)

    def start(self, values: Mapping[str, Any]) -> bool:
        """Train now. False when a job runs."""
        services = self._app.services
        if services.case is None:
            return False
        case = services.case
        job = partial(model_jobs.classify, services.workspace, case, values)
        if not self._app.runner.start(model_jobs.CLASSIFY, job):
            return False
        self._tried[case] = usable_now(services.workspace, case) or 0
        return True

    def ended(self, message: JobEnded) -> None:
        """Say what came of it; the queue follows the new classifier."""
        if message.name != model_jobs.CLASSIFY:
            return
        if message.outcome == "done":
            found: Classified = message.result
            title = "The new classifier is in use" if found.decision.accepted else "The new classifier was refused"
            self._app.notify(visible(found.decision.sentence), title=title, timeout=10, markup=False)
            self._app.learning.ask()
        elif message.outcome == "cancelled":
            self._app.notify("Stopped; the classifier in use is the same as before.", markup=False)


def usable_now(workspace: Any, case: str) -> int | None:
    """Verdicts to train with, None while one class has too few. Raises NotFound."""
    from engine.jobs.classify import DUE_OF_EACH

    index = workspace.learnt.index(case)
    given = index.metrics.get("labels") if index is not None else None
    if not isinstance(given, Mapping):
        return None
    malicious, others = int(given.get("malicious", 0)), int(given.get("benign", 0)) + int(given.get("false_positive", 0))
    return malicious + others if min(malicious, others) >= DUE_OF_EACH else None


def taught_with(workspace: Any, case: str) -> int:
    """Verdicts that the classifier in use was trained with, 0 for none."""
    model_id = workspace.vault.in_use(case, "classifier")
    if model_id is None:
        return 0
    labels = workspace.vault.show(model_id).manifest.get("labels")
    if not isinstance(labels, Mapping):
        return 0
    return sum(int(labels[word]) for word in ("malicious", "benign", "false_positive") if isinstance(labels.get(word), int))
