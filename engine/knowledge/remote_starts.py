"""How a program is started from another host or at another time, as expert knowledge: data/remote_starts.toml."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from engine.knowledge.tables import load, words

FILE = "remote_starts"
UNSEEN = "?"
"""Stands for a parent that no record shows, among names of parents."""
SHELLS = frozenset({"cmd", "powershell", "pwsh", "sh", "bash", "dash", "zsh", "ksh", "ash", "fish", "busybox", "csh", "tcsh"})
"""They run what they are given as a text, so that the command is a part of theirs."""


@dataclass(frozen=True, slots=True)
class RemoteStarter:
    """What one end runs to have a program started on another host."""

    how: str
    programs: frozenset[str]
    """Empty for any."""
    words: tuple[frozenset[str], ...]
    """One of each group is in its command line."""
    target: str
    """share, option, login, copy or argument: where the other host's name stands."""
    options: frozenset[str]
    """Before the name, of `option`."""
    valued: frozenset[str]
    """Options that take the next word."""
    opens: frozenset[str]
    """Words that ask for a session and no command."""
    renamed: bool
    """The name tells nothing; the same command at the other end has to."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the other end shows of one way. Names of programs without extension."""

    itself: frozenset[str]
    below: frozenset[str]
    perhaps: frozenset[str]
    """Parents that start much else: only with the same command."""
    grand: bool
    """`perhaps` may stand above the parent."""


@dataclass(frozen=True, slots=True)
class Keeper:
    """What writes a start down on its own host."""

    programs: frozenset[str]
    words: tuple[frozenset[str], ...]
    """One of each group occurs in its command line, as a part of a word too."""
    refused: frozenset[str]
    later: frozenset[str]
    """Parents of what is started then."""
    unseen: bool
    """What is written down may not be in the command line."""
    why: str


@cache
def starters() -> tuple[RemoteStarter, ...]:
    """Those with names first: one under another name is looked for where none of them speaks."""
    found = [
        RemoteStarter(
            block["how"], frozenset(words(block, "programs")), _groups(block), block["target"],
            frozenset(block.get("options", "").split()), frozenset(block.get("valued", "").split()),
            frozenset(block.get("open", "").split()),
            block.get("renamed", False),
        )
        for block in load(FILE)["starter"]
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda starter: starter.renamed))


@cache
def arrivals() -> dict[str, Arrival]:
    """By the way that they are of."""
    return {
        block["how"]: Arrival(
            frozenset(words(block, "itself")), frozenset(words(block, "below")), frozenset(words(block, "perhaps")),
            block.get("grand", False),
        )
        for block in load(FILE)["arrival"]
    }  # fmt: skip


@cache
def keepers() -> tuple[Keeper, ...]:
    """In the order of the table."""
    return tuple(
        Keeper(
            SHELLS if block.get("shells") else frozenset(words(block, "programs")), _groups(block),
            frozenset(block.get("refused", "").split()), frozenset(words(block, "later")), block.get("unseen", False),
            block["why"],
        )
        for block in load(FILE)["keeper"]
    )  # fmt: skip


@cache
def daemons() -> frozenset[str]:
    """What starts the same command again and again."""
    return frozenset(name for block in load(FILE)["daemon"] for name in words(block, "programs"))


@cache
def starting_programs() -> frozenset[str]:
    """Names of programs that a start elsewhere or later can be asked for with. Shells are told by their command lines alone."""
    named = frozenset().union(*(each.programs for each in keepers())) - SHELLS
    return named.union(*(each.programs for each in starters()))


@cache
def receiving_programs() -> frozenset[str]:
    """Names of programs whose children may have been started from elsewhere; the unseen parent is not among them."""
    found = frozenset().union(*(each.below | each.perhaps for each in arrivals().values()))
    return found - {UNSEEN}


@cache
def arriving_programs() -> frozenset[str]:
    """Names of programs that tell of an arrival by themselves."""
    return frozenset().union(*(each.itself for each in arrivals().values()))


def _groups(block: dict[str, Any]) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(group.split()) for group in block.get("words", []))
