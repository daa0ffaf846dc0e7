"""The application: wires services, jobs, modes, themes and dialogs together. What a screen does is in the screen."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from textual import on, work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.timer import Timer

from engine.errors import OddkinError
from engine.untrusted import visible
from tui.app import palette
from tui.app.screens import build
from tui.runtime import theme
from tui.runtime.jobs_runner import JobRunner
from tui.runtime.learning import Learning
from tui.runtime.messages import (
    CaseChanged,
    ChainWanted,
    ClassifyWanted,
    EvidenceWanted,
    FiguresChanged,
    IngestFinished,
    JobEnded,
    JobStarted,
    JobStepped,
    LearningBegan,
    ModeWanted,
    PlaceWanted,
    ProcessWanted,
    QueueLearnt,
    ScoresChanged,
    SummaryLoaded,
    VerdictChanged,
)
from tui.runtime.quick_styles import QuickStylesheet, up_to_date
from tui.runtime.retraining import Retraining
from tui.runtime.services import Services
from tui.runtime.single_flight import SingleFlight
from tui.runtime.watch import Watch
from tui.screens.base import TITLES, ModeScreen
from tui.widgets.header_line import HeaderLine

LAST_WAIT_S = 5.0
"""For a job to stop when the application ends without asking."""
PAINTED_S = 0.1
"""A timer behind everything that the first screen has still to do when it is set."""
COUNT_DELAY_S = 0.3
"""From the last change of figures to counting them."""


class OddkinApp(App[None]):
    """oddkin's text user interface."""

    TITLE = "oddkin"
    CSS_PATH = "app.tcss"
    COMMAND_PALETTE_BINDING: ClassVar[str] = "ctrl+p"
    # Here and not on the screens, so that the footer shows a screen's own keys first.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("colon", "command_palette", "Commands", key_display=":", show=False, id="palette", tooltip="Search all commands"),
        Binding("question_mark", "keys", "Keys", key_display="?", id="help", tooltip="The keys that work here, and what they do"),
        Binding("q", "quit", "Quit", id="quit", tooltip="Leave; asks while a job runs"),
    ]

    def __init__(
        self,
        services: Services,
        start_mode: str = "case",
        when_painted: Callable[[OddkinApp], object] | None = None,
        evidence: Sequence[Path] = (),
    ) -> None:
        super().__init__()
        self.services = services
        # Before anything is parsed, so that it is parsed once.
        theme.register(self, services.settings.theme)
        self.stylesheet = QuickStylesheet(variables=self.get_css_variables())
        self.runner = JobRunner(self)
        self.learning = Learning(self, services)
        self.retraining = Retraining(self, services, self.runner, self.learning)
        self.others = Watch(self, services, self.runner)
        self.mode_screens: dict[str, ModeScreen] = {}
        """Screens that were opened once, by mode."""
        self._start_mode = start_mode
        self._evidence = evidence
        self._when_painted = when_painted
        self._leaving = False
        self._counting = SingleFlight(self._count)
        self._count_timer: Timer | None = None
        for mode in TITLES:
            self.add_mode(mode, partial(self._make, mode))

    def _make(self, mode: str) -> ModeScreen:
        screen = self.mode_screens[mode] = build(mode, self.services, self.runner)
        up_to_date(self, screen, self.size)
        return screen

    def on_mount(self) -> None:
        """First screen."""
        settings = self.services.settings
        self.set_keymap(settings.keymap)
        self.switch_mode(self._start_mode)
        if self._evidence:
            # Whole, so that nothing in a name passes for what terminals paste: quotes, addresses, `~`.
            wanted = EvidenceWanted(tuple(str(path.absolute()) for path in self._evidence))
            self.call_after_refresh(self.open_mode("case").post_message, wanted)
        self.count_case()
        self.learning.ask()
        if self._when_painted is not None:
            self.set_timer(PAINTED_S, partial(self._when_painted, self))
        if settings.problem:
            self.notify(settings.problem, severity="warning")
        if settings.keymap:
            self.call_after_refresh(self._check_keymap)

    def _check_keymap(self) -> None:
        from tui.app.keymap import problems  # imports all screens: only for whoever changed keys

        for said in problems(self.services.settings.keymap, type(self)):
            self.notify(said, title="Keys", severity="warning", timeout=12, markup=False)

    def on_unmount(self) -> None:
        """However we come to leave, no job outlives the screens."""
        self.runner.cancel()
        self.learning.stop(LAST_WAIT_S)
        self.others.stop(LAST_WAIT_S)
        self.runner.join(LAST_WAIT_S)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """For the palette."""
        return palette.commands(self, screen, self.open_mode, self.choose_theme, self.services.settings.keymap)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """A sentence in the corner; whatever names it holds, it is text on one line and no markup."""
        super().notify(visible(message.rstrip()), title=visible(title), severity=severity, timeout=timeout, markup=False)

    # Modes -----------------------------------------------------------------------------------------------------------

    def open_mode(self, mode: str) -> ModeScreen:
        """Switch to a mode; its screen may still be mounting."""
        self.switch_mode(mode)
        return self.mode_screens[mode]

    @on(ModeWanted)
    def _mode_wanted(self, message: ModeWanted) -> None:
        self.open_mode(message.mode)

    @on(HeaderLine.TabClicked)
    def _tab_clicked(self, message: HeaderLine.TabClicked) -> None:
        self.open_mode(message.mode)

    @on(ClassifyWanted)
    def _classify_wanted(self, message: ClassifyWanted) -> None:
        self.retraining.start(message.values)

    @on(ChainWanted)
    def _chain_wanted(self, message: ChainWanted) -> None:
        screen = self.open_mode("triage")
        screen.call_after_refresh(screen.show_chain, message.key, message.incident, message.process_id)

    @on(ProcessWanted)
    def _process_wanted(self, message: ProcessWanted) -> None:
        screen = self.open_mode("tree")
        screen.call_after_refresh(screen.show_process, message.process_id)

    @on(EvidenceWanted)
    def _evidence_wanted(self, message: EvidenceWanted) -> None:
        screen = self.open_mode("case")
        screen.call_after_refresh(screen.post_message, EvidenceWanted(message.paths))

    @on(PlaceWanted)
    def _place_wanted(self, message: PlaceWanted) -> None:
        screen = self.open_mode(message.place.mode)
        screen.call_after_refresh(screen.go_to_place, message.place.at)

    # What happened ---------------------------------------------------------------------------------------------------

    def _tell(self, message: Message) -> None:
        """Pass a message on to every screen: a copy each, since a message remembers who handled it."""
        for screen in list(self.mode_screens.values()):
            screen.post_message(dataclasses.replace(message))  # type: ignore[type-var]

    @on(CaseChanged)
    def _case_changed(self, message: CaseChanged) -> None:
        self.services.case = message.case
        self.services.summary = None
        self.services.places.forget()
        self.services.settings.case = message.case or ""
        self.services.settings.save()
        self._tell(message)
        self.count_case()
        self.learning.ask()

    @on(ScoresChanged)
    @on(VerdictChanged)
    @on(IngestFinished)
    def _figures_changed(self, message: Message) -> None:
        self._tell(message)
        self._count_soon()
        self.learning.ask()

    @on(FiguresChanged)
    def _count_soon(self) -> None:
        # A verdict a second is work for nobody but the header: it waits until they come more slowly.
        if self._count_timer is not None:
            self._count_timer.stop()
        self._count_timer = self.set_timer(COUNT_DELAY_S, self.count_case)

    @on(QueueLearnt)
    def _queue_learnt(self, message: QueueLearnt) -> None:
        self._tell(message)
        self.learning.landed()
        self.retraining.look()

    @on(JobStarted)
    @on(JobStepped)
    @on(LearningBegan)
    def _job_message(self, message: Message) -> None:
        self._tell(message)

    @on(JobEnded)
    def _job_ended(self, message: JobEnded) -> None:
        self._tell(message)
        self._count_soon()  # whatever it was: a removed model, a cancelled ingest
        self.retraining.ended(message)
        if self._leaving:
            self.exit()
        elif message.error is not None and message.outcome == "failed":
            error: OddkinError = message.error
            self.notify(f"{error.message} {error.remedy}", title=f"{message.name}: {error.title}", severity="error", timeout=12)
        elif isinstance(message.result, str):
            self.notify(message.result, title=message.name)
        self.retraining.look()

    def count_case(self) -> None:
        """Count the current case anew, beside the screens."""
        self._counting.ask()

    @work(thread=True, group="count", exit_on_error=False)
    def _count(self) -> None:
        case = self.services.case
        try:
            summary = self.services.workspace.cases.show(case) if case is not None else None
        except OddkinError:
            summary = None  # removed meanwhile; CaseChanged is on its way
        self.post_message(SummaryLoaded(summary))

    @on(SummaryLoaded)
    def _summary_loaded(self, message: SummaryLoaded) -> None:
        if self._counting.landed() and (message.summary is None or message.summary.name == self.services.case):
            self.services.summary = message.summary
            self._tell(message)

    def action_keys(self) -> None:
        """Show the keys that apply to what has the focus."""
        from tui.runtime.help_screen import HelpScreen  # renders Markdown: not before it is wanted
        from tui.runtime.keys import gather

        self.push_screen(HelpScreen(gather(self.screen)))

    # Look and leaving ------------------------------------------------------------------------------------------------

    def choose_theme(self, name: str) -> None:
        """Use a theme and remember it."""
        self.theme = name
        self.services.settings.theme = name
        self.services.settings.save()

    async def action_quit(self) -> None:
        """Leave; while a job runs, ask, stop it, and leave when it has ended."""
        if self.runner.running is None or self._leaving:
            self.exit()
            return

        from tui.dialogs.confirm import ConfirmDialog

        def stop(_yes: bool) -> None:
            if self.runner.running is None:
                self.exit()
                return
            self._leaving = True
            self.runner.cancel()
            self.notify("Leaving when the job has stopped; q again leaves at once.")

        question = f"{self.runner.running} is still running."
        left = f"Stop it and quit? Once it is stopped, {self.runner.left}."
        ConfirmDialog(question, left, yes="Stop and quit").ask(self.screen, stop)
