"""What the Case screen shows, read from the store at once; runs in a worker's thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import NotFound
from tui.words.case_story import CaseStory
from tui.words.evidence_story import CaseEvidence
from tui.words.ingest_story import reasons

if TYPE_CHECKING:
    from store.base.views import CaseSummary, FactView, HostView, SourceView, SpanView
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

    @property
    def evidence(self) -> CaseEvidence:
        """What the evidence says of itself."""
        return CaseEvidence(self.sources, self.hosts, self.spans, self.facts)


def load_case(workspace: Workspace, name: str | None) -> CaseContents:
    """Read it; a case that is not there (any more, or yet) counts as none."""
    from store.queue.marks import unscored

    cases = workspace.cases.list()
    summary = next((case for case in cases if case.name == name), None)
    if name is None or summary is None:
        return CaseContents(cases)
    model = counts = None
    missing = 0
    if summary.model_id is not None:
        model = workspace.vault.show(summary.model_id)
        missing = unscored(workspace, name, summary.model_id)
        try:
            counts = workspace.queue.counts(name)
        except NotFound:
            counts = None
    return CaseContents(
        cases,
        CaseStory(summary, model, counts, missing),
        workspace.cases.sources(name),
        workspace.cases.hosts(name),
        reasons(workspace.cases.reject_counts(name)),
        workspace.cases.spans(name),
        workspace.cases.facts(name),
    )
