"""Options that would change nothing beside others: refused, for nothing is ignored in silence."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from engine.errors import UsageError


def refuse(given: Mapping[str, object], way: str, but: Collection[str] = ()) -> None:
    """Raises UsageError for options that would have no effect with `way`; None and False are not given. but: those with one."""
    named = [option for option, value in given.items() if value not in (None, False) and option not in but]
    if named:
        raise UsageError(f"{', '.join(named)} would have no effect with {way}.", remedy="Leave it out.")
