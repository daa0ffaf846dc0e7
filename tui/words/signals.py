"""What the signals are called on screen, and what they mean in one line. JSON and CSV keep the names of the engine."""

from __future__ import annotations

from collections.abc import Iterable

from engine.signals.registry import find
from engine.untrusted import visible

RANKINGS = {
    "random": ("random order", "no method at all; what the others are to be compared with"),
    "sigma": ("marks", "rules of others (Sigma, Hayabusa, Chainsaw): the highest level of a chain's marks, then how many it has"),
    "sequences_as_published": ("sequences, as published", "the second paper's LSTM as it ships: taught with made-up Linux names"),
    "detector": ("detector", "the order of the queue: all signals together, or as the model was told to"),
}
"""Rankings of `oddkin evaluate` that are no signal: title, meaning."""


def title(name: str) -> str:
    """Name for people; a signal of a newer model keeps its own."""
    known = find(name)
    return known.title if known else RANKINGS[name][0] if name in RANKINGS else visible(name.replace("_", " "))


def meaning(name: str) -> str:
    """One line, "" for an unknown signal."""
    known = find(name)
    return known.meaning if known else RANKINGS[name][1] if name in RANKINGS else ""


def legend(names: Iterable[str]) -> str:
    """A line per name: title, the engine's name (that of the documents and of JSON), meaning."""
    return "\n".join(f"  {title(name)} ({visible(name)}): {meaning(name)}" for name in names if meaning(name))
