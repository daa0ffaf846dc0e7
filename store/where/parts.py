"""Pieces of SQL with the values that are bound in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SqlPart:
    """A condition. Values are bound in the order of their marks."""

    sql: str
    values: tuple[Any, ...] = ()

    def negated(self) -> SqlPart:
        """That it does not hold; what is not known does not hold."""
        return SqlPart(f"NOT coalesce({self.sql}, FALSE)", self.values)


NEVER = SqlPart("FALSE")


def any_of(parts: Iterable[SqlPart]) -> SqlPart:
    """One of them holds."""
    found = [part for part in parts if part != NEVER]
    if len(found) <= 1:
        return found[0] if found else NEVER
    return SqlPart(f"({' OR '.join(part.sql for part in found)})", tuple(value for part in found for value in part.values))


def all_of(parts: Iterable[SqlPart]) -> SqlPart:
    """All of them hold."""
    found = [*parts]
    if NEVER in found:
        return NEVER
    return SqlPart(" AND ".join(part.sql for part in found) or "TRUE", tuple(value for part in found for value in part.values))
