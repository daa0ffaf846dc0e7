"""A case for `oddkin cases show`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.table import Table

from engine.untrusted import visible
from store.base.source_views import RejectView, SourceView, SpanView
from store.base.views import CaseSummary, HostView
from tui.render.tables import table
from tui.words.case_story import reasons
from tui.words.evidence_story import CaseEvidence, told
from tui.words.words import many, when

if TYPE_CHECKING:
    from store.chains.hash_lists import HashListView

TOLD = 600
"""Characters of such a line."""
SPANS_SHOWN = 200
"""Lines about hosts by source; --format json has all."""
Codes = Mapping[tuple[int, str], int]


def sources_table(sources: Sequence[SourceView], codes: Codes) -> Table:
    """Counts per source; read = kept + rejected + other, merged is a part of kept."""
    why = reasons(codes)
    counts = ("read", "kept", "merged", "other", "rejected")
    out = table("source", "format", *counts, "state", right=counts)
    for source in sources:
        said = ", ".join(f"{count} {code}" for code, count in why[source.id].items())
        said += f"; {source.untrusted:,} kept are not to be trusted" if source.untrusted else ""
        state = source.state + (f": {visible(source.error)}" if source.error else "") + (f" ({said})" if said else "")
        numbers = (source.read, source.kept, source.merged, source.other, source.rejected)
        out.add_row(visible(source.path), source.format, *(f"{number:,}" for number in numbers), state)
    return out


def hosts_table(hosts: Sequence[HostView]) -> Table:
    """Hosts with the time they cover."""
    out = table("host", "records", "first", "last", right=("records",))
    for host in hosts:
        out.add_row(visible(host.name), f"{host.records:,}", when(host.first_us), when(host.last_us))
    return out


def span_lines(spans: Sequence[SpanView]) -> list[str]:
    """What each source has of each host, a line each: the first SPANS_SHOWN.

    No table: where a name is folded, what a log says would begin a line.
    """
    return [visible(_span(span), TOLD) for span in spans[:SPANS_SHOWN]]


def _span(span: SpanView) -> str:
    numbers = "" if span.first_id is None else f", numbers {span.first_id:,} to {span.last_id:,}"
    records = many(span.records, f"{span.kind} record")
    return f"{span.host}, {span.source}: {records} from {when(span.first_us)} to {when(span.last_us)}{numbers}"


def told_lines(evidence: CaseEvidence) -> list[str]:
    """What the evidence says of itself, a line each."""
    return [visible(f"{of}: {sentence}", TOLD) for of, sentence in told(evidence, when)]


def reject_line(reject: RejectView) -> str:
    """A rejected record in one line: where, why, how it begins."""
    sample = reject.sample.decode("utf-8", "backslashreplace")
    return visible(f"{reject.source} at {reject.position}: {reject.code}: {reject.reason}  | {sample}", 400)


def as_json(
    summary: CaseSummary, evidence: CaseEvidence, codes: Codes, rejects: Sequence[RejectView] | None = None,
    lists: Sequence[HashListView] = (),
) -> str:  # fmt: skip
    """Everything, machine-readable; the rejected records where they are asked for."""
    bad = [asdict(one) | {"sample": one.sample.decode("utf-8", "backslashreplace")} for one in rejects or ()]
    why = reasons(codes)
    return json.dumps(
        asdict(summary)
        | {"source_list": [asdict(source) | {"reasons": why[source.id]} for source in evidence.sources]}
        | {"host_list": [asdict(host) for host in evidence.hosts]}
        | {"span_list": [asdict(span) for span in evidence.spans]}
        | {"fact_list": [asdict(fact) for fact in evidence.facts]}
        | {"hash_lists": [asdict(one) for one in lists]}
        | ({} if rejects is None else {"reject_list": bad}),
        indent=1,
    )
