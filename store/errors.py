"""Wording of the store's errors."""

from __future__ import annotations

from engine.errors import NotFound


def not_found(what: str, name: str, remedy: str = "") -> NotFound:
    """An error to raise: "There is no case 'x'."."""
    return NotFound(f"There is no {what} {name!r}.", remedy=remedy)
