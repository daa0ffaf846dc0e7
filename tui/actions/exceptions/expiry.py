"""How long an exception holds, as people write it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from engine.errors import UsageError
from tui.words.words import EPOCH

NEVER = "never"
DEFAULT = "90d"
MOST_DAYS = 3_650
DAY_US = 86_400_000_000
_DAYS = re.compile(r"([0-9]{1,5})d\Z")
REMEDY = f"Write 90d (at most {MOST_DAYS:,} days), 2027-01-31 or {NEVER}."


def expires_us(text: str, now_us: int) -> int | None:
    """When it ends; None for never. A day is its beginning, UTC. Raises UsageError for what is no time to come."""
    plain = text.strip().lower()
    if plain == NEVER:
        return None
    if found := _DAYS.match(plain):
        days = int(found[1])
        if not 0 < days <= MOST_DAYS:
            raise UsageError(f"{text!r} is no time that an exception can hold.", remedy=REMEDY)
        return now_us + days * DAY_US
    try:
        day = datetime.strptime(plain, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise UsageError(f"{text!r} says not how long an exception holds.", remedy=REMEDY) from None
    ends = (day - EPOCH) // timedelta(microseconds=1)
    if ends <= now_us:
        raise UsageError(f"{text} is over: an exception that ends then would hide nothing.", remedy=REMEDY)
    return ends
