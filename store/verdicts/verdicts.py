"""Verdicts: append-only events, what holds now, undo and redo across restarts.

An act (one verdict, several marked chains, an import) is a batch. Undo appends the inverse of the newest act that holds,
redo that of the newest undo; a new verdict ends what could be redone, as in any editor. Which acts those are is found
by replaying the batches, so nothing but the events has to survive a restart. One undoes one's own acts: where the newest is
another author's, nothing is changed. To reach behind it for one's own was rejected: what the other decided may rest on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from engine.classifier.trust import Said
from engine.domain.verdicts import VERDICTS
from engine.errors import NotYours, UsageError
from store.base.clock import now_us
from store.base.database import Topic
from store.base.views import Coverage, LabelEventView, LabelView
from store.chains.lookup import chain_of
from store.evidence.cases import host_id, read_case, write_case
from store.models import taught
from store.queue.covered import covered
from store.queue.filter import LABELLED, compiled
from store.schema.verdicts import LabelCurrent, LabelEvent
from store.scope import rules
from store.scope.scopes import CHAIN, Scope
from store.scope.state import apply, current_row, stacks
from store.scores.ranking import Ranking
from store.verdicts import extent as label_extent
from store.verdicts.extent import Extent, Given

Change = tuple[str, Scope, str | None, str | None]
"""Chain key, scope, verdict, note; see `Labels.set`."""


class Labels(Topic):
    """Verdicts by case and chain key."""

    def coverage(self, case: str, chain_key: str, scope: Scope = CHAIN) -> Coverage:
        """What a verdict would cover, before it is taken."""
        with read_case(self._database, case) as (connection, number):
            return rules.coverage(connection, number, chain_of(connection, number, chain_key), scope)

    def set(
        self,
        case: str,
        chain_keys: Sequence[str],
        verdict: str | None,
        *,
        scope: Scope = CHAIN,
        note: str | None = "",
        author: str = "",
    ) -> int:
        """Give chains a verdict (None takes it away) as one act. Returns the number of the batch, 0 when nothing changes.

        `note` None keeps the note that each chain has.

        Raises NotFound for an unknown chain or host and UsageError for an unknown verdict; then nothing is changed.
        """
        changes = [(key, scope, verdict, note) for key in dict.fromkeys(chain_keys)]
        with write_case(self._database, case) as (connection, number):
            if scope.host is not None:
                host_id(connection, number, scope.host)  # a typing error would cover nothing, silently
            done = append(connection, number, changes, author)
            connection.commit()
        return done.batch

    def extent(self, case: str, chain_keys: Sequence[str], scope: Scope = CHAIN) -> Extent:
        """What a verdict on chains (on one chain, with a scope of its own) would extend to, before it is taken."""
        with read_case(self._database, case) as (connection, number):
            return _extent(connection, number, chain_keys, scope)

    def give(
        self, case: str, chain_keys: Sequence[str], verdict: str | None, *, scope: Scope = CHAIN, note: str | None = None,
        author: str = "", above: bool = False, overwrite: bool = False,
    ) -> Given:  # fmt: skip
        """As `set`, but decided chains are left as they are unless `overwrite` says otherwise, whatever was decided meanwhile.

        `above`: only to the chains above the threshold, also of those that begin alike: each of them gets a verdict of its own.
        Without it what begins alike gets one verdict, and `overwrite` also replaces those that would count more. Taking verdicts
        away (None) leaves the undecided as they are, of course.
        """
        with write_case(self._database, case) as (connection, number):
            if scope.host is not None:
                host_id(connection, number, scope.host)
            extent = _extent(connection, number, chain_keys, scope)
            wide = scope.prefix is not None and not above
            chosen = extent.part(above=above, overwrite=overwrite or verdict is None)
            skipped = [] if overwrite or verdict is None else [one.key for one in extent.chains if one.verdict is not None]
            if wide:
                changes: list[Change] = [(chain_keys[0], scope, verdict, note)]
                changes += [(one.key, CHAIN, verdict, note) for one in extent.chains if overwrite and one.verdict is not None]
            else:
                own = CHAIN if scope.prefix is not None else scope
                chosen = tuple(one for one in chosen if verdict is not None or one.verdict is not None)
                changes = [(one.key, own, verdict, note) for one in chosen]
            done = append(connection, number, changes, author)
            connection.commit()
        covers = covered(self._database, [one.chain_id for one in chosen])
        return Given(done.batch, tuple(one.key for one in chosen), tuple(skipped), covers, done.notes)

    def undo(self, case: str, author: str = "") -> tuple[LabelEventView, ...]:
        """Take back the newest act that holds. Returns the events that did it, () when there is nothing to undo.

        Raises NotYours when that act is another author's; then nothing is changed.
        """
        return self._reverse(case, "undo", author)

    def redo(self, case: str, author: str = "") -> tuple[LabelEventView, ...]:
        """Take back the newest undo that nothing came after. Raises NotYours as `undo` does."""
        return self._reverse(case, "redo", author)

    def current(self, case: str) -> tuple[LabelView, ...]:
        """Every verdict that holds, oldest first."""
        with read_case(self._database, case) as (connection, number):
            query = select(LabelCurrent.__table__).where(LabelCurrent.case_id == number).order_by(LabelCurrent.event_id)
            return tuple(rules.view(row) for row in connection.execute(query))

    def effective(self, case: str) -> dict[str, Said]:
        """Chain key -> the verdict that counts, of every chain of the queue that has one. Raises NotFound without scores."""
        with read_case(self._database, case) as (connection, number):
            clause = compiled(Ranking.of(connection, number), LABELLED)
            said = f"{rules.EFFECTIVE}, s.member_of, {rules.ACT}"
            query = f"SELECT c.key, {said} FROM {clause.source} WHERE {clause.where}"
            return {row[0]: Said(*row[1:]) for row in connection.exec_driver_sql(query, clause.parameters)}

    def of_chain(self, case: str, chain_key: str, host: str | None = None) -> LabelView | None:
        """The verdict that counts for a chain (on a host): host's, chain's, longest prefix's.

        Without `host`, a verdict on one host counts when the chain occurs on no other, as in the queue.
        """
        with read_case(self._database, case) as (connection, number):
            chain_of(connection, number, chain_key)
            return rules.effective(connection, number, chain_key, host)

    def all_of_chain(self, case: str, chain_key: str) -> tuple[LabelView, ...]:
        """Every verdict that covers a chain, or it on some host: hosts', the chain's, prefixes' from the longest."""
        with read_case(self._database, case) as (connection, number):
            chain_of(connection, number, chain_key)
            return rules.concerning(connection, number, chain_key)

    def history(self, case: str, after: int = 0, limit: int = 256) -> tuple[LabelEventView, ...]:
        """A page of events with ids above `after`, oldest first."""
        with read_case(self._database, case) as (connection, number):
            query = (
                select(LabelEvent.__table__)
                .where(LabelEvent.case_id == number, LabelEvent.id > after)
                .order_by(LabelEvent.id)
                .limit(limit)
            )
            return tuple(event_view(row) for row in connection.execute(query))

    def _reverse(self, case: str, action: str, author: str) -> tuple[LabelEventView, ...]:
        with write_case(self._database, case) as (connection, number):
            done, undone = stacks(connection, number)
            stack = done if action == "undo" else undone
            if not stack:
                return ()
            _require_own(connection, stack[-1], action, author)
            batch = _append_inverse(connection, number, stack[-1], action, author)
            connection.commit()
            query = select(LabelEvent.__table__).where(LabelEvent.batch == batch).order_by(LabelEvent.id)
            return tuple(event_view(row) for row in connection.execute(query))


def _extent(connection: Connection, case: int, keys: Sequence[str], scope: Scope) -> Extent:
    if scope.prefix is None:
        return label_extent.of_chains(connection, case, keys)
    if len(keys) != 1:
        raise UsageError("Only one chain can say what others begin with.")
    return label_extent.of_scope(connection, case, chain_of(connection, case, keys[0]), scope)


@dataclass(frozen=True, slots=True)
class Appended:
    """One act (of one verdict or many) as it was written to the history."""

    batch: int
    """0 when nothing was changed."""
    notes: int
    """Notes that another one replaced, or that went with their verdict."""


def append(connection: Connection, case: int, changes: Sequence[Change], author: str) -> Appended:
    """One act of (chain key, scope, verdict, note). Needs a write transaction; see `Labels.set`."""
    batch, notes = _next_batch(connection), 0
    changed: list[str] = []
    for key, scope, verdict, wanted_note in changes:
        if verdict is not None and verdict not in VERDICTS:
            raise UsageError(f"{verdict!r} is no verdict.", remedy=f"There are: {', '.join(VERDICTS)}.")
        _, steps = chain_of(connection, case, key)
        packed = rules.prefix_steps(steps, scope)
        before = current_row(connection, case, key, scope.text)
        kept = before.note if before is not None and verdict is not None else ""
        note = kept if wanted_note is None else wanted_note
        if (before is None and verdict is None) or (before is not None and (before.verdict, before.note) == (verdict, note)):
            continue
        notes += bool(before is not None and before.note and before.note != note)
        event = {
            "case_id": case, "batch": batch, "action": "set", "undoes": None, "chain_key": key, "scope": scope.text,
            "old_verdict": before and before.verdict, "old_event": before and before.event_id, "verdict": verdict,
            "note": note, "author": author, "at_us": now_us(), "restores": None,
        }  # fmt: skip
        number = connection.execute(insert(LabelEvent).values(event).returning(LabelEvent.id)).scalar_one()
        apply(connection, event, number, packed)
        changed.append(key)
    if not changed:
        return Appended(0, 0)
    taught.verdicts_changed(connection, case, changed, wide=any(scope.prefix is not None for _, scope, *_ in changes))
    return Appended(batch, notes)


def _append_inverse(connection: Connection, case: int, target: int, action: str, author: str) -> int:
    batch = _next_batch(connection)
    query = select(LabelEvent.__table__).where(LabelEvent.batch == target).order_by(LabelEvent.id.desc())
    events = connection.execute(query).all()
    for event in events:
        restored = None
        if event.old_event is not None:
            restored = connection.execute(select(LabelEvent.__table__).where(LabelEvent.id == event.old_event)).one()
        before = current_row(connection, case, event.chain_key, event.scope)
        inverse = {
            "case_id": case, "batch": batch, "action": action, "undoes": target, "chain_key": event.chain_key,
            "scope": event.scope, "old_verdict": before and before.verdict, "old_event": before and before.event_id,
            "verdict": restored and restored.verdict, "note": restored.note if restored else "", "author": author,
            "at_us": now_us(), "restores": restored and restored.id,
        }  # fmt: skip
        connection.execute(insert(LabelEvent).values(inverse))
        holds = None if restored is None else {**inverse, "author": restored.author, "at_us": restored.at_us}
        packed = rules.stored_prefix(connection, case, event.chain_key, event.scope)
        apply(connection, holds or inverse, restored.id if restored else 0, packed)
    wide = any(event.scope.startswith("prefix:") for event in events)
    taught.verdicts_changed(connection, case, [event.chain_key for event in events], wide=wide)
    return batch


def _require_own(connection: Connection, batch: int, action: str, author: str) -> None:
    """Raises NotYours when an act is another's."""
    query = select(LabelEvent.author, LabelEvent.at_us).where(LabelEvent.batch == batch).order_by(LabelEvent.id).limit(1)
    whose, at_us = connection.execute(query).one()
    if whose == author:
        return
    what = "verdict" if action == "undo" else "undo"
    at = datetime.fromtimestamp(at_us / 1e6, tz=UTC)
    raise NotYours(
        f"The latest {what} is {whose or 'nobody'}'s ({at:%Y-%m-%d %H:%M:%S}Z), not {author or 'nobody'}'s: nothing was changed.",
        remedy="A verdict of your own on the same chain counts instead of theirs.",
    )


def _next_batch(connection: Connection) -> int:
    return int(connection.execute(select(func.coalesce(func.max(LabelEvent.batch), 0))).scalar_one()) + 1


def event_view(row: Any) -> LabelEventView:
    """An event as it leaves the store."""
    return LabelEventView(
        row.id, row.batch, row.action, row.undoes, row.chain_key, row.scope, row.old_verdict, row.verdict, row.note,
        row.author, row.at_us,
    )  # fmt: skip
