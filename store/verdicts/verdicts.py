"""Verdicts: append-only events, what holds now, undo and redo across restarts.

An act (one verdict, several marked chains, an import) is a batch. Undo appends the inverse of the newest act that holds,
redo that of the newest undo; a new verdict ends what could be redone, as in any editor. Which acts those are is found
by replaying the batches, so nothing but the events has to survive a restart. One undoes one's own acts: where the newest is
another author's, nothing is changed. To reach behind it for one's own was rejected: what the other decided may rest on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select

from engine.classifier.trust import Said
from engine.errors import NotYours, UsageError
from store.base import ids
from store.base.clock import now_us
from store.base.database import Topic
from store.base.views import LabelEventView, LabelView
from store.chains.lookup import chain_of
from store.custody.verdicts import judged
from store.evidence.cases import host_id, read_case, write_case
from store.queue.filter import LABELLED, compiled
from store.schema.verdicts import LabelCurrent, LabelEvent
from store.scope import rules
from store.scope.scopes import CHAIN, Scope, parse
from store.scope.state import stacks
from store.scores.ranking import Ranking
from store.verdicts.acts import Appended, Change, append, reverse
from store.verdicts.covers import Covering
from store.verdicts.extent import Extent, Given
from store.verdicts.giving import Giving, Wanted
from store.verdicts.subject import OfChain, Subject


class Labels(Topic):
    """Verdicts by case and what they are on."""

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
        changes = [Change(key, scope, verdict, note) for key in dict.fromkeys(chain_keys)]
        with write_case(self._database, case) as (connection, number):
            if scope.host is not None:
                host_id(connection, number, scope.host)  # a typing error would cover nothing, silently
            done = append(connection, number, changes, author, now_us())
            self._keep(connection, case, number, done)
            connection.commit()
        return done.batch

    def _keep(self, connection: Connection, case: str, number: int, done: Appended) -> None:
        """What goes with an act that was written."""
        self._database.own_acts.add(done.batch)
        judged(connection, self._database.acting, case, number, "set", done.batch, done.events)

    def extent(self, case: str, on: Subject) -> Extent:
        """What a verdict on a subject would extend to, before it is taken.

        Raises NotFound for what is not there, StoreError for a finding of a scoring that is not in use any more.
        """
        with read_case(self._database, case) as (connection, number):
            covering = Covering(connection, number)
            parts = covering.of(on)
            return replace(covering.extent(parts), authors=covering.authors(parts))

    def give(
        self, case: str, on: Subject, verdict: str | None, *, note: str | None = None, author: str = "", above: bool = False,
        overwrite: bool = False,
    ) -> Given:  # fmt: skip
        """Give what is displayed a verdict (None takes it away), as one act.

        What is decided keeps its verdict unless `overwrite` says otherwise, whatever was decided meanwhile; `Given.left` tells of
        it. `above`: only to processes above the threshold, each by itself. On a branch, an incident or a finding each process
        that it covers gets a verdict of its own; on a chain or a variant it is on the chain or the variant, and covers what comes
        later too. `note` None keeps the note that is there.

        Raises NotFound for what is not there, StoreError for a finding of a scoring that is not in use any more, UsageError for
        what is no verdict; then nothing is changed.
        """
        wanted = Wanted(verdict, note, above, overwrite)
        with write_case(self._database, case) as (connection, number):
            covering = Covering(connection, number)
            plan = Giving(connection, number, covering, wanted).plan(covering.of(on))
            done = append(connection, number, plan.changes, author, now_us())
            self._keep(connection, case, number, done)
            connection.commit()
        return Given(done.batch, covers=plan.covers.coverage, notes=done.notes, left=plan.left)

    def note(self, case: str, on: Subject, text: str, author: str = "") -> int:
        """Write a note to every verdict that counts for what a subject covers, as one act: to those that its processes have by
        themselves or by their variants, else to that on their chain. Returns the number of the batch, 0 when nothing changes.

        Raises as `extent` does, and UsageError where nothing is decided.
        """
        with write_case(self._database, case) as (connection, number):
            labels = self._deciding(connection, number, on)
            if not labels:
                raise UsageError(
                    "A note goes with a verdict, and this has none.", remedy="Give it one first: undetermined is one too."
                )
            changes = [
                Change(label.chain_key, parse(label.scope), label.verdict, text, "" if at is None else ids.called(at), at)
                for label, at in labels
            ]
            done = append(connection, number, changes, author, now_us())
            self._keep(connection, case, number, done)
            connection.commit()
        return done.batch

    def all_notes(self, case: str) -> tuple[str, ...]:
        """The note of every verdict that holds and has one. Raises NotFound."""
        with read_case(self._database, case) as (connection, number):
            query = "SELECT note FROM label_current WHERE case_id = ? AND note != ''"
            return tuple(connection.exec_driver_sql(query, (number,)).scalars())

    def notes_of(self, case: str, on: Subject) -> tuple[str, ...]:
        """The notes of the verdicts that count for what a subject covers, each once, "" for one without; () where none does."""
        with read_case(self._database, case) as (connection, number):
            return tuple(sorted({label.note for label, _ in self._deciding(connection, number, on)}))

    @staticmethod
    def _deciding(connection: Connection, case: int, on: Subject) -> list[tuple[LabelView, int | None]]:
        """The labels that count for what a subject covers, each with the process that it is on, where it is on one."""
        found: dict[tuple[str, str], tuple[LabelView, int | None]] = {}
        for part in Covering(connection, case).of(on):
            if part.members is None and isinstance(part.one, OfChain):
                told = list(rules.deciding(connection, case, part.one.chain_key))
            else:
                each = rules.of_each(connection, case, [one.id for one in part.members or () if one.verdict is not None])
                told = [(label, process if parse(label.scope).process is not None else None) for process, label in each.items()]
            found.update({(label.chain_key, label.scope): (label, at) for label, at in told})
        return list(found.values())

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

    def of_processes(self, case: str, processes: Sequence[int]) -> dict[int, LabelView]:
        """Process -> the verdict that counts for it, of those that have one: its own, its variant's, else that on its chain."""
        with read_case(self._database, case) as (connection, number):
            return rules.of_each(connection, number, processes)

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
            events = reverse(connection, number, stack[-1], action, author, now_us())
            self._database.own_acts.update(event.batch for event in events)
            judged(connection, self._database.acting, case, number, action, events[0].batch if events else 0, events)
            connection.commit()
            return tuple(event_view(event) for event in events)


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


def event_view(row: Any) -> LabelEventView:
    """An event as it leaves the store."""
    return LabelEventView(
        row.id, row.batch, row.action, row.undoes, row.chain_key, row.scope, row.old_verdict, row.verdict, row.note,
        row.author, row.at_us, row.about,
    )  # fmt: skip
