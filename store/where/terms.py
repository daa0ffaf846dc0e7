"""What a filter is made of, with the place of each part in the line it was read from."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.errors import UsageError

Meaning = float | str | tuple[tuple[int, int], ...] | None
"""Of a value: a number, one of a key's words, spans of time in microseconds, both ends in; None: it is to be looked for."""


class WhereError(UsageError):
    """A line that is no filter; `start` and `end` are the part of it that is wrong."""

    title = "No such filter"

    def __init__(self, message: str, start: int = 0, end: int = 0, *, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.start = start
        self.end = end


@dataclass(frozen=True, slots=True)
class Value:
    """One of the alternatives of a term. Two are the same wherever they stood."""

    text: str
    regex: bool = False
    means: Meaning = None
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Term:
    """A condition: one of the values has to be met, or, negated, none of them."""

    key: str
    """"" for a bare word."""
    values: tuple[Value, ...]
    sign: str = ":"
    """Or one of > < >= <=."""
    negated: bool = False
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Where:
    """Terms that hold together; none of them leaves everything."""

    terms: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms)

    def of(self, key: str) -> tuple[Term, ...]:
        """The terms with this key."""
        return tuple(term for term in self.terms if term.key == key)

    def toggled(self, term: Term) -> Where:
        """Without the term where it is there, else with it."""
        if term in self.terms:
            return Where(tuple(one for one in self.terms if one != term))
        return Where((*self.terms, term))


ALL = Where()
"""Everything."""
