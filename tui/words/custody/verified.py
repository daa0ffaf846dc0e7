"""Sentences about evidence that was hashed again."""

from __future__ import annotations

from collections.abc import Mapping

from engine.jobs.verify import Fate, Verified
from tui.words.words import many

WIDTH = max(map(len, Fate))


def verified_line(one: Verified) -> str:
    """One hash that was compared: what became of it, the hash of the case, what it is of; behind, what is there now and why."""
    of = f"{one.path} ({one.what})"
    at = f"  at {one.at}" if one.at != one.path and not one.path.startswith(f"{one.at}!") else ""
    now = f"  now {one.found}" if one.outcome is Fate.CHANGED else ""
    why = f"  {one.why}" if one.why else ""
    return f"{one.outcome:<{WIDTH}}  {one.sha256 or '-' * 64}  {of}{at}{now}{why}"


def verified_words(counts: Mapping[Fate, int]) -> str:
    """All of them together."""
    whole = sum(counts.values())
    parts = [f"{counts[outcome]:,} {outcome}" for outcome in Fate if counts.get(outcome)]
    return f"{many(whole, 'hash', 'hashes')} compared: {', '.join(parts) or 'the case has no source'}"
