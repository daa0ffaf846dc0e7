"""What the audit says of an act of verdicts: how many of which kind, on what, and a hash of every one of them.

The notes and chains themselves stand in the history of the case, which the hash is of; here only what was typed is kept.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection

from store.base.acting import Acting
from store.base.blocks import blocks
from store.custody.journal import record
from store.custody.links import canonical

HASHED = ("chain_key", "scope", "old_verdict", "verdict", "note", "author", "at_us", "about")
"""Of an event: what it says. Its numbers are other ones in another workspace."""
EVENTS = f"SELECT case_id, batch, id, {', '.join(HASHED)} FROM label_event ORDER BY case_id, batch, id"
NAMED = 5
"""Things that an act is on that are told one by one."""


class StoredAct(NamedTuple):
    """One act as the history has it."""

    rows: int
    sha256: str
    first: int
    """The number of its first event."""


def judged(
    connection: Connection, acting: Acting, case: str, number: int, did: str, batch: int, events: Sequence[Any], who: str = ""
) -> None:
    """An act was written; `did`: set, undo, redo, import, merge. Nothing is told of one that changed nothing.
    `who`: of verdicts that others gave, who merged them.
    """
    if not events:
        return
    on = list(dict.fromkeys(event.about or _called(event.chain_key, event.scope) for event in events))
    verdicts = Counter(event.verdict or "none" for event in events)
    told = {
        "id": number, "did": did, "batch": batch, "verdicts": verdicts, "on": on[:NAMED], "more": max(len(on) - NAMED, 0),
        "rows": len(events), "sha256": digest(_row(event) for event in events),
    }  # fmt: skip
    record(connection, acting, "verdicts given", told, case=case, who=who or events[0].author)


def digest(rows: Iterable[Sequence[Any]]) -> str:
    """SHA-256 over events, a line of canonical JSON for each."""
    found = hashlib.sha256()
    for row in rows:
        found.update(canonical(list(row)).encode("ascii") + b"\n")
    return found.hexdigest()


def stored_acts(connection: Connection) -> dict[tuple[int, int], StoredAct]:
    """(Case, act) -> what the history has of it now. One pass over all events, none of which is kept."""
    every = (row for block in blocks(connection, EVENTS) for row in block)
    found = {}
    for act, rows in groupby(every, key=itemgetter(0, 1)):
        counted = _Counting(rows)
        hashed = digest(row[3:] for row in counted)
        found[act] = StoredAct(counted.rows, hashed, counted.first)
    return found


class _Counting:
    """Rows that are counted while they are read."""

    def __init__(self, rows: Iterable[Sequence[Any]]) -> None:
        self._rows = rows
        self.rows = self.first = 0

    def __iter__(self) -> Iterator[Sequence[Any]]:
        for row in self._rows:
            self.first = self.first or row[2]
            self.rows += 1
            yield row


def _row(event: Any) -> tuple[Any, ...]:
    return tuple(getattr(event, name) for name in HASHED)


def _called(chain_key: str, scope: str) -> str:
    return f"{chain_key} {scope}".strip()
