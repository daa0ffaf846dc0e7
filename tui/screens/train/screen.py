"""Train: parameters on the left, the run and what came of it on the right; switching to the new model is a key of its own."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical

from tui.actions import models
from tui.actions.models import short_id
from tui.actions.train_and_score import TrainedAndScored
from tui.runtime.beside import beside
from tui.runtime.jobs_runner import JobRunner, telling
from tui.runtime.messages import (
    CaseChanged,
    ClassifyWanted,
    IngestFinished,
    JobEnded,
    JobStarted,
    JobStepped,
    QueueLearnt,
    ScoresChanged,
    SummaryLoaded,
    VerdictChanged,
)
from tui.runtime.services import Services
from tui.screens.base import ModeScreen
from tui.screens.train import threshold_board, training_form
from tui.screens.train.challenger_pane import ChallengerPane
from tui.screens.train.classifier_pane import ClassifierPane
from tui.screens.train.loss_plot import LossPlot
from tui.screens.train.setup_pane import DevicesFound, SetupPane
from tui.screens.train.stage_list import CLASSIFIER_STAGES, STAGES
from tui.screens.train.threshold_pane import ThresholdPane
from tui.words.first_queue import changed_words
from tui.words.training_words import in_use_words

TRAININGS = frozenset({models.TRAIN, models.CLASSIFY})
"""Jobs that the stages and the curve are of."""
AS_BEFORE = "the model in use and its scores are as they were"
"""What a stopped training leaves."""
CLASSIFIER_SIDE = "classifier"
"""Class of the screen while the classifier's side is shown."""


class TrainScreen(ModeScreen):
    """Trains, shows how it went, moves the threshold, switches models."""

    MODE = "train"
    HELP = (
        "A training never touches a model that you chose: the new model scores the case beside it, and **w** switches once you"
        " like what the comparison says. The ready one, which came with oddkin, it replaces. Stopping with **ctrl+x** leaves"
        " everything as it was. **v** shows the other model, the classifier that learns from your verdicts; **r** trains the one"
        " that is shown. The classifier is trained again by itself when ten verdicts are new."
    )
    CSS_PATH = "train.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012  # declared without ClassVar by Screen
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]  # noqa: RUF012
    AUTO_FOCUS = "ParameterForm"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "r",
            "train",
            "Train",
            id="train.start",
            tooltip="Train what this side shows: a detector beside the one in use, or the classifier",
        ),
        Binding("w", "switch", "Switch to new", id="train.switch", tooltip="Rank this case by the new model from now on"),
        Binding("v", "both", "View", id="train.both", tooltip="The detector's side of this screen, or the classifier's"),
        Binding(
            "full_stop",
            "other",
            "Next model",
            key_display=".",
            show=False,
            id="train.other",
            tooltip="Threshold of the new or of the used model",
        ),
    ]

    def __init__(self, services: Services, runner: JobRunner) -> None:
        super().__init__(services, runner)
        self._setup = SetupPane(services)
        self._loss = LossPlot(id="loss")
        self._threshold = ThresholdPane(services)
        self._comparison = ChallengerPane(services)
        self._classifier = ClassifierPane(services, id="classifier")
        self._in_use: str | None = None
        self._challenger: str | None = None
        self._shown: str | None = None
        """The model whose threshold is shown because somebody asked for it; None: the challenger, else the one in use."""
        self._epochs: int | None = None
        """What the training that runs was ordered for; None where it may stop when it likes."""

    def compose_body(self) -> ComposeResult:
        """Left what goes in, right what comes out."""
        with Horizontal():
            yield self._setup
            with Vertical(id="results"):
                yield self._loss
                yield self._threshold
                yield self._comparison
                yield self._classifier

    def on_mount(self) -> None:
        """Read the scores and what is in use."""
        self.refresh_case()
        self._classifier.read()

    def refresh_case(self) -> None:
        """Another case, or other scores: read them."""
        self._setup.show_case()
        self._show_newest()

    def _show_newest(self) -> None:
        self._shown = None
        self._reload()

    def _reload(self) -> None:
        if self.services.case is not None:
            load = partial(threshold_board.boards, self.services.workspace, self.services.case, self._shown)
            beside(self, "board", load, self._show_boards)
        else:
            self._in_use = self._challenger = None
            self._threshold.show_board(None, None)

    @on(CaseChanged)
    def _other_case(self) -> None:
        self._classifier.forget()

    @on(SummaryLoaded)
    def _summary(self) -> None:
        self._setup.show_case()

    @on(DevicesFound)
    def _devices_found(self) -> None:
        self._draw_header()

    @on(ScoresChanged)
    @on(IngestFinished)
    def _scores_changed(self) -> None:
        self.when_shown(self._reload)

    @on(ScoresChanged)
    @on(QueueLearnt)
    def _learnt_anew(self) -> None:
        self.when_shown(self._classifier.read)

    @on(VerdictChanged)
    def _verdicts_changed(self) -> None:
        self.when_shown(self._comparison.compare_again)

    def _show_boards(self, found: threshold_board.Boards) -> None:
        if found.case == self.services.case:
            self._in_use, self._challenger = found.in_use, found.challenger
            self._setup.show_choices(found.cases, found.board.standing.moved if found.board is not None else None)
            self._threshold.show_board(found.board, found.in_use)
            self._comparison.show_models(found.in_use, found.challenger)

    def action_other(self) -> None:
        """Show the threshold of the other model."""
        board = self._threshold.board
        if self._challenger is None or self._in_use is None or board is None:
            self.notify("There is only one model to show.")
            return
        self._shown = self._in_use if board.model_id == self._challenger else self._challenger
        self._reload()

    def _ready(self) -> str | None:
        """The case to train on; None, and why is said, where that cannot be now."""
        if self.services.case is None:
            self.notify("There is no case yet: press 1 and ingest logs.", severity="warning")
        elif self.runner.running is not None:
            self.notify(f"{self.runner.running} is running; train when it has ended.", severity="warning")
        else:
            return self.services.case
        return None

    def action_train(self) -> None:
        """Train what is shown: the classifier, or a detector with the values of the form."""
        if self.has_class(CLASSIFIER_SIDE):
            self.classify()
            return
        case, values = self._ready(), self._setup.values
        if case is not None:
            self._epochs = training_form.epochs_of(values)
            train = partial(training_form.train, self.services.workspace, case, values, self._setup.moved)
            self.runner.start(models.TRAIN, train, AS_BEFORE)

    def classify(self) -> None:
        """Train the classifier on the verdicts so far."""
        if self._ready() is not None:
            self.post_message(ClassifyWanted(self._setup.values))

    def action_both(self) -> None:
        """The detector's side, or the classifier's."""
        self.toggle_class(CLASSIFIER_SIDE)
        (self._classifier if self.has_class(CLASSIFIER_SIDE) else self._setup.form).focus()

    @on(JobStarted)
    def _training_started(self, message: JobStarted) -> None:
        if message.name in TRAININGS:
            self._begin(message.name)

    def _begin(self, name: str) -> None:
        self._setup.stages.begin(CLASSIFIER_STAGES if name == models.CLASSIFY else STAGES)
        self._loss.begin(None if name == models.CLASSIFY else self._epochs)
        self.add_class("running", "trained")

    @on(JobStepped)
    def _training_stepped(self, message: JobStepped) -> None:
        if message.name not in TRAININGS:
            return
        if not self.has_class("running"):  # this screen was opened later
            self._begin(message.name)
        self._loss.step(message.step)
        self._setup.stages.step(message.step)
        self.when_shown(self._loss.rebuild)

    @on(JobEnded)
    def _job_over(self, message: JobEnded) -> None:
        if message.name in TRAININGS:
            self._training_ended(message)
        elif message.name == models.USE and message.outcome == "done":
            self._show_newest()

    def _training_ended(self, message: JobEnded) -> None:
        self.remove_class("running")
        self._setup.stages.stop({"done": "", "cancelled": "stopped", "failed": "failed"}[message.outcome])
        if message.name == models.CLASSIFY:
            self._classifier.ended(message)
            return
        if message.outcome == "done":
            self._trained(message.result)
        elif message.outcome == "cancelled":
            self.notify(f"Training stopped: {AS_BEFORE}.", markup=False)
        self._show_newest()

    def _trained(self, made: TrainedAndScored) -> None:
        self.notify(trained_words(made), markup=False)
        if made.in_use == made.model_id:
            self.app.post_message(ScoresChanged(self.services.case or "", made.model_id))
        if self.focused is self._setup.form:
            self._threshold.focus()

    def action_switch(self) -> None:
        """Use the challenger."""
        case, model_id = self.services.case, self._challenger
        if case is None or model_id is None:
            self.notify("There is no other model to switch to: r trains one, 5 lists all.", severity="warning")
            return
        use = partial(models.use, self.services.workspace, case, model_id)
        self.start(models.USE, telling(self.app.post_message, ScoresChanged(case, model_id), use))


def trained_words(made: TrainedAndScored) -> str:
    """What a training came to, and which model the case uses."""
    name, in_use = short_id(made.model_id), in_use_words(made.before and short_id(made.before), short_id(made.in_use))
    if made.in_use != made.model_id:
        return f"Model {name} is ready beside the one in use. {in_use}. w switches to it."
    changed = f" {changed_words(made.changed)}." if made.changed is not None else ""
    findings = f"{int(made.scores.metrics['findings']):,} findings"
    return f"Model {name} ranks this case: {findings}. {in_use}.{changed} Verdicts stay. 4 shows them."
