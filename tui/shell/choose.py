"""What the user means when a name is left out or shortened: the case, the chain."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from engine.errors import NotFound, UsageError
from engine.untrusted import visible
from tui.shell.session import Session

if TYPE_CHECKING:
    from store.base.views import ChainRecord, QueueRow

RANK = re.compile(r"#?(\d{1,7})\Z")
"""A rank of the queue."""
FINDING = re.compile(r"[Ff](\d{1,7})\Z")
"""A finding by its number. With four digits and more it may as well begin a key."""
KEY = re.compile(r"\d{4,32}\Z")
"""Decimal digits that may as well begin a key: about one key in 40 begins with four of them."""
MIN_PREFIX = 4
"""Fewest digits of a key."""


def choose_case(session: Session, name: str | None, *, to_change: bool = False, rehearsed: bool = False) -> str:
    """The named case, which must exist, or the newest one; says which when there were several to choose from.

    `to_change`: a verdict in the wrong case is worse than a question, so with several cases one must be named (UsageError);
    and what cannot be written is refused before anything is worked out (StoreError), unless the act is only `rehearsed`.
    """
    if to_change and not rehearsed:
        session.workspace.check_writable()
    cases = session.workspace.cases.list()
    if not cases:
        raise UsageError("There is no case yet.", remedy="Start with: oddkin ingest PATH --case NAME   (or: oddkin demo)")
    known = ", ".join(visible(case.name) for case in cases[:10]) + (" …" if len(cases) > 10 else "")
    if name is None:
        if len(cases) > 1 and to_change:
            raise UsageError("There are several cases.", remedy=f"Choose with --case: {known}.")
        if len(cases) > 1:
            session.out.say(f"Case {visible(cases[0].name)} (the newest of {len(cases)}; choose with --case)")
        return cases[0].name
    if name not in {case.name for case in cases}:
        raise NotFound(f"There is no case {name!r}.", remedy=f"There are: {known}.")
    return name


def choose_chain(session: Session, case: str, reference: str) -> ChainRecord:
    """A chain by its rank in the queue (3 or #3) or by the first digits of its key; of a finding (F3) the best one."""
    reference = reference.strip()
    finding = choose_finding(session, case, reference)
    if finding is not None:
        return session.workspace.chains.find(case, finding.key)
    rank = RANK.match(reference)
    if rank is None:
        return session.workspace.chains.find(case, reference)
    try:
        return _at_rank(session, case, int(rank.group(1)))
    except NotFound:
        found = _by_key(session, case, reference) if KEY.match(reference) else None
        if found is None:
            raise
    session.out.say(f"There is no rank {reference}; this is the chain whose id begins with {reference}.")
    return found


def choose_finding(session: Session, case: str, reference: str) -> QueueRow | None:
    """The finding that F3 means, as its best chain's row; None for what means a chain. Raises NotFound for F3 without one."""
    named = FINDING.match(reference.strip())
    if named is None:
        return None
    try:
        return session.workspace.findings.get(case, int(named.group(1)))
    except NotFound:
        if len(named.group(1)) < MIN_PREFIX - 1 or _by_key(session, case, reference.strip()) is None:
            raise
        return None


def _by_key(session: Session, case: str, reference: str) -> ChainRecord | None:
    try:
        return session.workspace.chains.find(case, reference)
    except NotFound:
        return None


def _at_rank(session: Session, case: str, number: int) -> ChainRecord:
    rows = session.workspace.queue.page(case, after=number - 1, limit=1) if number else ()
    if not rows or rows[0].rank != number:
        raise NotFound(f"The queue of case {visible(case)} has no rank {number}.", remedy="See: oddkin rank")
    return session.workspace.chains.find(case, rows[0].key)
