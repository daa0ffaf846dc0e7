"""What a verdict did and what an undo took back, the same on all screens that give verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from store.base.views import LabelEventView
from tui.words.spans import Line
from tui.words.verdicts import LOOKS
from tui.words.words import many, on_hosts, verdict_mark

if TYPE_CHECKING:
    from store.verdicts.extent import Given

BACK: Line = [("; ", "dim"), ("u", "accent"), (" takes it back", "dim")]
NOT_CHANGED: Line = [("nothing was changed", "dim")]
NOT_JUDGED: Line = [("nothing was changed: nothing here is judged", "dim")]
NOTE_FIRST: Line = [("not decided: ", "strong"), ("a note goes with a verdict: m, b, f, o", "dim")]
EXCEPTION_FIRST: Line = [
    ("nothing to keep: ", "strong"), ("an exception keeps a verdict of b or f, on a finding, an incident or a process", "dim"),
]  # fmt: skip
NOTE_KEPT: Line = [("note kept", "strong"), *BACK]


def given_words(verdict: str | None, called: str, covered: str) -> Line:
    """malicious: 17 processes on web01; u takes it back."""
    name = LOOKS[verdict].name if verdict in LOOKS else verdict or "verdict taken off"
    return [(name, verdict or "strong"), (f": {covered}" if covered else "", ""), *BACK, (f"  {called}", "dim")]


def outcome_words(given: Given, verdict: str | None, called: str, covers: str = "") -> Line:
    """What became of a verdict. covers: what it was for, as it was said when its key was pressed."""
    if not given.batch:
        return [("nothing was changed", "strong"), *left_words(given)]
    counted = on_hosts(given.covers.processes, given.covers.hosts)
    same = covers.startswith(f"{many(given.covers.processes, 'process', 'processes')} on ") and given.covers.hosts == 1
    said = given_words(verdict, called, covers if same else counted)
    return [*said[:2], *left_words(given), *said[2:]]


def idle_words(verdict: str | None) -> Line:
    """Why a verdict would change nothing."""
    why = "nothing of it has a verdict" if verdict is None else "that is its verdict already"
    return [(f"nothing was changed: {why}", "dim")]


def left_words(given: Given) -> Line:
    """What a verdict left as it was, or took along."""
    left: Line = []
    for verdict, count in given.left.items():
        letter = LOOKS[verdict].glyph if verdict in LOOKS else verdict
        left.append((f", {count:,} stay{'s' if count == 1 else ''} {letter}", "warning"))
    if given.notes:
        left.append((f", {many(given.notes, 'note', 'notes')} went with it", "warning"))
    return left


def reversed_words(what: str, events: Sequence[LabelEventView]) -> Line:
    """What an undo or a redo changed."""
    redo: Line = [("; ", "dim"), ("ctrl+r", "accent"), (" brings it back", "dim")] if what == "undo" else []
    said: Line = [("undone: " if what == "undo" else "redone: ", "strong")]
    if len(events) > 1:
        return [*said, (f"{len(events):,} verdicts", ""), *redo]
    before, after = events[0].old_verdict, events[0].verdict
    return [
        *said, (verdict_mark(before) or "undecided", before or "dim"), (" → ", "dim"),
        (verdict_mark(after) or "undecided", after or "dim"), *redo,
    ]  # fmt: skip
