"""Train: parameters on the left, the run and what came of it on the right; switching to the new model is a key of its own."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical

from engine.errors import NotFound, OddkinError, UsageError
from tui.actions import models
from tui.actions.models import short_id
from tui.dialogs.text import TextDialog
from tui.runtime.jobs_runner import telling
from tui.runtime.messages import IngestFinished, JobEnded, JobStarted, JobStepped, ScoresChanged, SummaryLoaded, VerdictChanged
from tui.screens.train import threshold_board, training_form
from tui.screens.train.classifier import ClassifierMixin
from tui.screens.train.classifier_pane import ClassifierPane
from tui.screens.train.comparison import ComparisonPane, comparison_lines
from tui.screens.train.data_pane import DataPane
from tui.screens.train.distribution_plot import DistributionPlot
from tui.screens.train.loss_plot import LossCurve, LossPlot
from tui.screens.train.messages import BoardLoaded, BudgetLooked, Compared, DevicesFound
from tui.screens.train.stage_list import CLASSIFIER_STAGES, STAGES, StageList
from tui.widgets.parameter_form import ParameterForm
from tui.words.pace import Pace
from tui.words.training_words import in_use_words

if TYPE_CHECKING:
    from engine.device import Device
    from tui.actions.train_and_score import TrainedAndScored
    from tui.screens.train.threshold_board import Board


TRAININGS = frozenset({models.TRAIN, models.CLASSIFY})
"""Jobs that the stages and the curve are of."""


class TrainScreen(ClassifierMixin):
    """Trains, shows how it went, moves the threshold, switches models."""

    MODE = "train"
    HELP = (
        "A training never touches the model in use: the new model scores the case beside it, and **w** switches once you like"
        " what the comparison says. Stopping with **x** leaves everything as it was. **c** trains the other model, the classifier"
        " that learns from your verdicts; **b** shows it. It is trained again by itself when ten verdicts are new."
    )
    CSS_PATH = "train.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012  # declared without ClassVar by Screen
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]  # noqa: RUF012
    AUTO_FOCUS = "ParameterForm"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "train", "Train", id="train.start", tooltip="Train a new model beside the one in use"),
        Binding("w", "switch", "Switch to new", id="train.switch", tooltip="Rank this case by the new model from now on"),
        Binding(
            "c", "classify", "Train classifier", id="train.classify", tooltip="Teach the classifier with the verdicts so far"
        ),
        Binding("b", "both", "Classifier", id="train.both", tooltip="The detector's side of this screen, or the classifier's"),
        Binding("v", "other", "Other model", show=False, id="train.other", tooltip="Threshold of the new or of the used model"),
    ]

    _board: Board | None = None
    _in_use: str | None = None
    _challenger: str | None = None
    _shown: str | None = None
    """The model whose threshold is shown because somebody asked for it; None: the challenger, else the one in use."""
    _devices: tuple[Device, ...] | None = None
    _moved: float | None = None
    _cases = 1

    def compose_body(self) -> ComposeResult:
        """Left what goes in, right what comes out."""
        with Horizontal():
            with Vertical(id="setup"):
                yield DataPane(id="data")
                yield ParameterForm(id="parameters")
                yield StageList(id="stages")
            with Vertical(id="results"):
                yield LossPlot(id="loss")
                yield DistributionPlot(id="threshold")
                yield ComparisonPane(id="comparison")
                yield ClassifierPane(id="classifier")

    def on_mount(self) -> None:
        """Draw what is known; torch is asked in a thread, as importing it takes seconds."""
        self._pace, self._curve = Pace(), LossCurve()
        self._show_form()
        self._find_devices()
        self.refresh_case()

    # Loading -----------------------------------------------------------------------------------------------------------

    def refresh_case(self) -> None:
        """Another case, or other scores: read them."""
        self.query_one(DataPane).show(self.services.case, self.services.summary)
        self._shown = None
        self._reload()

    def _reload(self) -> None:
        if self.services.case is not None:
            self._load(self.services.case, self._shown)
        else:
            self._board = self._in_use = self._challenger = None
            self._draw()

    @on(SummaryLoaded)
    def _summary(self, message: SummaryLoaded) -> None:
        self.query_one(DataPane).show(self.services.case, message.summary)

    @on(ScoresChanged)
    @on(IngestFinished)
    def _scores_changed(self) -> None:
        self.when_shown(self._reload)

    @on(VerdictChanged)
    def _verdicts_changed(self) -> None:
        self.when_shown(self._compare_again)

    @work(thread=True, exclusive=True, group="devices", exit_on_error=False)
    def _find_devices(self) -> None:
        from engine.device import available

        self.post_message(DevicesFound(available()))

    @on(DevicesFound)
    def _devices_found(self, message: DevicesFound) -> None:
        self._devices = message.devices
        self.services.device = message.devices[0].line
        self._draw_header()
        self._show_form()

    @work(thread=True, exclusive=True, group="board", exit_on_error=False)
    def _load(self, case: str, shown: str | None) -> None:
        workspace = self.services.workspace
        try:
            in_use, challenger = threshold_board.challenger(workspace, case)
        except NotFound:  # the case was removed meanwhile; CaseChanged is on its way
            return
        board = None
        for model_id in (shown, challenger, in_use):
            try:
                board = threshold_board.load(workspace, case, model_id) if model_id else None
            except NotFound:
                continue
            if board is not None:
                break
        self.post_message(BoardLoaded(case, board, in_use, challenger, len(workspace.cases.names())))

    @on(BoardLoaded)
    def _board_loaded(self, message: BoardLoaded) -> None:
        if message.case != self.services.case:
            return
        self._board, self._in_use, self._challenger = message.board, message.in_use, message.challenger
        self._cases = message.cases
        self._moved = message.board.standing.moved if message.board is not None else None
        self._show_form()
        self._draw()
        self._compare_again()

    # Training ------------------------------------------------------------------------------------------------------------

    def action_train(self) -> None:
        """Start a training with the values of the form."""
        case, summary = self.services.case, self.services.summary
        if case is None:
            self.notify("There is no case yet: press 1 and ingest logs.", severity="warning")
            return
        values = dict(self.query_one(ParameterForm).values)
        self._curve = LossCurve(chains=summary.chains if summary is not None and values["data"] == "this" else 0)
        job = partial(training_form.train, self.services.workspace, case, values, self._moved)
        if not self.runner.start(models.TRAIN, job):
            self.notify(f"{self.runner.running} is running; train when it has ended.", severity="warning")

    @on(JobStarted)
    def _training_started(self, message: JobStarted) -> None:
        if message.name in TRAININGS:
            self._begin(message.name)

    def _begin(self, name: str) -> None:
        self._pace = Pace()
        self.query_one(StageList).begin(CLASSIFIER_STAGES if name == models.CLASSIFY else STAGES)
        if name == models.CLASSIFY:
            self._curve = LossCurve()  # which a training by itself did not make
        self.query_one(LossPlot).show(self._curve)
        self.add_class("running", "trained")

    @on(JobStepped)
    def _training_stepped(self, message: JobStepped) -> None:
        if message.name not in TRAININGS:
            return
        if not self.has_class("running"):  # this screen was opened later
            self._begin(message.name)
        self._pace.add(message.step, time.monotonic())
        self._curve.add(message.step, self._pace)
        self.query_one(StageList).step(message.step)
        if self.is_current:
            self.query_one(LossPlot).rebuild()
        else:
            self.when_shown(self.query_one(LossPlot).rebuild)

    @on(JobEnded)
    def _training_ended(self, message: JobEnded) -> None:
        if message.name not in TRAININGS:
            return
        self.remove_class("running")
        self.query_one(StageList).stop({"done": "", "cancelled": "stopped", "failed": "failed"}[message.outcome])
        if message.name == models.CLASSIFY:
            return
        if message.outcome == "done":
            self._trained(message.result)
        elif message.outcome == "cancelled":
            self.notify("Training stopped. The model in use and its scores are as they were.", markup=False)
        self._shown = None
        self._reload()

    def _trained(self, made: TrainedAndScored) -> None:
        name, case = short_id(made.model_id), self.services.case or ""
        in_use = in_use_words(made.before and short_id(made.before), short_id(made.in_use))
        if made.in_use == made.model_id:
            findings = int(made.scores.metrics["findings"])
            self.notify(f"Model {name} ranks this case: {findings:,} findings. {in_use}. 4 shows them.", markup=False)
            self.app.post_message(ScoresChanged(case, made.model_id))
        else:
            self.notify(f"Model {name} is ready beside the one in use. {in_use}. w switches to it.", markup=False)
        if self.focused is self.query_one(ParameterForm):
            self.query_one(DistributionPlot).focus()

    # Threshold -------------------------------------------------------------------------------------------------------------

    @on(DistributionPlot.BudgetMoved)
    def _budget_moved(self, message: DistributionPlot.BudgetMoved) -> None:
        if self._board is None:
            return
        self._board = self._board.moved(message.by)
        self._draw()
        if self._board.flagging is None:
            self._look(self._board)

    @work(thread=True, exclusive=True, group="look", exit_on_error=False)
    def _look(self, board: Board) -> None:
        flagging = self.services.workspace.thresholds.what_if(board.case, board.allowed, board.model_id)
        self.post_message(BudgetLooked(board.model_id, board.allowed, flagging))

    @on(BudgetLooked)
    def _budget_looked(self, message: BudgetLooked) -> None:
        board = self._board
        if board is not None and (board.model_id, board.allowed) == (message.model_id, message.allowed):
            self._board = replace(board, flagging=message.flagging)
            self._draw()

    @on(DistributionPlot.BudgetTaken)
    def _budget_taken(self) -> None:
        if self._board is not None and self._board.changed:
            self._apply(self._board)

    @work(thread=True, group="apply", exit_on_error=False)
    def _apply(self, board: Board) -> None:
        try:
            flagging = self.services.workspace.thresholds.move(board.case, board.per_host_day, board.model_id)
        except OddkinError as error:
            self.app.call_from_thread(self.notify, error.message, severity="error", markup=False)
            return
        told = f"{flagging.findings:,} findings of {flagging.chains:,} chains are flagged now."
        self.app.call_from_thread(self.notify, told, markup=False)
        self.app.post_message(ScoresChanged(board.case, board.model_id))

    def action_other(self) -> None:
        """Show the threshold of the other model."""
        if self._challenger is None or self._in_use is None or self._board is None:
            self.notify("There is only one model to show.")
            return
        self._shown = self._in_use if self._board.model_id == self._challenger else self._challenger
        self._reload()

    # Switching ---------------------------------------------------------------------------------------------------------------

    def action_switch(self) -> None:
        """Use the challenger."""
        case, model_id = self.services.case, self._challenger
        if case is None or model_id is None:
            self.notify("There is no other model to switch to: r trains one, 5 lists all.", severity="warning")
            return
        use = partial(models.use, self.services.workspace, case, model_id)
        job = telling(self.app.post_message, ScoresChanged(case, model_id), use)
        if not self.runner.start(models.USE, job):
            self.notify(f"{self.runner.running} is running; switch when it has ended.", severity="warning")

    @on(JobEnded)
    def _switched(self, message: JobEnded) -> None:
        if message.name == models.USE and message.outcome == "done":
            self._shown = None
            self._reload()

    # Drawing -----------------------------------------------------------------------------------------------------------------

    def _show_form(self) -> None:
        self.query_one(ParameterForm).show(training_form.parameters(self._devices, self._cases, self._moved))

    @on(ParameterForm.Typed)
    def _typed(self, message: ParameterForm.Typed) -> None:
        one = message.parameter

        def wrong(text: str) -> str | None:
            try:
                if one.parse is not None:
                    one.parse(text)
            except UsageError as error:
                return error.message
            return None

        def taken(text: str | None) -> None:
            if text is not None and one.parse is not None:
                self.query_one(ParameterForm).set(one.id, one.parse(text))

        value = "" if message.value is None else str(message.value)
        self.app.push_screen(TextDialog(one.label, value, hint=one.help, check=wrong), taken)

    def _draw(self) -> None:
        plot = self.query_one(DistributionPlot)
        if self._board is None:
            plot.border_title = "Threshold"
            plot.show(threshold_board.NOTHING, None, "Nothing has been scored yet: r trains.")
            return
        name = short_id(self._board.model_id)
        role = "in use" if self._board.model_id == self._in_use else "new, not in use yet"
        plot.border_title = f"Threshold of {name} ({role})"
        plot.show(*self._board.drawn())

    def _compare_again(self) -> None:
        pane, case = self.query_one(ComparisonPane), self.services.case
        if case is None:
            pane.say("No case yet: press 1 and ingest logs.")
        elif self._in_use is None:
            pane.say("No model is in use: r trains the first one,", "and the case is ranked by it at once.")
        elif self._challenger is None:
            name = short_id(self._in_use)
            pane.say(f"{name} is in use and no other model waits.", "r trains one beside it, to be compared here.")
        else:
            self._compare(case, self._in_use, self._challenger)

    @work(thread=True, exclusive=True, group="compare", exit_on_error=False)
    def _compare(self, case: str, old: str, new: str) -> None:
        from store.queue.comparison import compare

        with suppress(NotFound):  # removed meanwhile
            self.post_message(Compared(compare(self.services.workspace, case, old, new)))

    @on(Compared)
    def _compared(self, message: Compared) -> None:
        found = message.found
        if (found.old, found.new) == (self._in_use, self._challenger):
            lines = comparison_lines(found, f"{short_id(found.old)} in use", f"{short_id(found.new)} new")
            self.query_one(ComparisonPane).show([*lines[:1], [("w switches to the new model", "accent")], *lines[1:]])
