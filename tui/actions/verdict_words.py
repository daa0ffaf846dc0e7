"""Verdicts as people type them: one parser for every command and for the filter line."""

from __future__ import annotations

from collections.abc import Iterable

from engine.domain.verdicts import VERDICTS, Verdict

SPELLINGS = {"fp": Verdict.FALSE_POSITIVE.word}
"""Further words for a verdict."""
NONE = "none"
"""Takes a verdict away; of a filter, chains without one."""


def verdict(text: str) -> str | None:
    """A verdict to give; None for `none`. Raises UsageError."""
    found = _known(text, NONE)
    return None if found == NONE else found


def wanted(texts: Iterable[str] | None, *, begun: bool = False) -> tuple[str, ...]:
    """Verdicts to filter by, `undecided` among them; each once. `begun`: the first letters are enough.

    Raises UsageError: an unknown word would just find nothing.
    """
    from store.where.keys import UNDECIDED

    return tuple(
        dict.fromkeys(UNDECIDED if _plain(text) == NONE else _known(text, UNDECIDED, begun=begun) for text in texts or ())
    )


def _plain(text: str) -> str:
    return text.strip().lower().replace("-", "_")


def _known(text: str, further: str, *, begun: bool = False) -> str:
    from engine.errors import UsageError

    plain = SPELLINGS.get(_plain(text), _plain(text))
    found = [word for word in (*VERDICTS, further) if word == plain or (begun and word.startswith(plain))]
    if len(found) != 1:
        raise UsageError(f"{text!r} is no verdict.", remedy=f"There are: {', '.join(VERDICTS)} (or fp), {further}.")
    return found[0]
