"""A finding by hosts and times in words, and a span of time as cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tui.words.words import many

if TYPE_CHECKING:
    from tui.actions.triage.lanes import Lanes

Times = tuple[int | None, int | None]


def heading(found: Lanes, when: Callable[[int | None], str]) -> str:
    """Finding 136 · 6 incidents on 5 hosts · began 03-02 00:21:07 · 2 tied to it."""
    whole = found.whole
    where = f"{many(whole.incidents, 'incident')} on {many(whole.hosts, 'host')}"
    tied = sum(bool(lane.tie) for lane in found.lanes)
    began = when(whole.first_us)[5:19].replace("T", " ")
    told = [f"Finding {whole.number}", where, f"began {began}" if began else "", f"{tied:,} tied to it" if tied else ""]
    return " · ".join(filter(None, told))


def lane_cells(one: Times, every: Sequence[Times], width: int) -> str:
    """`··██···`: where in the time of all of them one lies."""
    known = [moment for pair in every for moment in pair if moment is not None]
    if one[0] is None or not known:
        return ""
    begin, length = min(known), max(max(known) - min(known), 1)
    first, last = (min(((end or begin) - begin) * width // length, width - 1) for end in (one[0], one[1] or one[0]))
    return "·" * first + "█" * (last - first + 1) + "·" * (width - 1 - last)


def lasting(first_us: int | None, last_us: int | None) -> str:
    """2 min 20 s; "" for what is of one moment or unknown."""
    if first_us is None or last_us is None or last_us - first_us < 1_000_000:
        return ""
    seconds = (last_us - first_us) // 1_000_000
    for size, unit, smaller, small in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= size:
            rest = seconds % size // smaller
            return f"{seconds // size} {unit}" + (f" {rest} {small}" if rest else "")
    return f"{seconds} s"
