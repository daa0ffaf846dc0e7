"""From label events to what holds: the rows of `label_current`, and the stacks of undo and redo."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from store.base.interning import in_chunks
from store.base.text import bindable
from store.schema.verdicts import LabelEvent

Place = tuple[str, str]
"""Chain key and scope: what a row of `label_current` is found by."""
KEEP = """
INSERT INTO label_current (case_id, chain_key, scope, verdict, note, author, at_us, event_id, steps)
VALUES (?, ?, CAST(? AS TEXT), ?, CAST(? AS TEXT), CAST(? AS TEXT), ?, ?, ?)
ON CONFLICT (case_id, chain_key, scope) DO UPDATE SET verdict = excluded.verdict, note = excluded.note, author = excluded.author,
at_us = excluded.at_us, event_id = excluded.event_id, steps = excluded.steps
"""
FORGET = "DELETE FROM label_current WHERE case_id = ? AND chain_key = ? AND scope = CAST(? AS TEXT)"


class Held(NamedTuple):
    """A verdict that holds."""

    chain_key: str
    scope: str
    verdict: str
    note: str
    author: str
    at_us: int
    event_id: int
    """The event whose verdict it is."""


def current_rows(connection: Connection, case: int, places: Iterable[Place]) -> dict[Place, Held]:
    """The verdicts that hold for exactly these chains and scopes, of those that have one."""
    wanted = set(places)
    query = f"SELECT {', '.join(Held._fields)} FROM label_current WHERE case_id = {int(case)} AND chain_key IN ({{}})"
    rows = map(Held._make, in_chunks(connection, query, sorted({key for key, _ in wanted})))
    return {(row.chain_key, row.scope): row for row in rows if (row.chain_key, row.scope) in wanted}


def apply(connection: Connection, case: int, now: Sequence[tuple[Place, Held | None, bytes | None]]) -> None:
    """Make these the verdicts that hold for chains and scopes (None: none any more), with the packed steps of prefixes."""
    gone = [(case, key, bindable(scope)) for (key, scope), held, _ in now if held is None]
    kept = [
        (
            case, key, bindable(scope), held.verdict, bindable(held.note), bindable(held.author), held.at_us, held.event_id,
            packed,
        )
        for (key, scope), held, packed in now if held is not None
    ]  # fmt: skip
    for statement, rows in ((FORGET, gone), (KEEP, kept)):
        cursor = connection.connection.cursor()
        cursor.executemany(statement, rows)
        cursor.close()


def stacks(connection: Connection, case: int) -> tuple[list[int], list[int]]:
    """Batches that can be undone and redone, the next one last."""
    query = (
        select(LabelEvent.batch, func.min(LabelEvent.action))
        .where(LabelEvent.case_id == case)
        .group_by(LabelEvent.batch)
        .order_by(LabelEvent.batch)
    )
    done: list[int] = []
    undone: list[int] = []
    for batch, action in connection.execute(query):
        if action in ("set", "merge"):
            done.append(batch)
            undone.clear()
        elif action == "undo":
            done.pop()
            undone.append(batch)
        else:
            undone.pop()
            done.append(batch)
    return done, undone
