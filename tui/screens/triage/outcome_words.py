"""What triage's verdict bar says: what a verdict did, what an undo took back, what the next verdict would cover."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from store.base.views import LabelEventView
from tui.screens.triage.target import VerdictTarget
from tui.words.spans import Line
from tui.words.words import many, on_hosts, verdict_mark

if TYPE_CHECKING:
    from store.verdicts.extent import Extent, Given


def given_words(verdict: str | None, target: VerdictTarget, covered: str, left: Line | None = None) -> Line:
    """A verdict that covers so much, with what it left out."""
    said: Line = [(verdict_mark(verdict) if verdict else "verdict cleared", verdict or "strong")]
    return [*said, (f": {covered}", ""), *(left or []), (f"  {target.called}  u undoes", "dim")]


def left_words(given: Given) -> Line:
    """What a verdict left as it was, or took along."""
    left: Line = []
    if given.left:
        left.append((f"  {sum(given.left.values()):,} decided left, O includes them", "warning"))
    if given.notes:
        left.append((f"  {many(given.notes, 'note', 'notes')} went with it", "warning"))
    return left


def outcome_words(given: Given, target: VerdictTarget, verdict: str | None) -> Line:
    """What became of a verdict, where that is not what its key said already; [] where it is."""
    left = left_words(given)
    if target.named:
        return given_words(verdict, target, target.covers, left) if left else []
    if not given.batch:
        return [("nothing was changed", "strong"), *left]
    return given_words(verdict, target, on_hosts(given.covers.processes, given.covers.hosts), left)


def reversed_words(what: str, events: Sequence[LabelEventView]) -> Line:
    """What an undo or a redo changed."""
    redo: Line = [("  ctrl+r redoes" if what == "undo" else "", "dim")]
    said: Line = [("undone: " if what == "undo" else "redone: ", "strong")]
    if len(events) > 1:
        return [*said, (f"{len(events):,} verdicts", ""), *redo]
    before, after = events[0].old_verdict, events[0].verdict
    return [
        *said, (verdict_mark(before) or "undecided", before or "dim"), (" → ", "dim"),
        (verdict_mark(after) or "undecided", after or "dim"), *redo,
    ]  # fmt: skip


def coming_words(target: VerdictTarget | None, marks: int) -> Line:
    """What a verdict would cover, by what the line tells; of several marks that is still to be counted."""
    if target is None:
        return []
    if not target.covers:
        return [(f"● {len(target.rows):,} marked", "marked")]
    return [*_opening(target, marks), (target.covers, "dim")]


def counted_words(target: VerdictTarget, marks: int, extent: Extent) -> Line:
    """What a verdict would cover, counted: what is decided is left as it is, and what is below the threshold is asked about."""
    part = extent if target.named else extent.part()
    decided = sum(extent.decided.values())
    whole = on_hosts(extent.processes, extent.hosts)
    rest: Line = []
    if part.below and extent.processes > 1:
        rest.append((f", {part.below:,} below the threshold", "dim"))
    if decided:
        some = f"{decided:,} " if decided < extent.processes else "all " if decided > 1 else ""
        rest.append((f", {some}decided", "warning"))
    partly = 0 < part.processes < extent.processes
    return [*_opening(target, marks), (f"{part.processes:,} of {whole}" if partly else whole, "dim"), *rest]


def _opening(target: VerdictTarget, marks: int) -> Line:
    if marks:
        return [(f"● {marks:,} marked: ", "marked")]
    if target.incident is not None or target.process is not None:
        return [(target.called, "accent"), (": ", "dim")]
    return [("covers ", "dim")]
