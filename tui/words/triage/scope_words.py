"""The ladder of what a verdict can be on, and in words what its key covers: the same line in Triage and in the Tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.untrusted import visible
from tui.words.spans import Line, cells, text_of
from tui.words.verdicts import LOOKS
from tui.words.words import many

KEY = "x"
"""Wider; X narrower."""


class Reach(StrEnum):
    """What a verdict is on, from the narrowest to the widest."""

    PROCESS = "process"
    BRANCH = "branch"
    INCIDENT = "incident"
    FINDING = "finding"
    CHAIN = "chain"


@dataclass(frozen=True, slots=True)
class Coming:
    """What the next verdict is for, as far as it is known without asking the store, or counted by it."""

    processes: int | None
    """None: still to be counted."""
    where: str = ""
    """web01, or 3 hosts."""
    decided: Mapping[str, int] | None = None
    """How many of them have each verdict already."""
    below: int = 0
    """How many are below the threshold."""
    context: bool = False
    """Something grey is beside it that is left out."""


def host_words(name: str) -> str:
    """A host without its domain; an address whole."""
    shown = visible(name)
    return shown if shown[:1].isdigit() or ":" in shown else shown.partition(".")[0] or shown


def moved(scope: Reach, rungs: Sequence[Reach], by: int) -> Reach:
    """The next wider (1) or narrower (-1) of the rungs that there are; stops at the ends."""
    if scope not in rungs:
        return rungs[0] if rungs else scope
    return rungs[max(0, min(rungs.index(scope) + by, len(rungs) - 1))]


def ladder(rungs: Mapping[Reach, int | None], chosen: Reach, marked: str = "") -> Line:
    """`x  process 1  branch 3 [incident 17] finding 34`; with marks these take the place of all rungs. Sizes that are not known
    yet are left out.
    """
    if marked:
        return [("[", "marked"), (marked, "marked"), ("]", "marked")]
    line: Line = [(f"{KEY} ", "accent")]
    for scope, size in rungs.items():
        said = f"{scope}" + ("" if size is None else f" {size:,}")
        line.append((f"[{said}]", "marked") if scope is chosen else (f" {said} ", ""))
    return line


def covers(coming: Coming, *, short: bool = False) -> Line:
    """`┃ the key covers 17 processes on web01; grey is left out`."""
    line: Line = [("┃ ", "accent")]
    if coming.processes is None:
        return [*line, ("…", "dim")]
    decided = {verdict: count for verdict, count in (coming.decided or {}).items() if count}
    left = coming.processes - sum(decided.values())
    where = f" on {coming.where}" if coming.where else ""
    if not coming.processes:
        return [*line, ("nothing here is judged", "dim")]
    stay = ", ".join(
        f"{count:,} stay{'s' if count == 1 else ''} {LOOKS[one].glyph if one in LOOKS else one}" for one, count in decided.items()
    )
    if short:
        some = f"{left:,} of {coming.processes:,}" if decided else f"{coming.processes:,}"
        return [*line, (f"{some}{where}", "")]
    if not decided:
        said = f"the key covers {many(coming.processes, 'process', 'processes')}{where}"
    elif left:
        said = f"the key covers {left:,} of {many(coming.processes, 'process', 'processes')}{where}; {stay}"
    else:
        said = f"{many(coming.processes, 'process', 'processes')}{where}, decided: a key asks"
    rest = (
        f"; {coming.below:,} {'is' if coming.below == 1 else 'are'} below the threshold"
        if coming.below and coming.processes > 1
        else ""
    )
    return [*line, (said, ""), ("; grey is left out" if coming.context else "", "dim"), (rest, "dim")]


def beside(left: Line, wide: Line, narrow: Line, width: int) -> Line:
    """Two parts of one line: the right one in full, without what is last in it, in short, or not at all, as there is room."""
    room = width - cells(text_of(left))
    for right in (wide, narrow):
        for dropped in range(max(len(right) - 1, 1)):
            kept = right[: len(right) - dropped]
            if cells(text_of(kept)) + 3 <= room:
                return [*left, ("   ", ""), *kept]
    return left
