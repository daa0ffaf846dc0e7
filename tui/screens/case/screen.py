"""Mode 1: cases, what is in them, and getting evidence in."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.events import Paste
from textual.message import Message

from engine.errors import OddkinError
from engine.jobs.ingest.request import IngestRequest
from engine.untrusted import visible
from tui.actions.demo import CASE as DEMO_CASE
from tui.actions.ingest import Ingested, ingest_and_rank, one_run
from tui.runtime.jobs_runner import JobRunner
from tui.runtime.messages import (
    CaseChanged,
    EvidenceWanted,
    IngestFinished,
    JobEnded,
    JobStarted,
    JobStepped,
    ScoresChanged,
    VerdictChanged,
)
from tui.runtime.services import Services
from tui.runtime.single_flight import SingleFlight
from tui.screens.base import ModeScreen
from tui.screens.case.case_pane import CaseContents, CasePane, load_case
from tui.screens.case.cases_pane import WIDE, CaseRemoved, CasesPane
from tui.screens.case.jobs import HASHES, INGEST, SCORE, HashesCompared, ingest_demo, rank, settled
from tui.words.case_story import ended
from tui.words.first_queue import unranked

KEPT = "what was read is kept, and the same path goes on from there"
"""What a stopped ingest leaves."""
RELOAD_S = 2.0
"""Between two readings of the figures while an ingest runs."""
DEFAULT_CASE = "default"


@dataclass
class CaseLoaded(Message):
    """Everything of a case was read, or could not be."""

    contents: CaseContents | None
    case: str | None
    problem: str = ""


class CaseScreen(ModeScreen):
    """Cases left; overview (or the running ingest), sources and hosts right."""

    MODE = "case"
    HELP = (
        "**Case** shows what is in a case and what to do next. *Read* counts every record of a source, *kept* those that are "
        "process creations, *merged* those of them that tell of a process another record told of already, *rejected* those "
        "that could not be used: `R` shows each with its reason. Evidence is only read, never changed."
    )
    CSS_PATH = "case.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012 - declared without ClassVar by Screen
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012 - declared without ClassVar by Screen

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("I", "ingest", "Ingest", id="case.ingest", tooltip="Read logs into this case or a new one"),
        Binding("r", "score", "Rank", id="case.score", tooltip="Rank chains that the model in use has not seen"),
        *CasePane.KEYS,
        Binding("d", "demo", "Demo case", id="case.demo", tooltip="Simulate a few hosts with planted intrusions"),
        *CasesPane.KEYS,
    ]

    def __init__(self, services: Services, runner: JobRunner) -> None:
        super().__init__(services, runner)
        self._pane = CasePane(services)
        self._cases = CasesPane(services, runner)
        self.adopt(self._pane, self._cases)
        self._reading, self._wanted = SingleFlight(self._read), services.case
        self._target = services.case
        """The case that is ingested into."""
        self._reloaded_s = 0.0

    def compose_body(self) -> ComposeResult:
        """The list of cases, and the current one."""
        with Horizontal(id="case-panes"):
            yield self._cases
            yield self._pane

    def on_mount(self) -> None:
        """Ask for the figures."""
        self.set_class(self.services.case is None, "-empty")
        self._cases.table.focus()
        self.refresh_case()
        if self.runner.running == INGEST:
            self._show_ingest()

    @property
    def contents(self) -> CaseContents | None:
        """What is shown; None until it was read."""
        return self._pane.contents

    # Figures ---------------------------------------------------------------------------------------------------------

    def refresh_case(self) -> None:
        """Read everything anew."""
        self._load(self.services.case)

    @on(ScoresChanged)
    @on(VerdictChanged)
    def _figures_changed(self) -> None:
        self.when_shown(self.refresh_case)

    def _load(self, case: str | None) -> None:
        self._wanted = case
        self._reading.ask()

    @work(thread=True, group="case", exit_on_error=False)
    def _read(self) -> None:
        case = self._wanted
        try:
            self.post_message(CaseLoaded(load_case(self.services.workspace, case), case))
        except OddkinError as error:
            self.post_message(CaseLoaded(None, case, visible(error.message)))

    @on(CaseLoaded)
    def _loaded(self, message: CaseLoaded) -> None:
        if not self._reading.landed():
            return
        if message.contents is None:
            self.notify(message.problem, severity="error", markup=False)
            return
        contents = message.contents
        self._cases.show(contents.cases, message.case)
        self._pane.show(contents)
        self.set_class(not contents.cases and self.runner.running != INGEST, "-empty")
        self.refresh_bindings()
        if self.runner.running == INGEST and contents.story is not None and message.case == self._target != self.services.case:
            self.app.post_message(CaseChanged(self._target))  # its first records are in: it is a case now

    def on_resize(self) -> None:
        """Stacked, the list of cases leaves room for the rest."""
        self._cases.fit()

    @on(CaseRemoved)
    def _removed(self, message: CaseRemoved) -> None:
        if message.error is None and message.case != self.services.case:
            self.refresh_case()

    # Evidence --------------------------------------------------------------------------------------------------------

    def on_paste(self, event: Paste) -> None:
        """Paths pasted (or files dropped) anywhere on the screen are meant to be ingested."""
        from tui.widgets.path_input import pasted_paths

        if paths := pasted_paths(event.text):
            event.stop()
            self._ask(*paths)

    def action_ingest(self) -> None:
        """Choose evidence."""
        self._ask()

    @on(EvidenceWanted)
    def _evidence_wanted(self, message: EvidenceWanted) -> None:
        self._ask(*message.paths)

    def _ask(self, *paths: str) -> None:
        if self._busy():
            return

        # Dialogs are imported when they are opened: the first paint does not wait for what it does not show.
        from tui.screens.case.ingest_dialog import IngestDialog

        case = self.services.case or DEFAULT_CASE
        dialog = IngestDialog(self.services.home, case, self.services.when, *paths, workspace=self.services.workspace.folder)
        dialog.ask(self, lambda choice: self.ingest(choice.path, choice.case, choice.password, choice.more))

    def ingest(self, path: Path, case: str, password: str = "", more: Sequence[Path] = ()) -> None:
        """Start reading `path`, and `more` behind it, into `case`; that case is the current one from now on."""
        self._target = case
        request = IngestRequest([path, *more], case, password=password)
        workspace = self.services.workspace
        self.runner.start(INGEST, lambda run: ingest_and_rank(workspace, request, one_run(run)), KEPT)

    def action_demo(self) -> None:
        """Simulate and ingest."""
        if not self._busy():
            self._target = DEMO_CASE
            workspace = self.services.workspace
            self.runner.start(INGEST, partial(ingest_demo, workspace, workspace.folder / "demo-logs"), KEPT)

    def action_score(self) -> None:
        """Score what was added since."""
        case = self.services.case
        story = self.contents.story if self.contents is not None else None
        if case is None or story is None or self._busy():
            return
        model = None if story.model is None or story.model.ready else story.model.id
        self.runner.start(SCORE, partial(rank, self.services.workspace, case, model))

    def _busy(self) -> bool:
        if self.runner.running is None:
            return False
        self.notify(f"{self.runner.running} is running; ctrl+x stops it.", severity="warning")
        return True

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that would do nothing now are not offered."""
        story = self.contents.story if self.contents is not None else None
        if action == "score":
            return bool(story and story.summary.chains and (story.unscored or story.behind or story.counts is None))
        if action in {"rejects", "view"}:
            return story is not None
        if action == "demo":
            return not (self.contents and self.contents.cases)
        return super().check_action(action, parameters)

    # The running ingest ----------------------------------------------------------------------------------------------

    @on(JobStarted)
    def _started(self, message: JobStarted) -> None:
        if message.name == INGEST:
            self._show_ingest()
            self._pane.progress.begin()

    @on(JobStepped)
    def _stepped(self, message: JobStepped) -> None:
        if message.name != INGEST:
            return
        if self.is_current:
            self._pane.progress.step(message.step)
        if time.monotonic() - self._reloaded_s >= RELOAD_S:
            self._reloaded_s = time.monotonic()
            # While nobody looks, only to learn that the case is there.
            if self.is_current or self._target != self.services.case:
                self._load(self._target)

    @on(JobEnded)
    def _ended(self, message: JobEnded) -> None:
        if message.name == SCORE and message.outcome == "done":
            self.app.post_message(ScoresChanged(*message.result))
        if message.name == HASHES and message.outcome == "done":
            self._compared(message.result)
        if message.name != INGEST:
            return
        made: Ingested | None = message.result if message.outcome == "done" else None
        self._pane.end_ingest(made.report if made is not None else None)
        if self._target is not None:
            self._settle(self._target, made)

    def _compared(self, made: HashesCompared) -> None:
        self.notify(made.said, title=HASHES, severity="warning" if made.bad else "information", timeout=12, markup=False)
        if made.model_id:
            self.app.post_message(ScoresChanged(made.case, made.model_id))
        else:
            self.refresh_case()

    @work(thread=True, group="settle", exit_on_error=False)
    def _settle(self, target: str, made: Ingested | None) -> None:
        for news in settled(self.services.workspace, target, self.services.case, made):
            self.app.post_message(news)
        if made is not None and made.problem is not None:
            self.app.notify(unranked(made.problem), title=INGEST, severity="warning", timeout=12, markup=False)

    @on(IngestFinished)
    def _finished(self, message: IngestFinished) -> None:
        self.refresh_case()
        if message.report is not None:
            said, bad = ended(message.report)
            self.notify(said, title=INGEST, severity="warning" if bad else "information", timeout=8, markup=False)

    def _show_ingest(self) -> None:
        self.remove_class("-empty")
        self._pane.show_ingest(self._target)
