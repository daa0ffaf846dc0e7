"""What the signals are called on screen, and what they mean in one line. JSON and CSV keep the names of the engine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.untrusted import visible


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal (or a ranking of `oddkin evaluate`) for people."""

    title: str
    meaning: str


SIGNALS = {
    "reconstruction": Signal("misfit, mean", "how badly the network rebuilds the steps of the chain, on average (as published)"),
    "reconstruction_worst": Signal("misfit, worst step", "how badly the network rebuilds the worst step"),
    "reconstruction_by_place": Signal(
        "misfit for the place", "how badly the network rebuilds the oddest step, against what is usual where it lies"
    ),
    "pair_rarity": Signal("rare child", "surprise at the rarest child under its parent"),
    "window_rarity": Signal("rare three in a row", "surprise at the rarest child under its parent and grandparent"),
    "chain_frequency": Signal("rare chain", "how seldom the whole chain occurs"),
    "host_prevalence": Signal("few hosts", "on how few hosts the chain occurs"),
    "starter_rarity": Signal("rare elsewhere", "surprise at the rarest child under its parent and grandparent, on other estates"),
    "command_rarity": Signal("odd command line", "surprise at the command line's words, given the program"),
    "command_rules": Signal("asks for", "what the tables say the command line asks for; learns nothing"),
    "prior": Signal("place, name, parent", "what the tables say of locations, names and who starts whom; learns nothing"),
    "rolefrac": Signal("admin tools", "share of steps that are shells, script engines, proxy binaries or admin tools"),
    "role_share": Signal("admin tools, cautious", "the same share, less sure of short chains"),
    "threat_classes": Signal("like attacks, by kind", "likeness to recorded attacks elsewhere: place, role, privilege"),
    "threat_words": Signal("like attacks, by words", "likeness to recorded attacks elsewhere: names and command lines"),
    "reconstruction_spread": Signal("networks disagree", "how far the networks are apart about the chain; not in the sum"),
    "build_tree": Signal("part of a build", "1 for compilers, make and what they start; halves the score"),
    "random": Signal("random order", "no method at all; what the others are to be compared with"),
    "detector": Signal("detector", "the order of the queue: all signals together, or as the model was told to"),
}


def title(name: str) -> str:
    """Name for people; a signal of a newer model keeps its own."""
    known = SIGNALS.get(name)
    return known.title if known else visible(name.replace("_", " "))


def meaning(name: str) -> str:
    """One line, "" for an unknown signal."""
    known = SIGNALS.get(name)
    return known.meaning if known else ""


def legend(names: Iterable[str]) -> str:
    """A line per name: title, the engine's name (that of the documents and of JSON), meaning."""
    return "\n".join(f"  {title(name)} ({visible(name)}): {meaning(name)}" for name in names if name in SIGNALS)
