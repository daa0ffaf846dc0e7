"""What is read of handed-over sequences: one that can be asked, or why one cannot."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GivenSequence:
    """One sequence in the order in which it is written."""

    place: int
    """Line of the text, or number of the element of a JSON document, from 1."""
    steps: tuple[str, ...]
    abnormal: bool | None = None
    """Its known class; None where none is said."""
    trouble: str = ""
    """What could not be read beside the sequence: its class."""


@dataclass(frozen=True, slots=True)
class NoSequence:
    """What is no sequence."""

    place: int
    reason: str


Item = GivenSequence | NoSequence
