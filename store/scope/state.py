"""From label events to what holds: the rows of `label_current`, and the stacks of undo and redo."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from store.schema.verdicts import LabelCurrent, LabelEvent


def current_row(connection: Connection, case: int, key: str, scope: str) -> Any:
    """The row that holds for exactly this chain and scope, or None."""
    return connection.execute(
        select(LabelCurrent.__table__).where(
            LabelCurrent.case_id == case, LabelCurrent.chain_key == key, LabelCurrent.scope == scope
        )
    ).one_or_none()


def apply(connection: Connection, event: dict[str, Any], holds: int, packed: bytes | None) -> None:
    """Make `event` the current state of its chain and scope; `holds` is the event whose verdict it is."""
    place = {"case_id": event["case_id"], "chain_key": event["chain_key"], "scope": event["scope"]}
    if event["verdict"] is None:
        here = [getattr(LabelCurrent, name) == value for name, value in place.items()]
        connection.execute(delete(LabelCurrent).where(*here))
        return
    values = {name: event[name] for name in ("verdict", "note", "author", "at_us")} | {"event_id": holds, "steps": packed}
    connection.execute(
        insert(LabelCurrent)
        .values(**place, **values)
        .on_conflict_do_update(index_elements=["case_id", "chain_key", "scope"], set_=values)
    )


def stacks(connection: Connection, case: int) -> tuple[list[int], list[int]]:
    """Batches that can be undone and redone, the next one last."""
    query = (
        select(LabelEvent.batch, LabelEvent.action)
        .where(LabelEvent.case_id == case)
        .group_by(LabelEvent.batch)
        .order_by(LabelEvent.batch)
    )
    done: list[int] = []
    undone: list[int] = []
    for batch, action in connection.execute(query):
        if action == "set":
            done.append(batch)
            undone.clear()
        elif action == "undo":
            done.pop()
            undone.append(batch)
        else:
            undone.pop()
            done.append(batch)
    return done, undone
