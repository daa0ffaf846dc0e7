"""What the user means when a name is left out or shortened: the case, the chain."""

from __future__ import annotations

import getpass
import re
from typing import TYPE_CHECKING

from engine.errors import NotFound, UsageError
from tui.session import Session

if TYPE_CHECKING:
    from store.views import ChainView

RANK = re.compile(r"#?(\d{1,7})\Z")
"""A rank of the queue; the 32 hex digits of a chain's key are never shortened to so few decimal digits on screen."""
SHORT_KEY = 10
"""Digits of a key that are shown: a million chains share none of them by accident."""


def choose_case(session: Session, name: str | None) -> str:
    """The named case, which must exist, or the newest one; says which when there were several to choose from."""
    cases = session.workspace.cases.list()
    if not cases:
        raise UsageError("There is no case yet.", remedy="Start with: oddkin ingest PATH --case NAME   (or: oddkin demo)")
    if name is None:
        if len(cases) > 1:
            session.out.say(f"Case {cases[0].name} (the newest of {len(cases)}; choose with --case)")
        return cases[0].name
    if name not in {case.name for case in cases}:
        known = ", ".join(case.name for case in cases[:10])
        raise NotFound(f"There is no case {name!r}.", remedy=f"There are: {known}.")
    return name


def choose_chain(session: Session, case: str, reference: str) -> ChainView:
    """A chain by its rank in the queue (3 or #3) or by the first digits of its key."""
    rank = RANK.match(reference.strip())
    if rank is None:
        return session.workspace.chains.find(case, reference)
    number = int(rank.group(1))
    rows = session.workspace.queue.page(case, after=number - 1, limit=1)
    if not rows or rows[0].rank != number:
        raise NotFound(f"The queue of case {case} has no rank {number}.", remedy="See: oddkin rank")
    return session.workspace.chains.find(case, rows[0].key)


def author_name() -> str:
    """Who gives a verdict: the login name, "" where the system does not tell."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
