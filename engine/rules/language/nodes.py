"""What expressions of rules are made of, how long they are, what they cost, and how they are written for Python's `re`."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Characters that stand for themselves."""

    text: str


@dataclass(frozen=True, slots=True)
class Repeat:
    """`low` to `high` characters of a class."""

    chars: frozenset[str]
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several sequences; optional: or nothing."""

    options: tuple[Sequence, ...]
    optional: bool


@dataclass(frozen=True, slots=True)
class LookAround:
    """A look-around: what must (not) stand before or behind."""

    behind: bool
    negative: bool
    inner: Sequence


@dataclass(frozen=True, slots=True)
class Edge:
    """The beginning (`^`) or the end (`$`) of a word."""

    start: bool


@dataclass(frozen=True, slots=True)
class Variable:
    """The capturing group."""

    inner: Sequence


Item = Verbatim | Repeat | Choice | LookAround | Edge | Variable
Sequence = tuple[Item, ...]


def shortest(items: Sequence) -> int:
    """Characters of the shortest text."""
    return sum(length(item, least=True) for item in items)


def longest(items: Sequence) -> int:
    """Characters of the longest text."""
    return sum(length(item, least=False) for item in items)


def length(item: Item, *, least: bool) -> int:
    """Characters of one item; look-arounds and edges have none."""
    match item:
        case Verbatim(text):
            return len(text)
        case Repeat(_, few, most):
            return few if least else most
        case Choice(options, optional):
            if least:
                return 0 if optional else min(shortest(option) for option in options)
            return max(longest(option) for option in options)
        case Variable(inner):
            return shortest(inner) if least else longest(inner)
        case _:
            return 0


def cost(items: Sequence) -> int:
    """Characters that are compared from one starting point, at most: nothing is tried a second time."""
    total = 0
    for item in items:
        match item:
            case Choice(options, _):
                total += sum(cost(option) for option in options)
            case LookAround(_, _, inner) | Variable(inner):
                total += cost(inner)
            case Edge():
                total += 1
            case Verbatim() | Repeat():
                total += length(item, least=False) + 1
    return total


def render(items: Sequence) -> str:
    """For Python's `re`: counts possessive, alternatives atomic."""
    return "".join(_rendered(item) for item in items)


def _rendered(item: Item) -> str:
    match item:
        case Verbatim(text):
            return re.escape(text)
        case Repeat(chars, low, high):
            return class_text(chars) + ("" if low == high == 1 else f"{{{low},{high}}}+")
        case Choice(options, optional):
            # One may be the beginning of another: the longer first.
            ordered = "|".join(render(option) for option in sorted(options, key=lambda option: -longest(option)))
            return f"(?>{ordered}){'?+' if optional else ''}"
        case LookAround(behind, negative, inner):
            return f"(?{'<' if behind else ''}{'!' if negative else '='}{render(inner)})"
        case Edge(start):
            return r"\A" if start else r"\Z"
        case Variable(inside):
            return f"({render(inside)})"


def class_text(chars: frozenset[str]) -> str:
    """A class in brackets, ranges where three or more characters follow each other."""
    codes = sorted(map(ord, chars))
    parts: list[str] = []
    start = 0
    for place, code in enumerate(codes):
        if place + 1 < len(codes) and codes[place + 1] == code + 1:
            continue
        first, last = chr(codes[start]), chr(code)
        parts.append(
            f"{_in_class(first)}-{_in_class(last)}"
            if code - codes[start] > 1
            else "".join(_in_class(chr(c)) for c in codes[start : place + 1])
        )
        start = place + 1
    return "[" + "".join(parts) + "]"


def _in_class(char: str) -> str:
    return "\\" + char if char in "\\]^-[" else char
