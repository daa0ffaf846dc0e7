"""Train's second model: the classifier that verdicts teach. Its key, and what is told of the one in use and of the last try."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual import on, work
from textual.message import Message

from engine.errors import NotFound
from tui.actions import models
from tui.actions.models import short_id
from tui.runtime.messages import CaseChanged, ClassifyWanted, JobEnded, QueueLearnt, ScoresChanged
from tui.screens.base import ModeScreen
from tui.screens.train.classifier_pane import ClassifierPane
from tui.widgets.parameter_form import ParameterForm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.jobs.classify import Classified

VIEW = "classifier"
"""Class of the screen while the classifier's side is shown."""


@dataclass
class ClassifierLoaded(Message):
    """The classifier in use was read; None: there is none."""

    case: str
    model_id: str | None
    manifest: Mapping[str, Any]
    learnt: Mapping[str, Any]
    """What is told of the learnt queue; {} while there is none."""


class ClassifierMixin(ModeScreen):
    """The classifier's half of the Train screen."""

    last_try: Classified | None = None
    """What the last training in this session brought, taken or refused."""

    def on_mount(self) -> None:
        """What is in use."""
        self._read_classifier()

    @on(CaseChanged)
    def _other_case(self) -> None:
        self.last_try = None
        self._read_classifier()

    @on(ScoresChanged)
    @on(QueueLearnt)
    def _learnt_anew(self) -> None:
        self.when_shown(self._read_classifier)

    def _read_classifier(self) -> None:
        if self.services.case is not None:
            self._load_classifier(self.services.case)

    @work(thread=True, exclusive=True, group="classifier", exit_on_error=False)
    def _load_classifier(self, case: str) -> None:
        workspace = self.services.workspace
        learnt: Mapping[str, Any] = {}
        manifest: Mapping[str, Any] = {}
        try:
            model_id = workspace.vault.in_use(case, "classifier")
            manifest = workspace.vault.show(model_id).manifest if model_id is not None else {}
        except NotFound:
            return  # the case was removed meanwhile
        try:
            index = workspace.learnt.index(case)
            learnt = index.metrics if index is not None else {}
        except NotFound:
            pass  # nothing was scored yet
        self.post_message(ClassifierLoaded(case, model_id, manifest, learnt))

    @on(ClassifierLoaded)
    def _classifier_loaded(self, message: ClassifierLoaded) -> None:
        if message.case == self.services.case:
            pane = self.query_one(ClassifierPane)
            name = short_id(message.model_id) if message.model_id is not None else None
            pane.show(name, message.manifest, message.learnt, self.last_try)

    def action_classify(self) -> None:
        """Train the classifier on the verdicts so far."""
        if self.services.case is None:
            self.notify("There is no case yet: press 1 and ingest logs.", severity="warning")
            return
        if self.runner.running is not None:
            self.notify(f"{self.runner.running} is running; train when it has ended.", severity="warning")
            return
        self.post_message(ClassifyWanted(dict(self.query_one(ParameterForm).values)))
        self.add_class(VIEW)

    def action_both(self) -> None:
        """The detector's side, or the classifier's."""
        self.toggle_class(VIEW)
        if self.has_class(VIEW):
            self.query_one(ClassifierPane).focus()
        else:
            self.query_one(ParameterForm).focus()

    @on(JobEnded)
    def _classified(self, message: JobEnded) -> None:
        if message.name == models.CLASSIFY:
            if message.outcome == "done":
                self.last_try = message.result
            self._read_classifier()
