"""Mode 1: cases, what is in them, and getting evidence in."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Paste

from engine.errors import OddkinError
from engine.untrusted import visible
from tui.actions.demo import CASE as DEMO_CASE
from tui.runtime.messages import CaseChanged, IngestFinished, JobEnded, JobStarted, JobStepped, ScoresChanged, VerdictChanged
from tui.runtime.single_flight import SingleFlight
from tui.screens.base import ModeScreen
from tui.screens.case.case_columns import case_columns, common_folder, host_columns, source_columns
from tui.screens.case.case_overview import CaseOverview
from tui.screens.case.ingest_progress import IngestProgress
from tui.screens.case.jobs import INGEST, SCORE, demo_job, ingest_job, score_job
from tui.screens.case.load import CaseContents, load_case
from tui.screens.case.messages import CaseLoaded, CaseRemoved, RejectsFound
from tui.widgets.ledger_table import LedgerTable
from tui.widgets.list_source import ListSource
from tui.words.case_story import figures, model_line, next_step
from tui.words.ingest_story import summary, troubles

if TYPE_CHECKING:
    from engine.jobs.ingest.report import IngestReport
    from store.base.views import CaseSummary, HostView, SourceView
    from tui.screens.case.ingest_dialog import IngestChoice

RELOAD_S = 2.0
"""Between two readings of the figures while an ingest runs."""
DEFAULT_CASE = "default"
WIDE = 100
"""Columns from which the list of cases stands beside the rest."""


class CaseScreen(ModeScreen):
    """Cases left; overview (or the running ingest), sources and hosts right."""

    MODE = "case"
    HELP = (
        "**Case** shows what is in a case and what to do next. *Read* counts every record of a source, *kept* those that are "
        "process creations, *merged* those of them that tell of a process another record told of already, *rejected* those "
        "that could not be used: `r` shows each with its reason. Evidence is only read, never changed."
    )
    CSS_PATH = "case.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012 - declared without ClassVar by Screen
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012 - declared without ClassVar by Screen

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i", "ingest", "Ingest", id="case.ingest", tooltip="Read logs into this case or a new one"),
        Binding("s", "score", "Score", id="case.score", tooltip="Rank chains that the model in use has not seen"),
        Binding("r", "rejects", "Rejects", id="case.rejects", tooltip="Records that could not be used, with reasons"),
        Binding("v", "view", "Hosts/sources", id="case.view", tooltip="Show hosts instead of sources, and back"),
        Binding("d", "demo", "Demo case", id="case.demo", tooltip="Simulate a few hosts with planted intrusions"),
        Binding("D,delete", "remove", "Remove case", show=False, id="case.remove", tooltip="Remove the case under the cursor"),
    ]

    def compose_body(self) -> ComposeResult:
        """Three tables and the overview."""
        self._contents: CaseContents | None = None
        self._reading, self._wanted = SingleFlight(self._read), self.services.case
        self._target = self.services.case
        self._last: IngestReport | None = None
        self._reloaded_s = 0.0
        when = self.services.when
        self._codes: dict[int, dict[str, int]] = {}
        self._folder = ""
        with Horizontal(id="case-panes"):
            cases: LedgerTable[CaseSummary] = LedgerTable(case_columns(lambda: self.services.case), id="cases")
            cases.border_title = "Cases"
            cases.border_subtitle = "enter opens"
            cases.empty = [("No case yet.", "dim")]
            yield cases
            with Vertical(id="case-right"):
                with Vertical(id="overview-pane", classes="pane") as pane:
                    pane.border_title = "Welcome"
                    yield CaseOverview()
                    progress = IngestProgress()
                    progress.display = False
                    yield progress
                sources: LedgerTable[SourceView] = LedgerTable(
                    source_columns(lambda: self._codes, lambda: self._folder), id="sources"
                )
                sources.border_title = "Sources"
                yield sources
                hosts: LedgerTable[HostView] = LedgerTable(
                    host_columns(when, 20 if self.services.settings.zone == "UTC" else 25), id="hosts"
                )
                hosts.border_title = "Hosts"
                yield hosts

    def on_mount(self) -> None:
        """Ask for the figures."""
        if self.services.case is None:
            self.query_one(CaseOverview).welcome(str(self.services.workspace.folder))
            self.add_class("-empty")
        else:
            self.query_one(CaseOverview).counting()
        self.query_one("#cases").focus()
        self.refresh_case()
        if self.runner.running == INGEST:
            self._ingest_shown(True)

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
        contents, self._contents = message.contents, message.contents
        self._codes = {key: dict(codes) for key, codes in (contents.codes or {}).items()}
        self._folder = common_folder([source.path for source in contents.sources])
        under = f"Sources under {visible(self._folder[-60:])}" if self._folder else "Sources"
        self.query_one("#sources").border_title = Content(under)
        current = next((at for at, case in enumerate(contents.cases) if case.name == message.case), 0)
        cases: LedgerTable[CaseSummary] = self.query_one("#cases", LedgerTable)
        cursor = cases.cursor if cases.has_focus and 0 <= cases.cursor < len(contents.cases) and cases.count else current
        cases.show_source(ListSource(contents.cases), cursor)
        for name, rows in (("#sources", contents.sources), ("#hosts", contents.hosts)):
            table = self.query_one(name, LedgerTable)
            table.show_source(ListSource(rows), table.cursor)
            table.border_subtitle = f"{len(rows):,}" if rows else ""
        self._fit_cases()
        self.set_class(not contents.cases and self.runner.running != INGEST, "-empty")
        self._draw_overview()
        self.refresh_bindings()
        if self.runner.running == INGEST and contents.story is not None and message.case == self._target != self.services.case:
            self.app.post_message(CaseChanged(self._target))  # its first records are in: it is a case now

    def on_resize(self) -> None:
        """Stacked, the list of cases leaves room for the rest."""
        self._fit_cases()

    def _fit_cases(self) -> None:
        count = len(self._contents.cases) if self._contents is not None else 1
        narrow = self.app.size.width < WIDE
        self.query_one("#cases").styles.max_height = min(max(count, 1), 4) + 3 if narrow else None

    def _draw_overview(self) -> None:
        overview, pane = self.query_one(CaseOverview), self.query_one("#overview-pane")
        if not overview.display:
            return  # an ingest is running
        story = self._contents.story if self._contents is not None else None
        if story is None:
            pane.border_title = "Welcome"
            overview.welcome(str(self.services.workspace.folder))
            return
        pane.border_title = Content(visible(story.summary.name, 60))
        last = summary(self._last) if self._last is not None and self._last.case == story.summary.name else ""
        overview.tell(
            figures(story, self.services.when),
            model_line(story.model, self.services.now(), story.unscored),
            next_step(story),
            last,
        )

    # Cases -----------------------------------------------------------------------------------------------------------

    @on(LedgerTable.RowSelected, "#cases")
    def _case_opened(self, event: LedgerTable.RowSelected) -> None:
        case: CaseSummary | None = event.table.row(event.position)
        if case is not None and case.name != self.services.case:
            self.app.post_message(CaseChanged(case.name))

    def action_remove(self) -> None:
        """Remove the case under the cursor, after a question."""
        table: LedgerTable[CaseSummary] = self.query_one("#cases", LedgerTable)
        case = table.current
        if case is None:
            return
        if self.runner.running is not None:
            self.notify(f"{self.runner.running} is running; remove a case when it has ended.", severity="warning")
            return

        from tui.dialogs.confirm import ConfirmDialog

        def answered(yes: bool | None) -> None:
            if yes:
                self._remove(case.name)

        detail = (
            f"Its {case.kept:,} records, {case.chains:,} chains, scores and {case.labels:,} verdicts go, and cannot be had back.",
            "Models stay, and the evidence files are not touched.",
        )
        self.app.push_screen(ConfirmDialog(f"Remove the case {case.name}?", *detail, yes="Remove", no="Keep"), answered)

    @work(thread=True, group="remove", exit_on_error=False)
    def _remove(self, name: str) -> None:
        problem: OddkinError | None = None
        try:
            self.services.workspace.cases.remove(name)
        except OddkinError as error:
            problem = error
        self.post_message(CaseRemoved(name, problem))

    @on(CaseRemoved)
    def _removed(self, message: CaseRemoved) -> None:
        if message.error is not None:
            self.notify(visible(message.error.message), title=message.error.title, severity="error", markup=False)
            return
        self.notify(visible(f"Removed the case {message.case}."), markup=False)
        if message.case != self.services.case:
            self.refresh_case()
            return
        rest = [case.name for case in self._contents.cases if case.name != message.case] if self._contents else []
        self.app.post_message(CaseChanged(rest[0] if rest else None))

    def action_view(self) -> None:
        """Hosts instead of sources, where only one of them fits; else the focus goes from one to the other."""
        self.toggle_class("-hosts")
        self.query_one("#hosts" if self.has_class("-hosts") else "#sources").focus()

    # Evidence --------------------------------------------------------------------------------------------------------

    def on_paste(self, event: Paste) -> None:
        """A path pasted (or a file dropped) anywhere on the screen is meant to be ingested."""
        from tui.widgets.path_input import pasted_path

        lines = event.text.splitlines()
        if lines and lines[0].strip():
            event.stop()
            self._ask(pasted_path(lines[0]))

    def action_ingest(self) -> None:
        """Choose evidence."""
        self._ask("")

    def _ask(self, path: str) -> None:
        if self._busy():
            return

        # Dialogs are imported when they are opened: the first paint does not wait for what it does not show.
        from tui.screens.case.ingest_dialog import IngestDialog

        def chosen(choice: IngestChoice | None) -> None:
            if choice is not None:
                self.ingest(choice.path, choice.case)

        case = self.services.case or DEFAULT_CASE
        self.app.push_screen(IngestDialog(self.services.home, case, self.services.when, path), chosen)

    def ingest(self, path: Path, case: str) -> None:
        """Start reading `path` into `case`; that case is the current one from now on."""
        self._target = case
        self.runner.start(INGEST, ingest_job(self.services.workspace, path, case))

    def action_demo(self) -> None:
        """Simulate and ingest."""
        if not self._busy():
            self._target = DEMO_CASE
            self.runner.start(INGEST, demo_job(self.services.workspace, self.services.workspace.folder / "demo-logs"))

    def action_score(self) -> None:
        """Score what was added since."""
        case = self.services.case
        story = self._contents.story if self._contents is not None else None
        if case is None or story is None or story.model is None or self._busy():
            return
        self.runner.start(SCORE, score_job(self.services.workspace, case, story.model.id))

    def _busy(self) -> bool:
        if self.runner.running is None:
            return False
        self.notify(f"{self.runner.running} is running; x stops it.", severity="warning")
        return True

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that would do nothing now are not offered."""
        story = self._contents.story if getattr(self, "_contents", None) is not None and self._contents else None
        if action == "score":
            return bool(story and story.model is not None and (story.unscored or story.counts is None))
        if action in {"rejects", "view"}:
            return story is not None
        if action == "demo":
            return not (self._contents and self._contents.cases) if hasattr(self, "_contents") else True
        return super().check_action(action, parameters)

    # The running ingest ----------------------------------------------------------------------------------------------

    @on(JobStarted)
    def _started(self, message: JobStarted) -> None:
        if message.name == INGEST:
            self._ingest_shown(True)
            self.query_one(IngestProgress).begin()

    @on(JobStepped)
    def _stepped(self, message: JobStepped) -> None:
        if message.name != INGEST:
            return
        if self.is_current:
            self.query_one(IngestProgress).step(message.step)
        if time.monotonic() - self._reloaded_s >= RELOAD_S:
            self._reloaded_s = time.monotonic()
            # While nobody looks, only to learn that the case is there.
            if self.is_current or self._target != self.services.case:
                self._load(self._target)

    @on(JobEnded)
    def _ended(self, message: JobEnded) -> None:
        if message.name == SCORE and message.outcome == "done":
            self.app.post_message(ScoresChanged(*message.result))
        if message.name != INGEST:
            return
        self._ingest_shown(False)
        self._last = message.result if message.outcome == "done" else None
        if self._target is not None:
            self._settle(self._target)

    @work(thread=True, group="settle", exit_on_error=False)
    def _settle(self, target: str) -> None:
        """An ingest that found nothing made no case."""
        exists = any(case.name == target for case in self.services.workspace.cases.list())
        if exists and target != self.services.case:
            self.app.post_message(CaseChanged(target))
        self.app.post_message(IngestFinished(self._last))

    @on(IngestFinished)
    def _finished(self, message: IngestFinished) -> None:
        self.refresh_case()
        report = message.report
        if report is not None:
            bad = report.unreadable or not report.sources
            hint = "  r shows what could not be used." if bad or report.skipped else ""
            said = summary(report) if report.sources else "Nothing in there is a process log."
            self.notify(visible(said + hint), title=INGEST, severity="warning" if bad else "information", timeout=8, markup=False)

    def _ingest_shown(self, shown: bool) -> None:
        self.query_one(IngestProgress).display = shown
        self.query_one(CaseOverview).display = not shown
        if shown:
            self.remove_class("-empty")
            self.query_one("#overview-pane").border_title = Content(visible(f"Ingesting into {self._target}", 80))
        else:
            self._draw_overview()

    # Rejects ---------------------------------------------------------------------------------------------------------

    def action_rejects(self) -> None:
        """The report: of the source under the cursor when the sources have the focus, else of the case."""
        case = self.services.case
        table: LedgerTable[SourceView] = self.query_one("#sources", LedgerTable)
        source = table.current if table.has_focus else None
        if case is not None:
            self._find_rejects(case, source)

    @on(LedgerTable.RowSelected, "#sources")
    def _source_opened(self) -> None:
        self.action_rejects()

    @work(thread=True, exclusive=True, group="rejects", exit_on_error=False)
    def _find_rejects(self, case: str, source: SourceView | None) -> None:
        from store.evidence.rejects import RejectRows, reject_ids

        workspace = self.services.workspace
        ids = reject_ids(workspace, case, source.id if source is not None else None)
        shown = [source] if source is not None else (self._contents.sources if self._contents else ())
        found = [(one.path, one.error) for one in shown if one.error]
        if source is None and self._last is not None and self._last.case == case:
            found = list(dict(found + troubles(self._last)).items())
        title = f"{len(ids):,} rejected records of {source.path if source is not None else f'case {case}'}"
        self.post_message(RejectsFound(title, RejectRows(workspace, ids), found))

    @on(RejectsFound)
    def _show_rejects(self, message: RejectsFound) -> None:
        from tui.screens.case.rejects_dialog import RejectsDialog

        self.app.push_screen(RejectsDialog(message.title, message.rows, message.troubles))
