"""What triage's verdict bar says: what a verdict did, what an undo took back, what the next verdict would cover."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from store.base.views import Coverage, LabelEventView
from tui.screens.triage.target import Target
from tui.words.spans import Line
from tui.words.words import many, on_hosts, verdict_mark

if TYPE_CHECKING:
    from store.verdicts.extent import Given


def given_words(verdict: str | None, target: Target, covered: str, left: Line | None = None) -> Line:
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


def outcome_words(given: Given, target: Target, verdict: str | None) -> Line:
    """What became of a verdict, where that is not what its key said already; [] where it is."""
    left = left_words(given)
    if target.named:
        return given_words(verdict, target, target.covers, left) if left else []
    if not given.batch:
        return [("nothing was changed", "strong"), *left]
    return given_words(verdict, target, _covered(given.covers, 1), left)


def _covered(coverage: Coverage, named: int) -> str:
    """Processes and hosts, and the chains where they are not as many as were named."""
    chains = "" if coverage.chains == named else f" in {coverage.chains:,} chains"
    return on_hosts(coverage.processes, coverage.hosts) + chains


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


def coming_words(target: Target | None, *, marked: bool) -> Line:
    """What a verdict would cover; of several marks that is still to be counted."""
    if target is None:
        return []
    if not target.covers:
        return [(f"● {len(target.rows):,} marked", "marked")]
    if target.incident is not None or target.process is not None:
        return [(target.called, "accent"), (": ", "dim"), (target.covers, "dim")]
    return [("● 1 marked: ", "marked") if marked else ("covers ", "dim"), (target.covers, "dim")]


def marked_words(marked: int, coverage: Coverage) -> Line:
    """What a verdict on the marked lines would cover."""
    return [(f"● {marked:,} marked: ", "marked"), (_covered(coverage, marked), "dim")]
