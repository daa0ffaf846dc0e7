"""What the evidence of a case says of itself, in words: logs cleared, clocks set, records missing, names of one host."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.words.words import many

if TYPE_CHECKING:
    from store.base.source_views import FactView, SourceView, SpanView
    from store.base.views import HostView

COUNTED = {"security4688": "Security", "sysmon1": "Sysmon", "sysmon-linux": "Sysmon for Linux", "auditd": "audit"}
"""Kinds of record whose log numbers every record, one after the other -> the log. Other numbers have holes by themselves."""
FACTS = {"log-cleared": "log cleared", "clock-set": "clock set"}


@dataclass(frozen=True, slots=True)
class CaseEvidence:
    """All that is told here is told of."""

    sources: Sequence[SourceView]
    hosts: Sequence[HostView]
    spans: Sequence[SpanView] = ()
    facts: Sequence[FactView] = ()


def told(evidence: CaseEvidence, when: Callable[[int | None], str]) -> list[tuple[str, str]]:
    """(host or path, sentence), what changes how the rest is to be read first. Texts of logs are as recorded."""
    return [*_facts(evidence, when), *_apart(evidence), *_missing(evidence), *_sources(evidence), *_names(evidence)]


def briefly(evidence: CaseEvidence) -> str:
    """The same in a line; empty when there is nothing to heed."""
    totals = {(fact.host, fact.code): fact.total for fact in evidence.facts}
    codes = sorted({code for _, code in totals})
    parts = [f"{FACTS.get(code, code)} {times(sum(n for (_, own), n in totals.items() if own == code))}" for code in codes]
    gaps = len({span.source_id for span in evidence.spans if missing(span)})
    unknown = sum(source.unknown for source in evidence.sources)
    notes = sum(len(source.notes) for source in evidence.sources)
    apart = sum(len(host.apart) > 1 for host in evidence.hosts)
    parts += [f"records missing from {many(gaps, 'source')}"] if gaps else []
    parts += [f"{many(unknown, 'record')} not understood"] if unknown else []
    parts += [f"{many(apart, 'host name')} of more than one machine"] if apart else []
    parts += [f"{many(notes, 'note')} on sources"] if notes else []
    return " · ".join(parts)


def times(number: int) -> str:
    """`once`, `3 times`."""
    return "once" if number == 1 else f"{number:,} times"


def missing(span: SpanView) -> int:
    """How many records of the log are not in the source, at the least: those that were read are fewer than the numbers of the
    kept ones span. Which ones cannot be told, since records of other things were not kept.
    """
    if span.kind not in COUNTED or span.first_id is None or span.last_id is None:
        return 0
    return max(span.last_id - span.first_id + 1 - span.read, 0)


def _facts(evidence: CaseEvidence, when: Callable[[int | None], str]) -> list[tuple[str, str]]:
    shown = Counter((fact.host, fact.code) for fact in evidence.facts)
    left = shown.copy()
    out = []
    for fact in evidence.facts:
        word = FACTS.get(fact.code, fact.code)
        at = when(fact.time_us) if fact.time_us is not None else "at an unknown time"
        left[fact.host, fact.code] -= 1
        last = not left[fact.host, fact.code] and fact.total > shown[fact.host, fact.code]
        more = f" ({times(fact.total)} in all)" if last else ""
        out.append((fact.host, f"{word} {at}: {fact.text}{more}"))
    return out


def _apart(evidence: CaseEvidence) -> list[tuple[str, str]]:
    return [
        (host.name, f"may be {' or '.join(host.apart)}: the logs do not tell which, so it is a host of its own")
        for host in evidence.hosts
        if len(host.apart) > 1
    ]


def _missing(evidence: CaseEvidence) -> list[tuple[str, str]]:
    return [(f"{span.host}, {span.source}", _gap(span)) for span in evidence.spans if missing(span)]


def _gap(span: SpanView) -> str:
    return (
        f"at least {many(missing(span), 'record')} of the {COUNTED[span.kind]} log missing: the numbers of the kept ones go from"
        f" {span.first_id:,} to {span.last_id:,}, and {many(span.read, 'record')} were read (a filtered export, or removed)"
    )


def _sources(evidence: CaseEvidence) -> list[tuple[str, str]]:
    out = []
    for source in evidence.sources:
        if source.unknown:
            out.append((source.path, f"{source.unknown:,} of {many(source.read, 'record')} not understood"))
        out += [(source.path, note.text + (f" ({many(note.count, 'record')})" if note.count else "")) for note in source.notes]
    return out


def _names(evidence: CaseEvidence) -> list[tuple[str, str]]:
    return [(host.name, f"has also the records of {', '.join(host.also)}") for host in evidence.hosts if host.also]
