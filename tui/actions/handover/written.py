"""What became of an export or a report. The file itself, its hash and its entry in the audit are store/custody/handover.py's."""

from __future__ import annotations

from dataclasses import dataclass

from engine.handover.material import About


@dataclass(frozen=True, slots=True)
class Written:
    """One result that was handed over. The same case, verdicts and version give the same."""

    about: About
    count: int
    unit: tuple[str, str]
    """What was counted, one and many."""
    said: tuple[str, ...] = ()
    """What the format could not tell or has left out, a sentence each. May name what came from a log."""
