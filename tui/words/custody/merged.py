"""Sentences about verdicts of a colleague that were merged."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tui.words.words import SHORT_KEY, many, when

if TYPE_CHECKING:
    from engine.metrics.agreement import Judges
    from store.verdicts.colleagues import SaidEvent
    from store.verdicts.merge import MergeConflict, MergeReport


def merged_lines(report: MergeReport) -> Iterator[str]:
    """What merging did, for a person."""
    known = many(report.events - report.new, "was", "were")
    yield f"{many(report.events, 'change')} of verdicts there, {known} known here; {report.applied:,} became what holds."
    yield agreement_words(report.agreement)
    if report.conflicts:
        yield f"{many(len(report.conflicts), 'conflict')}: the newer verdict holds, whoever gave it."
    if report.elsewhere:
        yield f"{many(report.elsewhere, 'verdict')} kept that are on nothing here: an ingest of their evidence brings them."
    if report.ahead:
        yield f"{many(report.ahead, 'change')} said at a time that has not come yet: a clock was wrong, and until then they hold."


def agreement_words(agreement: Judges) -> str:
    """How far both agree."""
    if not agreement.both:
        return "Nothing was judged by both."
    kappa = "no kappa: each gave one kind of verdict" if math.isnan(agreement.kappa) else f"Cohen's kappa {agreement.kappa:.2f}"
    return f"Both judged {many(agreement.both, 'subject')}, {agreement.alike:,} of them alike ({kappa})."


def conflict_line(conflict: MergeConflict) -> str:
    """What each said, who, when; which holds."""
    here, there = conflict.here, conflict.there
    subject = here.scope if not here.subject[0] else here.chain_key[:SHORT_KEY] + (f" ({here.scope})" if here.scope else "")
    if conflict.holds.digest in (here.digest, there.digest):
        newer = "here" if conflict.holds.digest == here.digest else "there"
        holds = f"holds: {conflict.holds.verdict or 'none'}, said {newer}, which is newer"
    else:
        holds = f"holds: {conflict.holds.verdict or 'none'}, which {conflict.holds.author} said later"
    return f"{subject}  here {_said(here)}  there {_said(there)}  {holds}"


def _said(event: SaidEvent) -> str:
    note = f" ({event.note})" if event.note else ""
    return f"{event.verdict} by {event.author or 'nobody'} {when(event.at_us)}{note}"
