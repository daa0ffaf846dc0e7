"""Chains and findings as spans and in words: in one line or over several, what they cover, how they differ from a normal one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from engine.untrusted import visible
from store.base.views import QueueRow
from tui.words.spans import Line, cells, crop
from tui.words.words import base, many, on_hosts, shortened

if TYPE_CHECKING:
    from store.queue.nearest import NearestView

ARROW = " → "
GAP = " … "
REBUILT = "↳"
"""Before the known path that is nearest to what the network made of a step."""
ITSELF = "itself"
"""Where that is the step's own path."""
NAME = 40
"""Cells of one file name; longer ones are cut."""


def chain_cell(steps: Sequence[str], worst: int, width: int) -> Line:
    """File names joined by arrows, the worst step in [brackets]. When it is too long, steps are left out: those furthest
    from the worst one first, the last step (what was started) and the worst never.
    """
    names = [_name(step) for step in steps]
    if 0 <= worst < len(names):
        names[worst] = f"[{names[worst]}]"
    kept = list(range(len(names)))
    while len(kept) > 1 and _cells(names, kept) > width:
        loose = [place for place in kept if place not in {worst, len(names) - 1}]
        if not loose:
            break
        # Of two equally far ones the earlier: everything begins with the same few ancestors.
        kept.remove(max(loose, key=lambda place: (abs(place - worst), -place)))
    line: Line = []
    before = -1
    for place in kept:
        if place != before + 1:
            line.append((GAP if line else GAP[1:], "dim"))
        elif line:
            line.append((ARROW, "dim"))
        line.append((names[place], "worst" if place == worst else ""))
        before = place
    return line


@lru_cache(4096)
def _name(step: str) -> str:
    return crop(base(step), NAME)


def _cells(names: list[str], kept: list[int]) -> int:
    # An arrow and a gap take three cells each, the gap at the beginning two.
    return sum(cells(names[place]) for place in kept) + len(ARROW) * (len(kept) - 1) + (2 if kept[0] else 0)


def chain_lines(steps: Sequence[str], width: int, *, marked: int = -1, role: str = "worst") -> list[Line]:
    """All file names over as many lines as it takes, one of them marked."""
    lines: list[Line] = [[]]
    used = 0
    for place, step in enumerate(steps):
        name = crop(base(step), min(NAME, width - 2))
        if place == marked:
            name = f"[{name}]"
        size = cells(name) + (len(ARROW) if used else 0)
        if used and used + size > width:
            lines.append([("→ ", "dim")])
            used = 2
        elif used:
            lines[-1].append((ARROW, "dim"))
            used += len(ARROW)
        lines[-1].append((name, role if place == marked else ""))
        used += cells(name)
    return lines


def name_of(step: str) -> str:
    """A step's file name, visible."""
    return visible(base(step), NAME)


def difference(one: NearestView, steps: Sequence[str]) -> str:
    """What is different, as a sentence. Paths as recorded: whoever shows it makes it visible."""
    if one.change == "replaced":
        here, there = _short(steps[one.at]), _short(one.steps[one.at])
        if here == there:  # the same name in another folder: the very thing to notice
            return f"step {one.at + 1}: {steps[one.at]} instead of {one.steps[one.at]}"
        return f"step {one.at + 1}: {here} instead of {there}"
    if one.change == "added":
        return f"step {one.at + 1}: {_short(steps[one.at])} is one more"
    if one.change == "missing":
        lacking = _short(one.steps[one.at])
        return f"{lacking} is missing before step {one.at + 1}" if one.at < len(steps) else f"ends before {lacking}"
    return f"the first {many(one.at, 'step is', 'steps are')} the same"


def _short(step: str) -> str:
    return shortened(visible(base(step)))


def covers(row: QueueRow) -> str:
    """Processes and hosts; of a finding also its chains."""
    whole = row.whole
    if whole is None:
        return on_hosts(row.count, row.host_count)
    return on_hosts(whole.processes, whole.hosts) + ("" if whole.chains == 1 else f" in {whole.chains:,} chains")


def called(row: QueueRow) -> str:
    """A short name for the line that tells of a verdict."""
    name = name_of(row.steps[-1]) if row.steps else ""
    return name if row.whole is None else f"finding {row.whole.number}, {name}"


def kind(rows: int, *, findings: bool) -> str:
    """3 findings, 1 chain."""
    return many(rows, "finding") if findings else many(rows, "chain")
