"""The one list of verdicts."""

from __future__ import annotations

from enum import IntEnum


class Verdict(IntEnum):
    """What a person said of a chain. Stored: never renumber."""

    MALICIOUS = 1
    BENIGN = 2
    FALSE_POSITIVE = 3
    UNDETERMINED = 4

    @property
    def word(self) -> str:
        """As the command line and the store write it."""
        return self.name.lower()
