"""A day that somebody names on the command line."""

from __future__ import annotations

from datetime import UTC, date, datetime

from engine.errors import UsageError


def day_of(text: str) -> date:
    """The day; today for "". Raises UsageError for what is none."""
    try:
        return date.fromisoformat(text) if text else datetime.now(UTC).date()
    except ValueError as error:
        raise UsageError(f"{text!r} is no date.", remedy="Write it as 2026-01-31.") from error
