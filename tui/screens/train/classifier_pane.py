"""The classifier: what it was taught with, how it was judged, what it does to the queue; and the last one that was tried."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from engine.classifier.trust import TO_BEGIN
from engine.errors import NotFound
from engine.untrusted import visible
from tui.actions.models import short_id
from tui.runtime.beside import beside
from tui.runtime.messages import JobEnded
from tui.runtime.services import Services
from tui.widgets.lines_view import LinesView
from tui.words.classifier_words import classifier_lines
from tui.words.learnt_words import labels_words, stop_words
from tui.words.spans import Line, wrap

if TYPE_CHECKING:
    from engine.jobs.classify import Classified

FIRST = f"Before it can be trained: {TO_BEGIN} (4 gives them)."


Read = tuple[str, str | None, Mapping[str, Any], Mapping[str, Any]]
"""Case, id and manifest of the classifier in use (None and {}: there is none), what the learnt queue tells ({}: nothing)."""


class ClassifierPane(LinesView):
    """Reads manifests and figures, and draws them."""

    BORDER_TITLE = "Classifier"
    _called: str | None = None
    _tried: Classified | None = None
    """What the last training in this session brought, taken or refused."""
    HELP = (
        "The classifier learns from verdicts, where the detector learns from what is usual. **r** trains a challenger; it is"
        " taken only when it is no worse than the one in use on verdicts that were held back, each once with its finding. Judged"
        " on fewer than 10 verdicts of either kind it moves nothing. Reliability: of the chains that it calls 80 % likely, how"
        " many were malicious."
    )

    def __init__(self, services: Services, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._services = services
        self._manifest: Mapping[str, Any] = {}
        self._learnt: Mapping[str, Any] = {}

    def forget(self) -> None:
        """Another case: what was trained in this session was for the other one."""
        self._tried = None
        self.read()

    def ended(self, message: JobEnded) -> None:
        """A training is over."""
        if message.outcome == "done":
            self._tried = message.result
        self.read()

    def read(self) -> None:
        """What is in use now, and what the queue has learnt."""
        if self._services.case is not None:
            beside(self, "classifier", partial(self._load, self._services.case), self._loaded)

    def _load(self, case: str) -> Read:
        workspace = self._services.workspace
        learnt: Mapping[str, Any] = {}
        model_id = workspace.vault.in_use(case, "classifier")
        manifest = workspace.vault.show(model_id).manifest if model_id is not None else {}
        with suppress(NotFound):  # nothing was scored yet
            index = workspace.learnt.index(case)
            learnt = index.metrics if index is not None else {}
        return case, model_id, manifest, learnt

    def _loaded(self, found: Read) -> None:
        case, model_id, manifest, learnt = found
        if case == self._services.case:
            self._called = short_id(model_id) if model_id is not None else None
            self._manifest, self._learnt = manifest, learnt
            self.border_title = f"Classifier {self._called} (in use)" if self._called is not None else "Classifier: none yet"
            self.rebuild(top=True)

    def build(self, width: int) -> list[Line]:
        """The queue's state, the last try where it was not taken, the one in use."""
        lines = self._of_queue(width)
        if self._tried is not None and not self._tried.in_use:
            lines += [[], [("The last one that was trained", "title")], *classifier_lines(self._tried.manifest, width)]
            lines += [[], [("The one in use", "title")]] if self._called is not None else []
        if self._called is not None:
            return lines + classifier_lines(self._manifest, width)
        return [*lines, [], *([(text, "dim")] for text in wrap(f"r trains the first one. {FIRST}", width, 4))]

    def _of_queue(self, width: int) -> list[Line]:
        lines: list[Line] = [[("verdicts ", "dim"), (labels_words(self._learnt) or "none yet: 4 opens the queue", "strong")]]
        if sentence := self._learnt.get("sentence"):
            lines += [[(text, "")] for text in wrap(visible(str(sentence)), width, 3)]
        if left := stop_words(self._learnt):
            lines.append([(left, "warning")])
        return lines
