"""Marks: what rules that somebody else wrote say of a process. A mark stands beside the score and is never a part of it.

Titles and ids are texts of strangers, as log text is: whoever shows one makes it visible.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

LEVELS = ("informational", "low", "medium", "high", "critical")
"""Of Sigma, the lowest first (SigmaHQ/sigma-specification, sigma-rules-specification.md)."""
SIGMA, HAYABUSA, CHAINSAW = "sigma", "hayabusa", "chainsaw"
SPELLINGS = {"info": LEVELS[0], "med": LEVELS[2], "crit": LEVELS[4], "emergency": LEVELS[4], "emer": LEVELS[4]}
"""Further words for a level, as Hayabusa writes them."""
LONGEST_TITLE = 200
LONGEST_ID = 64
MOST_TECHNIQUES = 16


@dataclass(frozen=True, slots=True)
class RuleMark:
    """What one rule says. Equal ones are the same mark, from whichever folder or file they come."""

    title: str
    level: str
    """One of LEVELS; "" where the rule tells none."""
    rule: str = ""
    """Id of the rule, "" for none."""
    techniques: tuple[str, ...] = ()
    """Ids of ATT&CK."""
    by: str = SIGMA
    """Who looked: sigma, hayabusa, chainsaw."""


@dataclass(frozen=True, slots=True)
class NamedRecord:
    """A record of a process creation, as a tool that looked at the log names it."""

    host: str
    kind: str
    """As engine.domain.records.ProcessEvent."""
    record: str
    """The log's own number; "" for none."""
    guid: str = ""
    pid: int | None = None
    time_us: int | None = None


@dataclass(frozen=True, slots=True)
class MarkOrigin:
    """Where a set of marks is from: the same path, or the same content, is the same origin, whose marks are replaced."""

    by: str
    path: str
    """Absolute."""
    sha256: str
    """Of the rules, or of the file of rows."""
    asked: int = 0
    """Rules that ran, or rows that were read …"""
    lost: int = 0
    """… and those that could not, or that name no process here."""


def level_of(text: str) -> str:
    """A level as anybody spells it; "" for what is none."""
    word = text.strip().lower()
    word = SPELLINGS.get(word, word)
    return word if word in LEVELS else ""


def height(level: str) -> int:
    """1 informational … 5 critical, 0 for none."""
    return LEVELS.index(level) + 1 if level in LEVELS else 0


def strongest_first(marks: Iterable[RuleMark]) -> tuple[RuleMark, ...]:
    """Each once, the highest level first, then by title."""
    return tuple(sorted(dict.fromkeys(marks), key=place_of))


def told(mark: RuleMark) -> str:
    """A mark as one text, as the rule has it: sigma high: Title."""
    return f"{mark.by} {mark.level or 'none'}: {mark.title}"


def techniques_of(marks: Iterable[RuleMark]) -> tuple[str, ...]:
    """That they name, each once."""
    return tuple(dict.fromkeys(technique for mark in marks for technique in mark.techniques))


def place_of(mark: RuleMark) -> tuple[int, str, str, str, tuple[str, ...]]:
    """What marks are sorted by."""
    return -height(mark.level), mark.title, mark.rule, mark.by, mark.techniques


def worth(marks: Iterable[RuleMark]) -> float:
    """How high a ranking by marks alone puts what has them: by the highest level, then by how many there are; 0 without."""
    every = tuple(dict.fromkeys(marks))
    return max((height(mark.level) for mark in every), default=0) + 1 - 1 / (1 + len(every)) if every else 0.0
