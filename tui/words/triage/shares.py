"""Shares of a whole in whole numbers that add up, and the names of the signals beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.signals.registry import find
from tui.words.signals import title

BARS = "█▓▒░"
"""One glyph a part, largest first; the last one is the rest."""
SHOWN = 3
"""Parts that stand alone; where one more is left it stands alone too."""
BY_FAMILY = {
    "knowledge": "place and name",
    "reconstruction": "rebuilt badly",
    "rarity": "rare pair",
    "rules": "asks for",
    "command": "odd command line",
    "threat": "like known attacks",
}
"""Signals that say much the same stand under one name."""
ALONE = {"chain_frequency": "rare chain", "host_prevalence": "few hosts", "reconstruction": "rebuilt badly"}
"""Signals of no family."""


def apportioned(parts: Sequence[float], whole: int) -> list[int]:
    """Whole numbers in the proportion of `parts` that add up to `whole`, each within 1 of its own (largest remainders; ties go to
    the first). All 0 where no part is above 0; parts below 0, and those that are no numbers, count as 0.
    """
    known = [part if part > 0 and part != float("inf") else 0.0 for part in parts]
    total = sum(known)
    if not total > 0 or whole <= 0:
        return [0] * len(known)
    exact = [part / total * whole for part in known]
    out = [int(value) for value in exact]
    left = whole - sum(out)
    for place in sorted(range(len(out)), key=lambda place: (out[place] - exact[place], place))[:left]:
        out[place] += 1
    return out


def share_title(signal: str) -> str:
    """What people read for a signal."""
    known = find(signal)
    if known is not None and known.family is not None:
        return BY_FAMILY.get(known.family.name, known.title)
    return ALONE.get(signal) or title(signal)


def by_title(parts: Mapping[str, float]) -> list[tuple[str, str, float]]:
    """(title, its largest signal, part) of signals' parts, those of one title added up; largest first, without those of none."""
    found: dict[str, tuple[str, float]] = {}
    for signal, part in sorted(parts.items(), key=lambda item: (-item[1], item[0])):
        if part > 0:
            first, sum_ = found.get(share_title(signal), (signal, 0.0))
            found[share_title(signal)] = (first, sum_ + part)
    return sorted(((name, first, part) for name, (first, part) in found.items()), key=lambda one: (-one[2], one[0]))


def stacked(parts: Sequence[float], width: int) -> list[tuple[str, int]]:
    """Glyph and cells of each part of a bar of `width` cells."""
    return [(BARS[min(place, len(BARS) - 1)], size) for place, size in enumerate(apportioned(parts, width))]
