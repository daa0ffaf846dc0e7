"""Who else looks at which finding, as sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.untrusted import visible

if TYPE_CHECKING:
    from store.queue.presence import PresenceView

LONGEST_NAME = 40
MOST = 8
"""Findings that are told."""


def onlooker_words(others: Sequence[PresenceView]) -> str:
    """The findings that others look at, with who and for how long; "" where nobody does."""
    if not others:
        return ""
    told = ", ".join(f"F{one.finding} by {visible(one.who, LONGEST_NAME)} ({_since(one)})" for one in others[:MOST])
    more = f" and {len(others) - MOST:,} more" if len(others) > MOST else ""
    return f"Others look at: {told}{more}"


def also_looked_at(others: Sequence[PresenceView], finding: int) -> str:
    """Who else looks at one finding; "" where nobody does."""
    found = [one for one in others if one.finding == finding]
    if not found:
        return ""
    names = ", ".join(f"{visible(one.who, LONGEST_NAME)} ({_since(one)})" for one in found[:MOST])
    return f"F{finding} is being looked at by {names}: agree on who judges it."


def _since(one: PresenceView) -> str:
    return f"{one.seconds // 60} min" if one.seconds >= 60 else "now"
