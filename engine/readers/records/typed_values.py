"""What the typed JSON shapes share: their field types, the answer "take the general way", and memory of repeated values."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Annotated, Any, Final

from msgspec import Meta, Raw, UnsetType


class Way(Enum):
    """A type of its own, so that mypy tells the answer from a record."""

    GENERAL = 0


GENERAL: Final = Way.GENERAL
"""The line is unusual: the general way has to read it."""

Int = Annotated[int, Meta(ge=0, le=2**63 - 1)]
"""Numbers that every parser reads alike; longer or negative ones are left to the general way."""
Number = Int | str | None
Text = str | None
NULL: Final = Raw(b"null")
"""Default of a field that is kept as its bytes: missing and null are read alike."""
Nowhere = Annotated[int, Meta(ge=1, le=0)] | UnsetType
"""A field that must be missing: no value is valid, so its presence raises."""

ENTRIES = 20_000
LONGEST = 512
"""Longer keys are read each time: they rarely repeat, and 20,000 of the longest would fill the memory."""


class Memo(dict[Any, Any]):
    """`memo[key]` is `read(key)`, which depends on nothing else; emptied when it is full.

    Logs say the same few thousand things over and over: a known one costs one look-up. It is also the same object each time,
    so that a batch holds each text once, with its hash computed.
    """

    def __init__(self, read: Callable[[Any], Any]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, key: Any) -> Any:
        value = self._read(key)
        if _length(key) > LONGEST:
            return value
        if len(self) >= ENTRIES:
            self.clear()
        self[key] = value
        return value


def _length(key: Any) -> int:
    """Characters of a text, or of the texts of a tuple."""
    if isinstance(key, tuple):
        return sum(map(len, key))
    return len(key) if isinstance(key, (str, bytes)) else 0
