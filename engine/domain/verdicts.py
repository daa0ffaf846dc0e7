"""The one list of verdicts."""

from __future__ import annotations

from enum import IntEnum


class Verdict(IntEnum):
    """What a person said of a chain. Stored: never renumber."""

    MALICIOUS = 1
    BENIGN = 2
    FALSE_POSITIVE = 3
    UNDETERMINED = 4

    @classmethod
    def of(cls, word: str) -> Verdict:
        """Inverse of `word`. Raises KeyError."""
        return cls[word.upper()]

    @property
    def malicious(self) -> bool | None:
        """Whether the chain belongs on top by this verdict; None: it says nothing of that, and teaches nothing."""
        return {Verdict.MALICIOUS: True, Verdict.BENIGN: False, Verdict.FALSE_POSITIVE: False}.get(self)

    @property
    def word(self) -> str:
        """As the command line and the store write it."""
        return self.name.lower()


VERDICTS = tuple(verdict.word for verdict in Verdict)
"""In the order in which they are listed everywhere."""
