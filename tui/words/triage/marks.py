"""Marks in words: what rules of others say of a process and of a line, and what became of the rules. Titles are made visible."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from engine.domain.marks import SIGMA, RuleMark, height
from engine.untrusted import visible
from tui.words.words import many

if TYPE_CHECKING:
    from engine.jobs.import_marks import MarksImported
    from engine.jobs.sigma import RulesRun
    from engine.sigma.rules import RuleLeft
    from store.processes.marks.marks import MarkSetView

SIGN = "σ"
MARKED = (
    "The small letter behind a verdict is the highest level of a mark on one of its processes: critical, high, medium, low,"
    " informational. Marks move nothing. See: oddkin marks list"
)
LONGEST = 100
"""Characters of a title."""
TOLD = 10
"""Rules that were lost, of those that are told each by itself."""


def sign(marks: Sequence[RuleMark]) -> str:
    """Two characters behind a name: σ and the letter of the highest level; "" without marks."""
    return f"{SIGN}{letter(marks)}" if marks else ""


def letter(marks: Sequence[RuleMark]) -> str:
    """The first one of the highest level, in small, ? where no rule tells a level; "" without marks."""
    return max(marks, key=lambda mark: height(mark.level)).level[:1] or "?" if marks else ""


def mark_words(mark: RuleMark) -> str:
    """high: Title (T1059)."""
    techniques = f" ({' '.join(mark.techniques)})" if mark.techniques else ""
    return f"{mark.level or 'no level'}: {visible(mark.title, LONGEST)}{techniques}"


def strongest(marks: Sequence[RuleMark]) -> str:
    """σ high: Title (T1059) and 2 more, for a line of a tree; "" without marks."""
    more = f" and {len(marks) - 1} more" if len(marks) > 1 else ""
    return f"{SIGN} {mark_words(marks[0])}{more}" if marks else ""


def by_words(mark: RuleMark) -> str:
    """The same, and who says it."""
    return f"{mark.by} {mark_words(mark)}"


def run_lines(done: RulesRun) -> Iterator[str]:
    """What became of the rules of a folder: sentences for a person."""
    yield (
        f"{many(done.ran, 'rule')} ran over {many(done.rows, 'different process', 'different processes')}:"
        f" {many(done.kept.marked, 'process is', 'processes are')} marked. No score and no order changes."
    )
    if done.counts:
        yield "Not run: " + "; ".join(f"{number:,} {why.value}" for why, number in done.counts.items()) + "."
    if done.absent:
        fields = ", ".join(f"{visible(field, 40)} ({number:,})" for field, number in [*done.absent.items()][:TOLD])
        more = f" and {len(done.absent) - TOLD} more" if len(done.absent) > TOLD else ""
        yield f"Asked for and never there, by so many rules: {fields}{more}."
    if done.kept.later:
        yield f"{many(done.kept.later, 'process', 'processes')} came meanwhile and were not looked at: run it again."


def left_lines(left: Iterable[RuleLeft], limit: int | None = None) -> Iterator[str]:
    """Rules that did not run, a line each."""
    every = [*left]
    shown = every if limit is None else every[:limit]
    for one in shown:
        title = f" {visible(one.title, LONGEST)!r}" if one.title else ""
        detail = f": {visible(one.detail)}" if one.detail else ""
        yield f"  {visible(one.file)}{title}, {one.why.value}{detail}"
    if len(every) > len(shown):
        yield f"  … and {len(every) - len(shown):,} more; --verbose names all"


def imported_lines(done: MarksImported) -> Iterator[str]:
    """What became of the rows of a file."""
    origin = done.origin
    yield (
        f"{visible(origin.path, 200)}: {many(origin.asked, 'row')} of {origin.by};"
        f" {many(done.kept.marked, 'process is', 'processes are')} marked. No score and no order changes."
    )
    if done.elsewhere:
        yield f"  {many(done.elsewhere, 'row is', 'rows are')} about other events than the creation of a process."
    if done.unknown:
        yield f"  {many(done.unknown, 'row names', 'rows name')} no process of this case: were their logs ingested?"
    for reason, number in done.rejected.items():
        yield f"  {many(number, 'row')} could not be used: {visible(reason)}"
    if done.first:
        yield f"  The first one is {visible(done.first)}"
    if done.problem:
        yield f"  Not read to its end: {visible(done.problem)}"


def set_line(one: MarkSetView) -> str:
    """Where marks are from, in a line."""
    of_rules = one.by == SIGMA
    parts = [many(one.asked, "rule" if of_rules else "row")]
    if one.lost:
        parts.append(f"{one.lost:,} not run" if of_rules else f"{one.lost:,} of them mark no process")
    parts.append(f"{many(len(one.rules), 'rule marks', 'rules mark')} something")
    if one.later:
        parts.append("what came later has no mark of it: run it again")
    return f"{one.by} by {visible(one.path, 200)} (SHA-256 {one.sha256[:16]}): {', '.join(parts)}"
