"""What was ingested, what of it was rejected or not understood; by which model it was ranked, and what that does not tell."""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import OddkinError
from engine.handover.document.blocks import DocumentBlock, FactList, Grid, Heading, Items, Paragraph
from engine.handover.material import About
from store.base.source_views import SourceView
from store.workspace import Workspace
from tui.words.case_story import reasons
from tui.words.evidence_story import CaseEvidence, told
from tui.words.handover import report_words as words
from tui.words.training_words import expected_words
from tui.words.verdicts import counted
from tui.words.words import level, many, when

TOLD = 200
"""Lines about gaps, clocks and names that are told."""


def evidence(workspace: Workspace, case: str) -> Iterator[DocumentBlock]:
    """Sources with their counts and hashes, rejected records by reason, what the logs say of themselves."""
    cases = workspace.cases
    sources, codes = cases.sources(case), reasons(cases.reject_counts(case))
    yield Heading(1, "What was ingested", "evidence")
    rows = tuple(_source(one) for one in sources)
    head = ("source", "format", "read", "kept", "merged", "rejected", "not understood", "state")
    numbers = frozenset({"read", "kept", "merged", "rejected", "not understood"})
    yield Grid(head, rows, numbers, frozenset({"source"}), title=many(len(rows), "source"))
    hashed = tuple((one.path, one.sha256, one.container or "", one.container_sha256 or "") for one in sources)
    yield Grid(("source", "sha256", "out of", "its sha256"), hashed, code=frozenset({"source", "sha256", "out of", "its sha256"}),
               title="Hashes of what was read")  # fmt: skip
    rejected = tuple((one.path, code, f"{count:,}") for one in sources for code, count in sorted(codes.get(one.id, {}).items()))
    if rejected:
        yield Grid(("source", "reason", "records"), rejected, frozenset({"records"}), frozenset({"source"}), "Rejected records")
    said = told(CaseEvidence(sources, cases.hosts(case), cases.spans(case), cases.facts(case)), when)
    if said:
        yield Paragraph("What the evidence says of itself:")
        yield Items(tuple(f"{of}: {sentence}" for of, sentence in said[:TOLD]))
    if len(said) > TOLD:
        yield Paragraph(f"… and {len(said) - TOLD:,} more: oddkin cases show")
    if marks := workspace.marks.sets(case):
        asked = tuple((one.by, one.path, one.sha256, f"{one.asked:,}", f"{one.lost:,}", f"{len(one.rules):,}") for one in marks)
        titles = ("by", "rules or rows", "sha256", "asked", "without an answer", "rules that mark")
        counts = frozenset({"asked", "without an answer", "rules that mark"})
        yield Grid(titles, asked, counts, frozenset({"rules or rows", "sha256"}), title=words.MARKS)


def _source(one: SourceView) -> tuple[str, ...]:
    state = one.state + (f": {one.error}" if one.error else "")
    state += f"; {one.untrusted:,} kept are not to be trusted" if one.untrusted else ""
    counts = (one.read, one.kept, one.merged, one.rejected, one.unknown)
    return (one.path, one.format, *(f"{count:,}" for count in counts), state)


def method(workspace: Workspace, case: str, about: About) -> Iterator[DocumentBlock]:
    """The model, its rules and threshold, the verdicts there are, this version; then what none of it says."""
    yield Heading(1, "How it was ranked, and what that does not tell", "method")
    counts = workspace.queue.counts(case)
    pairs = [
        ("program", f"oddkin {about.version}"),
        ("model", _model(workspace, about.model)),
        ("normalisation rules", f"version {about.rules}" if about.rules else "none: paths as recorded"),
        (
            "threshold",
            f"{level(counts.threshold)}; {many(counts.flagged, 'chain')} in {many(counts.findings, 'finding')} above it",
        ),
        ("expected", expected_words(workspace.thresholds.promise(case), counts.threshold)),
        ("verdicts", counted({name: number for name, number in counts.verdicts.items() if name != "undecided"}) or "none"),
    ]
    yield FactList(tuple((name, value) for name, value in pairs if value))
    yield Items(words.LIMITS)


def _model(workspace: Workspace, model: str) -> str:
    if not model:
        return "none"
    try:
        found = workspace.vault.show(model)
    except OddkinError:
        return f"{model} (no longer in the workspace)"
    kind = "came with oddkin, learnt on other estates" if found.ready else f"trained {when(found.created_us)}"
    name = found.manifest.get("name")
    return f"{model}{f' ({name})' if name else ''}, {kind}"
