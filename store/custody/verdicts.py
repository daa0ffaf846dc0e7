"""What the audit says of an act of verdicts: how many of which kind, on what, and a hash of every one of them.

The notes and chains themselves stand in the history of the case, which the hash is of; here only what was typed is kept.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection

from store.base.acting import Acting
from store.base.blocks import blocks
from store.custody.journal import record
from store.custody.links import canonical

HASHED = ("chain_key", "scope", "old_verdict", "verdict", "note", "author", "at_us", "about")
"""Of an event: what it says. Its numbers are other ones in another workspace."""
OF_ACT = f"SELECT {', '.join(HASHED)} FROM label_event WHERE case_id = ? AND batch = ? ORDER BY id"
NAMED = 5
"""Things that an act is on that are told one by one."""


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


def stored_digest(connection: Connection, case: int, batch: int) -> tuple[int, str]:
    """How many events of an act the history has now, and what they hash to."""
    rows = [row for block in blocks(connection, OF_ACT, (case, batch)) for row in block]
    return len(rows), digest(rows)


def _row(event: Any) -> tuple[Any, ...]:
    return tuple(getattr(event, name) for name in HASHED)


def _called(chain_key: str, scope: str) -> str:
    return f"{chain_key} {scope}".strip()
