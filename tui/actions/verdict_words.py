"""Verdicts as people type them, the same in every command."""

from __future__ import annotations

from collections.abc import Iterable

from engine.domain.verdicts import VERDICTS, Verdict

SHORT = dict.fromkeys(("fp", "false-positive"), Verdict.FALSE_POSITIVE.word)
"""Further spellings."""
NONE = "none"
"""Takes a verdict away."""


def verdict(text: str) -> str | None:
    """A verdict to give; None for `none`. Raises UsageError."""
    return None if text.strip().lower() == NONE else _known(text, NONE)


def wanted(texts: Iterable[str] | None) -> tuple[str, ...]:
    """Verdicts to filter by, `undecided` among them. Raises UsageError: an unknown word would just find nothing."""
    from store.queue.filter import UNDECIDED

    return tuple(UNDECIDED if text.strip().lower() in {UNDECIDED, NONE} else _known(text, UNDECIDED) for text in texts or ())


def _known(text: str, further: str) -> str:
    from engine.errors import UsageError

    plain = text.strip().lower()
    plain = SHORT.get(plain, plain)
    if plain not in VERDICTS:
        raise UsageError(f"{text!r} is no verdict.", remedy=f"There are: {', '.join(VERDICTS)} (or fp), {further}.")
    return plain
