"""Wording of the store's errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from engine.errors import NotFound, StoreError

K = TypeVar("K")
V = TypeVar("V")
TOLD = 8
"""Names that a remedy tells."""
REMEDY_LOOK = "`oddkin doctor` tells what else is damaged. Restore a backup, or ingest the evidence into a new workspace."


def not_found(what: str, name: str, remedy: str = "") -> NotFound:
    """An error to raise: "There is no case 'x'."."""
    return NotFound(f"There is no {what} {name!r}.", remedy=remedy)


def there_are(names: Sequence[str], command: str) -> str:
    """What there is instead, the first of it, and the command that lists all."""
    if not names:
        return "There is none."
    told = ", ".join(names[:TOLD])
    return (
        f"There is {told}."
        if len(names) == 1
        else f"There are {told}."
        if len(names) <= TOLD
        else f"There are {told} …: {command}"
    )


def damaged(what: str) -> StoreError:
    """An error to raise for what no oddkin wrote like that."""
    return StoreError(f"The workspace's database is damaged: {what}.", remedy=REMEDY_LOOK)


class Referred(dict[K, V]):
    """Rows by their ids. Asked for one that is not there, it says that the database refers into nothing (StoreError)."""

    def __missing__(self, key: K) -> V:
        raise damaged(f"something refers to row {key}, which is not there")
