"""A report of a case as HTML or Markdown: the one action behind `oddkin report` and the key of the screens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TextIO

from engine.handover.document import html, markdown
from engine.handover.document.blocks import (
    Document,
    DocumentBlock,
    Grid,
    Happening,
    Heading,
    HostTimeline,
    Items,
    Lane,
    Paragraph,
)
from engine.handover.material import About
from engine.handover.pseudonyms import Pseudonyms
from engine.handover.rows import ExportRow
from engine.progress import Run, Step
from store.base.clock import now_us
from store.workspace import Workspace
from tui.actions.filter_line import moment
from tui.actions.handover.about import about
from tui.actions.handover.report.chosen import Chosen, ToldFinding, chosen
from tui.actions.handover.report.evidence import evidence, method
from tui.actions.handover.report.excepted import excepted
from tui.actions.handover.report.findings import Section, section
from tui.actions.handover.written import Written
from tui.words.handover import report_words as words
from tui.words.triage.exception_words import hidden_words
from tui.words.words import base, score_words, when

FORMS = {"html": html.write, "md": markdown.write}
UNIT = ("finding", "findings")


@dataclass(frozen=True, slots=True)
class ReportAsked:
    """What a report is to be."""

    form: str = "html"
    """html or md."""
    limit: int = words.LIMIT
    """Findings that nobody judged malicious."""
    now_us: int | None = None
    """When it is written: exceptions that have expired by then hide nothing. None: now, by the clock of the machine."""


def report(
    workspace: Workspace, case: str, asked: ReportAsked, stream: TextIO, run: Run = Run(), *, names: Pseudonyms | None = None
) -> Written:
    """Write it. names: what stands for the names of hosts, accounts and domains; they are put in while it is read.

    Raises NotFound for a case without scores.
    """
    where = about(workspace, case)
    document = made(workspace, case, where, asked, run)
    if names is not None:
        document.mapped(partial(_met, names))
        document = document.mapped(names.replaced)
    told = sum(isinstance(one, Heading) and one.level > 1 for one in document.blocks)
    FORMS[asked.form](document, stream)
    return Written(where, told, UNIT)


def _met(names: Pseudonyms, text: str) -> str:
    """Accounts that only a path tells of, before anything is replaced."""
    names.homes(text)
    return text


def made(workspace: Workspace, case: str, where: About, asked: ReportAsked, run: Run) -> Document:
    """The document, with names as they are."""
    found = chosen(workspace, case, asked.limit, now_us() if asked.now_us is None else asked.now_us, run)
    sections = []
    for number, told in enumerate(found.findings):
        run.raise_if_cancelled()
        run.report(Step("write findings", number, len(found.findings), "findings"))
        sections.append(section(workspace, case, told))
    blocks = (
        *_summary(workspace, case, found, sections),
        *_time(found),
        *_findings(found, sections),
        *_outside(found),
        *excepted(found.hidden, found.exceptions),
        *evidence(workspace, case),
        *method(workspace, case, where),
    )
    return Document(f"Report: {case}", where.sentence(), blocks)


def _summary(workspace: Workspace, case: str, found: Chosen, sections: list[Section]) -> Iterator[DocumentBlock]:
    summary = workspace.cases.show(case)
    judged = [row for one in found.malicious for row in one.judged]
    times = sorted(row.time for row in judged if row.time)
    at = words.span(times[0][:19] + "Z", times[-1][:19] + "Z") if times else ""
    hosts, accounts = sorted({row.host for row in judged}), sorted({row.user for row in judged if row.user})
    yield Heading(1, "Summary", "summary")
    yield Paragraph(words.found(len(found.malicious), found.open, hosts, accounts, at), strong=True)
    yield Paragraph(
        words.looked_at(
            summary.kept - summary.merged,
            summary.hosts,
            summary.sources,
            words.span(when(summary.first_us), when(summary.last_us)),
        )
    )
    if found.hidden:
        yield Paragraph(hidden_words(found.hidden, "They are listed below."))
    if found.malicious:
        yield Items(
            tuple(f"F{one.number}: {said.sentence}" for one, said in zip(found.findings, sections, strict=True) if one.malicious)
        )
    shown: dict[str, tuple[str, list[str]]] = {}
    for one in found.malicious:
        for technique, why in one.techniques().items():
            shown.setdefault(technique, (why, []))[1].append(f"F{one.number}")
    if shown:
        rows = tuple((technique, ", ".join(of), why) for technique, (why, of) in sorted(shown.items()))
        yield Grid(("technique", "findings", "why"), rows, title="Techniques of ATT&CK in what was called malicious")


def _time(found: Chosen) -> Iterator[DocumentBlock]:
    yield Heading(1, "Timeline", "timeline")
    hosts: dict[str, list[ToldFinding]] = {}
    for one in found.findings:
        for host in {row.host for row in one.rows}:
            hosts.setdefault(host, []).append(one)
    lanes = tuple(lane for host in sorted(hosts) if (lane := _lane(host, hosts[host])).happenings)
    yield HostTimeline("Processes of these findings by host and time", lanes)


def _lane(host: str, findings: list[ToldFinding]) -> Lane:
    rows = [row for one in findings for row in one.rows if row.host == host and row.time]
    happenings = tuple(
        Happening(_us(row), f"{row.process} {base(row.image)} ({row.incident})", row.verdict) for row in sorted(rows, key=_us)
    )
    spans: dict[str, list[int]] = {}
    for row in rows:
        spans.setdefault(row.incident, []).append(_us(row))
    incidents = sorted(((name, min(times), max(times)) for name, times in spans.items()), key=lambda one: (one[1], one[0]))
    return Lane(host, happenings, tuple(incidents))


def _us(row: ExportRow) -> int:
    from datetime import UTC

    return moment(row.time, UTC)


def _findings(found: Chosen, sections: list[Section]) -> Iterator[DocumentBlock]:
    yield Heading(1, "Findings", "findings")
    if not found.findings:
        yield Paragraph(words.nothing_judged())
    for one in sections:
        yield from one.blocks
    if found.left:
        yield Paragraph(words.more_findings(found.left))
    if found.cleared:
        yield Paragraph(f"{found.cleared:,} more above the threshold were called benign or false positive.")


def _outside(found: Chosen) -> Iterator[DocumentBlock]:
    if not found.outside:
        return
    yield Heading(1, "Called malicious outside of findings", "outside")
    rows = tuple(
        (
            row.process, row.time[:19] + "Z" if row.time else "", row.host, row.user,
            "" if row.score is None else score_words(row.score), row.note, row.command_line or row.image,
        )
        for row in found.outside
    )  # fmt: skip
    head = ("process", "time", "host", "account", "score", "note", "command line")
    yield Grid(head, rows, frozenset({"score"}), frozenset({"command line"}))
