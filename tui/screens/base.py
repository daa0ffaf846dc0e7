"""What the screens of all modes have in common: header line, body, job bar, footer, and the keys that work everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Protocol

from textual import on
from textual.actions import parse
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import Screen

from tui.actions.job import Job
from tui.runtime.jobs_runner import JobRunner
from tui.runtime.messages import CaseChanged, EvidenceWanted, JobEnded, JobStarted, JobStepped, ModeWanted, SummaryLoaded
from tui.runtime.services import Services
from tui.screens.exports import Exports, ask_and_export
from tui.screens.place_keys import PlaceKeys
from tui.widgets.footer_line import FooterLine
from tui.widgets.header_line import HeaderLine
from tui.widgets.job_bar import JobBar

TITLES = {"case": "Case", "tree": "Tree", "train": "Train", "triage": "Triage", "models": "Models", "patterns": "Patterns"}
"""Modes in the order of their keys."""


EVERYWHERE: list[BindingType] = [
    *(
        Binding(str(number), f"mode('{mode}')", title, show=False, id=f"mode.{mode}", tooltip=f"Go to {title}")
        for number, (mode, title) in enumerate(TITLES.items(), start=1)
    ),
    Binding("I", "bring_in", "Ingest", show=False, id="bring_in", tooltip="Bring in logs, on the Case screen"),
    Binding(
        "e",
        "export",
        "Export",
        show=False,
        id="export",
        tooltip="Hand over: CSV, JSON lines, timeline, pictures, rules, report …",
    ),
    *PlaceKeys.KEYS,
    Binding("ctrl+x", "cancel_job", "Cancel job", show=False, id="job.cancel", tooltip="Stop the running job"),
]
"""Keys of every screen."""


class Pane(Protocol):
    """A widget that owns a part of a screen: actions, messages, workers. KEYS run its actions wherever the focus is."""

    KEYS: ClassVar[list[Binding]]


class ModeScreen(Screen[None]):
    """Base of the mode screens. Subclasses set MODE and HELP, write `compose_body`, and hook into what happens.

    A screen consists of panes, puts their KEYS among its BINDINGS, tells `adopt` of them, and passes on what they need to know.

    Messages that the application passes on arrive at every screen that was opened once, also while it is hidden: handle
    `CaseChanged`, `ScoresChanged`, `VerdictChanged`, `IngestFinished`, `JobStarted`, `JobStepped`, `JobEnded` with `@on`.
    """

    MODE: ClassVar[str] = "case"
    HELP: ClassVar[str | None] = None

    BINDINGS: ClassVar[list[BindingType]] = EVERYWHERE

    def __init__(self, services: Services, runner: JobRunner) -> None:
        super().__init__(id=f"screen-{self.MODE}")
        self.services = services
        self.runner = runner
        self.exports = Exports(services)
        self.places = PlaceKeys(self)
        self.adopt(self.places)
        self._later: dict[Callable[[], object], None] = {}

    def adopt(self, *panes: Pane) -> None:
        """Run the actions of these panes' keys. Keys bound on a pane itself would work only while the focus is inside it."""
        for pane in panes:
            for binding in pane.KEYS:
                name = f"action_{parse(binding.action)[1]}"
                setattr(self, name, getattr(pane, name))

    def compose(self) -> ComposeResult:
        """Header, the subclass's body, job bar, footer."""
        yield HeaderLine(TITLES, self.MODE)
        with Container(id="body"):
            yield from self.compose_body()
        yield JobBar()
        yield FooterLine()

    def compose_body(self) -> ComposeResult:
        """Everything between header and job bar."""
        yield from ()

    def on_mount(self) -> None:
        """Draw what is known already. Textual calls the `on_mount` of every class, so subclasses need no super()."""
        self._draw_header()
        self.query_one(JobBar).resume(self.runner)

    def on_screen_resume(self) -> None:
        """Catch up with what changed while another screen was shown."""
        later, self._later = self._later, {}
        for catch_up in later:
            catch_up()
        if self.is_mounted:
            self.query_one(JobBar).resume(self.runner)

    def when_shown(self, read: Callable[[], object]) -> None:
        """Read figures anew: now, or when this screen is shown the next time. Nobody waits for those of a hidden one."""
        if self.is_current:
            read()
        else:
            self._later[read] = None

    def refresh_case(self) -> None:
        """Another case is current, or its figures changed: load anew. Called when shown first and on CaseChanged."""

    def place(self) -> Any:
        """Where one is on this screen, for `go_to_place`."""
        return None

    def go_to_place(self, at: Any) -> None:
        """Back to what `place` told."""

    def show_chain(self, key: str) -> None:
        """Triage: put the cursor on this chain."""

    def show_process(self, process_id: int) -> None:
        """Tree: unfold to this process and put the cursor on it."""

    @on(CaseChanged)
    def _case_changed(self) -> None:
        self._draw_header()
        self.refresh_case()

    @on(SummaryLoaded)
    def _summary_loaded(self) -> None:
        self._draw_header()

    @on(JobStarted)
    def _job_started(self, message: JobStarted) -> None:
        self.query_one(JobBar).begin(message.name)

    @on(JobStepped)
    def _job_stepped(self, message: JobStepped) -> None:
        if self.is_current:
            self.query_one(JobBar).step(message.name, message.step)

    @on(JobEnded)
    def _job_ended(self, message: JobEnded) -> None:
        self.query_one(JobBar).end(message)

    def _draw_header(self) -> None:
        self.query_one(HeaderLine).show(self.services.case, self.services.summary, self.services.device)

    def start(self, name: str, job: Job) -> None:
        """Run a job; where another one runs that is said, and this one is not begun."""
        if not self.runner.start(name, job):
            self.notify(f"{self.runner.running} is running; try again when it has ended.", severity="warning", markup=False)

    def action_mode(self, mode: str) -> None:
        """Go to another mode."""
        self.app.post_message(ModeWanted(mode))

    def action_bring_in(self) -> None:
        """Ask for logs, where they are brought in."""
        self.app.post_message(EvidenceWanted(()))

    def action_cancel_job(self) -> None:
        """Ask the running job to stop."""
        if self.runner.running is None:
            self.notify("No job is running.")
            return
        self.runner.cancel()
        self.query_one(JobBar).stopping()

    def action_export(self) -> None:
        """Ask for a file and write what `exports` tells to it."""
        ask_and_export(self, self.exports)
