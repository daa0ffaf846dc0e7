"""What a program can be abused for, beside what it is for (data/abilities.toml, after LOLBAS and GTFOBins)."""

from __future__ import annotations

from functools import cache

from engine.knowledge.roles import is_windows, name_of
from engine.knowledge.tables import load, words


def abilities(path: str) -> frozenset[str]:
    """Categories of a folded path or name, such as "execute", "download", "dump"; empty for most programs."""
    return _table(is_windows(path)).get(name_of(path), frozenset())


@cache
def _table(windows: bool) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    categories = load("abilities")["windows" if windows else "linux"]
    for category in categories:
        for name in words(categories, category):
            found.setdefault(name, set()).add(category)
    return {name: frozenset(kinds) for name, kinds in found.items()}
