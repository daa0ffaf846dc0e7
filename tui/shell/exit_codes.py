"""Exit codes: a contract, scripts depend on them (README)."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a finished `oddkin` process says."""

    DONE = 0
    FAILURE = 1
    USAGE = 2
    UNREADABLE_INPUT = 3
    """The job finished, but some input could not be read; the report names it."""
    INTERRUPTED = 130
