"""Everything about a process, or what is known of a host, as lines for a pane."""

from __future__ import annotations

from collections.abc import Sequence

from engine.domain.lineage import LinkMethod
from store.base import ids
from store.base.views import IncidentView, ProcessView
from store.processes.forest import HostRow
from tui.actions.process_card import ProcessCard
from tui.screens.tree.forest.paint import LINKS, UNSURE, TimeFormat
from tui.words.chain_words import chain_lines
from tui.words.signals import title
from tui.words.spans import Line, wrap
from tui.words.step_marks import one_in
from tui.words.triage.hash_lists import known_words
from tui.words.triage.marks import by_words
from tui.words.words import base, many, verdict_mark

LABEL = 10
COMMAND_LINES = 60
"""Lines of a command line; longer ones say how long they are."""
VALUE_LINES = 12
REACHES = {
    "process": "given to this process",
    "variant": "given to command lines of this shape",
    "host": "given to its chain on this host",
    "prefix": "given to all that begins like its chain",
    "": "given to its chain",
}
"""Kind of scope -> what a verdict was given to."""
METHODS = {
    LinkMethod.NONE: "root: the record names no parent",
    LinkMethod.NAME_ONLY: "name-only: the parent is known only from this record",
    LinkMethod.PID_NAME: "pid+name: pid and name agree, time cannot decide",
    LinkMethod.PID_TIME: "pid+time: the latest process with the parent's pid",
    LinkMethod.GUID: "guid",
}


def card_lines(card: ProcessCard, width: int, when: TimeFormat, incident: IncidentView | None = None) -> list[Line]:
    """What stands out first, then the command line and the reasons, the record, the family, the evidence.

    `incident`: the one that covers the process.
    """
    process = card.process
    number = "" if process.placeholder else f"  {ids.called(process.id)}"
    lines: list[Line] = [[(base(process.path or process.image) or "(unknown)", "title"), (_pid(process) + number, "dim")]]
    lines += _assessment(card, width, when)
    if incident is not None:
        told = f"{many(incident.processes, 'process', 'processes')}, {incident.odd:,} odd"
        lines.append([(f"incident F{incident.finding}/{incident.place}", "accent"), (f"  {told}", "dim")])
    if process.placeholder:
        lines.append([("Not in the logs: known only from what it started.", "dim")])
    if process.command_line:
        parts = _cut(process.command_line, width - 2, COMMAND_LINES)
        lines += [[("$ " if place == 0 else "  ", "dim"), (part, "strong")] for place, part in enumerate(parts)]
    lines += _reasons(card, width)
    lines += [[], *_facts(process, width, when)]
    for mark in process.marks:
        lines += _fact("mark", by_words(mark), width, "warning")
    lines += [[], *_family(card, width)]
    if card.chain is not None:
        lines += [[], [("chain", "header"), (f"  {card.chain.key[:10]}", "dim")]]
        lines += chain_lines(card.chain.steps, width, marked=-1 if card.score is None else card.score.worst_step)
        lines.append([(f"{many(card.chain.count, 'time')} on {many(card.chain.host_count, 'host')}", "dim")])
    if not process.placeholder:
        lines += [[], *_evidence(process, card.records, width)]
    return lines


def host_lines(row: HostRow, width: int, when: TimeFormat) -> list[Line]:
    """A host at a glance."""
    odd = (
        f"▲ {row.flagged:,} chain{'s' * (row.flagged != 1)} above the threshold" if row.flagged else "nothing above the threshold"
    )
    return [
        [(row.name, "title")],
        [(odd, "worst" if row.flagged else "dim")],
        [],
        *_fact("records", f"{row.records:,}", width),
        *_fact("roots", f"{row.children:,}", width),
        *_fact("first", when(row.first_us), width),
        *_fact("last", when(row.last_us), width),
    ]


def _assessment(card: ProcessCard, width: int, when: TimeFormat) -> list[Line]:
    lines: list[Line] = []
    score, verdict = card.score, card.verdict
    if score is not None:
        flagged = score.finding > 0
        told = f"{'▲' if flagged else '·'} {score.score:.2f}  rank {score.rank:,}"
        told += f"  finding {score.finding:,}" if flagged else ""
        lines.append([(told, "worst" if flagged else "")])
        if not flagged:
            lines.append([(f"below the threshold of {score.threshold:.4g}", "dim")])
    if verdict is not None:
        lines.append([(verdict_mark(verdict.verdict), verdict.verdict), (f" {_reach(verdict.scope)}", "")])
        lines.append([(f"  {verdict.author} {when(verdict.at_us)}", "dim")])
        lines += [[("  " + part, "")] for part in wrap(verdict.note, width - 2, 4)] if verdict.note else []
    return lines


def _reach(scope: str) -> str:
    """What the verdict that counts for the process was given to."""
    kind = scope.partition(":")[0]
    return REACHES.get(kind, REACHES[""])


def _reasons(card: ProcessCard, width: int) -> list[Line]:
    lines: list[Line] = []
    score = card.score
    if score is not None and score.expectation is not None:
        lines += [[(part, "")] for part in wrap(score.expectation.sentence, width, 6)]
    if score is not None and score.finding > 0:
        rarest = sorted(score.signals, key=lambda signal: signal.tail)[:3]
        words = " · ".join(f"{title(signal.name)}: {one_in(signal.tail)}" for signal in rarest)
        lines += [[(part, "dim")] for part in wrap("rarest signals: " + words, width, 3)]
    return lines


def _facts(process: ProcessView, width: int, when: TimeFormat) -> list[Line]:
    lines = [*_fact("started", _exact(process.time_us, when), width)]
    for label, value in (
        ("user", process.user),
        ("integrity", process.integrity),
        ("logon", process.logon_id),
        ("cwd", process.cwd),
        ("image", process.image),
        ("folded to", process.path if process.path.casefold() != process.image.casefold() else ""),
        ("original", process.original_name),
        ("hashes", (process.hashes or "").replace(",", ", ")),
        ("guid", process.guid),
    ):
        lines += _fact(label, value or "", width)
        if label == "hashes":
            lines += _fact("lists", known_words(process.known, process.lists), width, "worst" if process.known == "bad" else "")
    return lines


def _family(card: ProcessCard, width: int) -> list[Line]:
    process, parent = card.process, card.parent
    lines: list[Line] = []
    if parent is not None:
        name = base(parent.path or parent.image) or "(unknown)"
        lines += _fact("parent", name + _pid(parent) + (" (not in the logs)" if parent.placeholder else ""), width)
    if process.method is not None:
        method = LinkMethod(process.method)
        sure = (
            "" if method is LinkMethod.NONE or process.confidence is None else f"{LINKS[method]} {process.confidence:.0%} sure, "
        )
        unsure = method is not LinkMethod.NONE and (process.confidence or 0) < UNSURE
        lines += _fact("link", sure + METHODS[method], width, "warning" if unsure else "")
    if process.parent_command_line:
        lines += _fact("parent cmd", process.parent_command_line, width)
    if card.replaced is not None:
        lines += _fact("replaced", base(card.replaced.path or card.replaced.image) + _pid(card.replaced) + " by execve", width)
    lines += _fact("children", f"{card.children:,}", width)
    return lines


def _evidence(process: ProcessView, further: Sequence[ProcessView], width: int) -> list[Line]:
    lines = [*_fact("source", process.source, width), *_fact("record", _record(process), width)]
    if further:
        lines += [[], [(f"further records of it: {len(further)}", "header")]]
        for record in further:
            lines += _fact(record.kind, f"{_record(record, kind=False)} in {base(record.source)}", width)
    return lines


def _record(process: ProcessView, *, kind: bool = True) -> str:
    number = f"id {process.record_id}, " if process.record_id else ""
    return f"{number}position {process.position:,}{f', {process.kind}' if kind else ''}"


def _exact(time_us: int | None, when: TimeFormat) -> str:
    """With the fraction, which decides who was first."""
    shown = when(time_us)
    if time_us is None or not shown:
        return "time unknown"
    fraction = f"{time_us % 1_000_000:06d}".removesuffix("000")
    return f"{shown[:19]}.{fraction}{shown[19:]}"


def _pid(process: ProcessView) -> str:
    return "" if process.pid is None else f"  pid {process.pid}"


def _fact(label: str, value: str, width: int, role: str = "") -> list[Line]:
    """A labelled value over as many lines as it takes; nothing when there is no value."""
    if not value:
        return []
    parts = _cut(value, max(width - LABEL - 1, 8), VALUE_LINES)
    return [[(f"{label if place == 0 else '':<{LABEL}} ", "dim"), (part, role)] for place, part in enumerate(parts)]


def _cut(text: str, width: int, limit: int) -> list[str]:
    parts = wrap(text, width, limit)
    return [*parts, f"({len(text):,} characters in all)"] if len(text) > width * limit else parts
