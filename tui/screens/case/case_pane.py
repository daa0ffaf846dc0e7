"""The right side of Case, and what it shows: where the case stands, or the ingest that runs; sources, hosts, rejects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content

from engine.errors import NotFound
from engine.untrusted import visible
from tui.runtime.beside import beside
from tui.runtime.services import Services
from tui.screens.case.case_columns import common_folder, host_columns, source_columns
from tui.screens.case.case_overview import CaseOverview
from tui.screens.case.cases_pane import READING
from tui.screens.case.ingest_progress import IngestProgress
from tui.widgets.ledger_table import NOTHING, LedgerTable, ListSource
from tui.words.case_story import CaseStory, figures, model_line, next_step, reasons, summary, troubles
from tui.words.evidence_story import CaseEvidence, briefly, told
from tui.words.triage.hash_lists import lists_words

if TYPE_CHECKING:
    from engine.jobs.ingest.report import IngestReport
    from store.base.source_views import FactView, SourceView, SpanView
    from store.base.views import CaseSummary, HostView
    from store.chains.hash_lists import HashListView
    from store.evidence.rejects import RejectRows
    from store.workspace import Workspace


@dataclass(frozen=True, slots=True)
class CaseContents:
    """Everything of the screen. `story` is None when there is no current case."""

    cases: tuple[CaseSummary, ...]
    story: CaseStory | None = None
    sources: tuple[SourceView, ...] = ()
    hosts: tuple[HostView, ...] = ()
    codes: Mapping[int, Mapping[str, int]] | None = None
    spans: tuple[SpanView, ...] = ()
    facts: tuple[FactView, ...] = ()
    lists: tuple[HashListView, ...] = ()

    @property
    def evidence(self) -> CaseEvidence:
        """What the evidence says of itself."""
        return CaseEvidence(self.sources, self.hosts, self.spans, self.facts)


def load_case(workspace: Workspace, name: str | None) -> CaseContents:
    """Read it; a case that is not there (any more, or yet) counts as none."""
    from store.queue.marks import Since, since

    cases = workspace.cases.list()
    summary = next((case for case in cases if case.name == name), None)
    if name is None or summary is None:
        return CaseContents(cases)
    model = counts = None
    came = Since()
    if summary.model_id is not None:
        model = workspace.vault.show(summary.model_id)
        came = since(workspace, name, summary.model_id)
        try:
            counts = workspace.queue.counts(name)
        except NotFound:
            counts = None
    return CaseContents(
        cases,
        CaseStory(summary, model, counts, came.chains, came.linked, came.lists),
        workspace.cases.sources(name),
        workspace.cases.hosts(name),
        reasons(workspace.cases.reject_counts(name)),
        workspace.cases.spans(name),
        workspace.cases.facts(name),
        workspace.hash_lists.lists(name),
    )


class CasePane(Vertical):
    """Draws CaseContents, and opens the report of the records that could not be used."""

    KEYS: ClassVar[list[Binding]] = [
        Binding("R", "rejects", "Rejects", id="case.rejects", tooltip="Records that could not be used, with reasons"),
        Binding("v", "view", "View", id="case.view", tooltip="Show hosts instead of sources, and back"),
    ]

    def __init__(self, services: Services) -> None:
        super().__init__(id="case-right")
        self._services = services
        self.contents: CaseContents | None = None
        self.last: IngestReport | None = None
        """What the last ingest of this session did."""
        self._codes: dict[int, dict[str, int]] = {}
        self._folder = ""

    def compose(self) -> ComposeResult:
        """The overview or the running ingest, sources, hosts."""
        with Vertical(id="overview-pane", classes="pane") as pane:
            case = self._services.case
            pane.border_title = "Welcome" if case is None else Content(visible(case, 60))
            yield CaseOverview()
            progress = IngestProgress()
            progress.display = False
            yield progress
        sources: LedgerTable[SourceView] = LedgerTable(source_columns(lambda: self._codes, lambda: self._folder), id="sources")
        sources.border_title = "Sources"
        sources.empty = READING
        yield sources
        width = 20 if self._services.settings.zone == "UTC" else 25
        hosts: LedgerTable[HostView] = LedgerTable(host_columns(self._services.when, width), id="hosts")
        hosts.border_title = "Hosts"
        hosts.empty = READING
        yield hosts

    def on_mount(self) -> None:
        """Until the figures are there."""
        if self._services.case is None:
            self._overview.welcome(self._services.workspace.called)
        else:
            self._overview.counting()

    @property
    def _overview(self) -> CaseOverview:
        return self.query_one(CaseOverview)

    @property
    def progress(self) -> IngestProgress:
        """How far the running ingest is."""
        return self.query_one(IngestProgress)

    def show(self, contents: CaseContents) -> None:
        """Figures, sources and hosts of the current case."""
        self.contents = contents
        self._codes = {key: dict(codes) for key, codes in (contents.codes or {}).items()}
        self._folder = common_folder([source.path for source in contents.sources])
        under = f"Sources under {visible(self._folder[-60:])}" if self._folder else "Sources"
        self.query_one("#sources").border_title = Content(under)
        for name, rows in (("#sources", contents.sources), ("#hosts", contents.hosts)):
            table = self.query_one(name, LedgerTable)
            table.empty = NOTHING
            table.show_source(ListSource(rows), table.cursor)
            table.border_subtitle = f"{len(rows):,}" if rows else ""
        self._draw_overview()

    def show_ingest(self, target: str | None) -> None:
        """An ingest into a case runs: how far it is, instead of the overview."""
        self.progress.display, self._overview.display = True, False
        self.query_one("#overview-pane").border_title = Content(visible(f"Ingesting into {target}", 80))

    def end_ingest(self, report: IngestReport | None) -> None:
        """It is over; None where it was not finished."""
        self.last = report
        self.progress.display, self._overview.display = False, True
        self._draw_overview()

    def _draw_overview(self) -> None:
        overview, pane = self._overview, self.query_one("#overview-pane")
        if not overview.display:
            return  # an ingest is running
        story = self.contents.story if self.contents is not None else None
        if story is None:
            pane.border_title = "Welcome"
            overview.welcome(self._services.workspace.called)
            return
        pane.border_title = Content(visible(story.summary.name, 60))
        last = summary(self.last) if self.last is not None and self.last.case == story.summary.name else ""
        model = model_line(story.model, self._services.now(), story.unscored, linked_since=story.linked_since)
        shown = figures(story, self._services.when)
        if self.contents is not None and (heed := briefly(self.contents.evidence)):
            shown.append(("Heed", f"{heed} · R tells more"))
        if self.contents is not None and self.contents.lists:
            shown.append(("Hashes", lists_words(self.contents.lists)))
        overview.tell(shown, model, next_step(story), last)

    def action_view(self) -> None:
        """Hosts instead of sources, where only one of them fits; else the focus goes from one to the other."""
        self.toggle_class("-hosts")
        self.query_one("#hosts" if self.has_class("-hosts") else "#sources").focus()

    # Rejects ---------------------------------------------------------------------------------------------------------

    def action_rejects(self) -> None:
        """The report: of the source under the cursor when the sources have the focus, else of the case."""
        case = self._services.case
        table: LedgerTable[SourceView] = self.query_one("#sources", LedgerTable)
        source = table.current if table.has_focus else None
        if case is not None:
            beside(self, "rejects", lambda: self._find_rejects(case, source), self._show_rejects)

    @on(LedgerTable.RowSelected, "#sources")
    def _source_opened(self) -> None:
        self.action_rejects()

    def _find_rejects(self, case: str, source: SourceView | None) -> tuple[str, RejectRows, list[tuple[str, str]]]:
        from store.evidence.rejects import RejectRows, reject_ids

        workspace = self._services.workspace
        ids = reject_ids(workspace, case, source.id if source is not None else None)
        shown = [source] if source is not None else (self.contents.sources if self.contents else ())
        found = [(one.path, one.error) for one in shown if one.error]
        if self.contents is not None:
            own = told(self.contents.evidence, self._services.when)
            found += own if source is None else told(CaseEvidence([source], ()), self._services.when)
        if source is None and self.last is not None and self.last.case == case:
            found = list(dict(found + troubles(self.last)).items())
        title = f"{len(ids):,} rejected records of {source.path if source is not None else f'case {case}'}"
        return title, RejectRows(workspace, ids), found

    def _show_rejects(self, found: tuple[str, RejectRows, list[tuple[str, str]]]) -> None:
        from tui.screens.case.rejects_dialog import RejectsDialog

        self.app.push_screen(RejectsDialog(*found))
