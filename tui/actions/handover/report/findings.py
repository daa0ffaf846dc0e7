"""A finding in the report: what happened, its tree, its command lines, steps, reasons, accounts, hashes, verdicts, relations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.domain.marks import height
from engine.handover.document.blocks import Cell, DocumentBlock, FactList, Grid, Heading, Items, Paragraph, TreePicture
from engine.handover.rows import ExportRow
from engine.handover.told import techniques
from engine.hash_lists.hashes import by_kind
from store.base import ids
from store.base.views import IncidentView
from store.workspace import Workspace
from tui.actions import incident_story
from tui.actions.handover import drawn
from tui.actions.handover.report.chosen import ToldFinding
from tui.actions.incident_story import FindingStory, IncidentStory
from tui.actions.triage import why
from tui.actions.triage.why import Why
from tui.words.handover import report_words as words
from tui.words.words import base, many, score_words, short_chain, when

DRAWN = 5
"""Incidents of a finding that are drawn: those that were called malicious, else the oddest."""
LISTED, IN_PICTURE = 500, 300
"""Processes of a finding that are listed, and of an incident that are drawn: those that were judged or are odd. A report is read;
an export has all.
"""
NAMED = 5
"""Processes that a rule marks, of those that are named."""
CHAINS = 8
"""Chains of a finding whose steps are told."""


@dataclass(frozen=True, slots=True)
class Section:
    """One finding, ready to be laid out, and the sentence about it for the summary."""

    sentence: str
    blocks: tuple[DocumentBlock, ...]


def section(workspace: Workspace, case: str, told: ToldFinding) -> Section:
    """Of one finding."""
    stories = tuple(_stories(workspace, case, told))
    first = stories[0]
    assert told.row.whole is not None
    reasons = why.of_finding(workspace, case, FindingStory(told.row.whole, first, told.incidents, ()))
    sentence = reasons.sentence or f"{base(told.rows[0].image) if told.rows else 'A process'} on {first.incident.host}."
    blocks: list[DocumentBlock] = [
        Heading(2, words.finding_title(told.number, _verdict(told), sorted({row.host for row in told.rows})), f"f{told.number}"),
        Paragraph(sentence, strong=True),
        _facts(told, first),
        *_why(reasons),
        *_trees(workspace, case, told, stories),
        *_processes(told),
        *_steps(told),
        *_expected(workspace, case, told, stories),
        *_hashes(told),
        *_marks(told),
        *_verdicts(told),
        *_related(stories),
        *_occurrences(told, len(stories)),
    ]
    return Section(sentence, tuple(blocks))


def _verdict(told: ToldFinding) -> str:
    return words.MALICIOUS if told.malicious else told.row.verdict or ""


def _stories(workspace: Workspace, case: str, told: ToldFinding) -> Iterator[IncidentStory]:
    """Those that are drawn, in the order of time."""
    assert told.row.whole is not None
    members = workspace.findings.members(told.row.whole, limit=incident_story.MEMBERS)
    judged = {row.incident for row in told.rows if row.verdict == words.MALICIOUS}
    wanted = [one for one in told.incidents if f"F{one.finding}/{one.place}" in judged] or list(told.incidents)
    for incident in sorted(wanted[:DRAWN], key=lambda one: (one.first_us or 0, one.place)):
        yield incident_story.of_incident(workspace, case, incident, members, IN_PICTURE)


def _facts(told: ToldFinding, first: IncidentStory) -> FactList:
    whole = told.row.whole
    assert whole is not None
    accounts = sorted({row.user for row in told.rows if row.user})
    hosts = sorted({row.host for row in told.rows})
    shown = told.techniques()
    pairs: list[tuple[str, Cell]] = [
        ("score", f"{score_words(whole.score)}, the threshold is {score_words(first.threshold)}"),
        ("covers", words.covered(whole.processes, whole.hosts, whole.odd)),
        ("when", words.span(when(whole.first_us), when(whole.last_us))),
        ("hosts", ", ".join(hosts)),
        ("accounts", ", ".join(accounts)),
        ("techniques", tuple(f"{technique}: {said}" for technique, said in shown.items())),
        ("incidents", f"{whole.incidents:,}"),
    ]
    return FactList(tuple((name, value) for name, value in pairs if value))


def _why(reasons: Why) -> Iterator[DocumentBlock]:
    if reasons.shares:
        rows = tuple((f"{one.percent} %", one.title, one.evidence) for one in reasons.shares)
        yield Grid(("share", "reason", "evidence"), rows, frozenset({"share"}), title="What made the score")


def _trees(workspace: Workspace, case: str, told: ToldFinding, stories: Iterable[IncidentStory]) -> Iterator[DocumentBlock]:
    for story in stories:
        one = drawn.of_story(workspace, case, story)
        yield TreePicture(one.title, tuple(one.roots))
        if story.left:
            yield Paragraph(words.not_drawn(story.left, one.name))
    left = len(told.incidents) - min(len(told.incidents), DRAWN)
    if left:
        yield Paragraph(words.more_incidents(left))


def _processes(told: ToldFinding) -> Iterator[DocumentBlock]:
    shown = told.rows
    if len(shown) > LISTED:
        # The judged and the oddest; then in their order.
        first = sorted(range(len(shown)), key=lambda place: (not shown[place].verdict, -(shown[place].score or 0.0), place))
        shown = tuple(shown[place] for place in sorted(first[:LISTED]))
    head = ("process", "time", "host", "account", "score", "verdict", "techniques", "command line")
    rows = tuple(
        (
            row.process, row.time[:19] + "Z" if row.time else "", row.host, row.user,
            "" if row.score is None else score_words(row.score), words.called(row.verdict) if row.verdict else "",
            " ".join(one.technique for one in techniques(row)), row.command_line or row.image,
        )
        for row in shown
    )  # fmt: skip
    yield Grid(head, rows, frozenset({"score"}), frozenset({"command line"}), title="Processes")
    if left := len(told.rows) - len(shown):
        yield Paragraph(words.not_listed(left, told.number))


def _steps(told: ToldFinding) -> Iterator[DocumentBlock]:
    """The different chains of its processes with the error of each step, and the sentences of their signals."""
    seen: dict[str, ExportRow] = {}
    for row in told.judged:
        if row.chain and row.rank is not None:
            seen.setdefault(row.chain_id, row)
    ordered = sorted(seen.values(), key=lambda row: row.rank or 0)
    rows = tuple(
        (
            f"{row.rank:,}", short_chain(row.chain, (row.worst_step or 0) - 1),
            " ".join(f"{error:.3g}" for error in row.step_errors), row.reason,
        )
        for row in ordered[:CHAINS]
    )  # fmt: skip
    if rows:
        more = f", the first {CHAINS} of {len(ordered):,}" if len(ordered) > CHAINS else ""
        title = f"Chains, the worst step in brackets, with the error of each step{more}"
        yield Grid(("rank", "steps", "step errors", "reasons"), rows, frozenset({"rank"}), title=title)


def _expected(workspace: Workspace, case: str, told: ToldFinding, stories: Iterable[IncidentStory]) -> Iterator[DocumentBlock]:
    """What the networks made of the chain of the oddest process, and what is usual there."""
    story = next(iter(stories))
    shown = why.of_process(workspace, case, story.incident.lead)
    if shown.steps:
        rows = tuple((f"{place}", one.given, one.rebuilt, one.mark) for place, one in enumerate(shown.steps, start=1))
        yield Grid(("step", "given", "rebuilt as", "error"), rows, frozenset({"step"}), title=f"Expected: {shown.title}")
    usual = [("what its parent starts", shown.usual), ("nearest everyday chain", shown.nearest)]
    if told_ := tuple((name, value) for name, value in usual if value):
        yield FactList(told_)


def _hashes(told: ToldFinding) -> Iterator[DocumentBlock]:
    found: dict[tuple[str, str], list[str]] = {}
    for row in told.judged:
        for kind, value in by_kind(row.hashes).items():
            found.setdefault((row.image, kind), []).append(value)
    rows = tuple(dict.fromkeys((image, kind, value) for (image, kind), values in found.items() for value in values))
    if rows:
        yield Grid(("file", "kind", "hash"), rows, code=frozenset({"file", "hash"}), title="Hashes of its files")


def _marks(told: ToldFinding) -> Iterator[DocumentBlock]:
    """What rules of others say of its processes, the strongest first."""
    on: dict[str, list[str]] = {}
    for row in sorted(told.rows, key=lambda one: -height(one.mark_level)):
        for mark in row.marks:
            on.setdefault(mark, []).append(row.process)
    rows = tuple((mark, f"{len(processes):,}", ", ".join(processes[:NAMED])) for mark, processes in on.items())
    if rows:
        yield Grid(("rule", "processes", "the first"), rows, frozenset({"processes"}), title=words.MARKS)


def _verdicts(told: ToldFinding) -> Iterator[DocumentBlock]:
    given: dict[tuple[str, str, str, str], int] = {}
    for row in told.rows:
        if row.verdict:
            key = (row.verdict, row.note, row.labelled_by, row.labelled_at)
            given[key] = given.get(key, 0) + 1
    rows = tuple(
        (words.called(verdict), f"{count:,}", author, at[:19] + "Z" if at else "", note)
        for (verdict, note, author, at), count in sorted(given.items(), key=lambda item: item[0][3])
    )
    if rows:
        yield Grid(("verdict", "processes", "by", "at", "note"), rows, frozenset({"processes"}), title="Verdicts")


def _related(stories: Iterable[IncidentStory]) -> Iterator[DocumentBlock]:
    said = []
    for story in stories:
        here = (story.incident.finding, story.incident.place)
        for one in story.related:
            out = (one.from_finding, one.from_place) == here
            finding, place = (one.to_finding, one.to_place) if out else (one.from_finding, one.from_place)
            ends = (one.from_process, one.to_process) if out else (one.to_process, one.from_process)
            there = story.processes.get(ends[1])
            host = f" on {there.host}" if there is not None else ""
            evidence = f": {'; '.join(one.evidence)}" if one.evidence else ""
            how = (
                f"F{here[0]}/{here[1]} {ids.called(ends[0])} {'→' if out else '←'} F{finding}/{place} {ids.called(ends[1])}{host}"
            )
            said.append(f"{how}, {one.how}{evidence}")
    if said:
        yield Paragraph("Related:")
        yield Items(tuple(dict.fromkeys(said)))


def _occurrences(told: ToldFinding, shown: int) -> Iterator[DocumentBlock]:
    if len(told.incidents) <= shown:
        return
    rows = tuple(_occurrence(one) for one in told.incidents)
    head = ("incident", "host", "first", "last", "processes", "verdict", "oddest command line")
    yield Grid(head, rows, frozenset({"processes"}), frozenset({"oddest command line"}), title=many(len(rows), "incident"))


def _occurrence(one: IncidentView) -> tuple[str, ...]:
    verdict = "several" if one.mixed else words.called(one.verdict) if one.verdict else ""
    return (
        f"F{one.finding}/{one.place}", one.host, when(one.first_us), when(one.last_us), f"{one.processes:,}", verdict,
        one.variant or "",
    )  # fmt: skip
