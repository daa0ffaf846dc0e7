"""Phrases of at most 26 cells for what only statistics say, and names of the signals that people read."""

from __future__ import annotations

from collections.abc import Mapping

from engine.signals.registry import find

WIDEST = 26
"""Cells of a phrase, of the tables' (engine/knowledge/data) too."""
FEW = 3
"""Hosts up to which something is on few of them."""
PRIVILEGED = frozenset({"root", "0", "system", "administrator", "localsystem"})
"""Accounts, without domain and in lower case, that may do everything."""
RARE, RARE_ON_FEW, UNUSUAL = "rare pair", "rare pair on few hosts", "rare chain"
TABLES = "odd place or name"
BY_FAMILY = {
    "reconstruction": "rebuilt badly",
    "command": "odd command line",
    "rules": "asks for much",
    "knowledge": TABLES,
    "threat": "like known attacks",
}
"""Family of signals -> phrase."""


def by_statistics(tails: Mapping[str, float], hosts: int) -> str:
    """What the rarest of some tails says, of the signals that are fused; hosts: on how many it was seen."""
    fused = {name: tail for name, tail in tails.items() if (signal := find(name)) is not None and signal.family is not None}
    if not fused:
        return UNUSUAL
    rarest = min(fused, key=lambda name: (fused[name], name))
    signal = find(rarest)
    family = signal.family.name if signal is not None and signal.family is not None else ""
    if family == "rarity":
        return RARE_ON_FEW if 0 < hosts <= FEW else RARE
    return BY_FAMILY.get(family, UNUSUAL)
