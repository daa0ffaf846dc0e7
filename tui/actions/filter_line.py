"""The filter line of Triage, Tree and the command line: store/where/ with the zone and the case that it is typed in.

At module level nothing heavy: the command line's help reads EXAMPLES.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from engine.errors import UsageError
from tui.words.words import EPOCH

if TYPE_CHECKING:
    from store.base.database import Database
    from store.where.terms import Where
    from store.where.values import Offer

EXAMPLES = "host:web01  cmd:/curl|wget/  !user:root  technique:T1105  after:03-03T12:00"
DAY = 10
"""Characters of a time that names no more than a day, at most."""


def read(database: Database, case: str, line: str, zone: tzinfo = UTC) -> Where:
    """The filter that a line is in a case; times without a zone are in `zone`. Raises WhereError, NotFound for the case."""
    from store.where.matching import times_of
    from store.where.meaning import read as meant
    from store.where.terms import ALL
    from store.where.times import Times

    return meant(line, times_of(database, case, Times(zone))) if line.strip() else ALL


def words(where: Where) -> str:
    """The line that a filter is read from."""
    from store.where.meaning import words as written

    return written(where)


def unscored(database: Database, case: str, where: Where) -> str:
    """The terms, as a line, that ask for what a ranking says, where nothing of the case was ranked; "" for none.

    Raises NotFound for the case.
    """
    from store.scores.ranking import is_ranked
    from store.where.keys import KEYS
    from store.where.terms import Where as Terms

    asking = tuple(term for term in where.terms if term.key and KEYS[term.key].scored)
    return "" if not asking or is_ranked(database, case) else words(Terms(asking))


def moment(text: str, zone: tzinfo, *, end: bool = False) -> int:
    """Microseconds since 1970; `end`: of a day its last one. Raises UsageError."""
    try:
        found = datetime.fromisoformat(text)
        found = found if found.tzinfo else found.replace(tzinfo=zone)
        if end and len(text) <= DAY:
            found += timedelta(days=1, microseconds=-1)
        return (found - EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        raise UsageError(f"{text!r} is no time; write 2026-03-01 or 2026-03-01T12:30") from None


def complete(database: Database, case: str | None, line: str, zone: tzinfo = UTC) -> list[Offer]:
    """What the term at the end of the line can become; at most six. Reads all processes of the case: for a worker."""
    from store.where.values import begun, key_offers, rest, value_offers

    typed = begun(line)
    if typed is None:
        return []
    if not typed.key:
        return key_offers(typed)
    if case is None:
        return []
    try:
        others = read(database, case, rest(line, typed), zone)
    except UsageError:
        return []
    return value_offers(database, case, typed, others)
