"""Writing acts: label events, what holds by them, and everything that follows from it, all in one transaction.

An act may be three thousand verdicts on processes, and `u` has to take it back between two keys: everything is read and written
in blocks, never event by event.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from sqlalchemy import Connection

from engine.domain.verdicts import VERDICTS
from engine.errors import UsageError
from store.base.blocks import blocks
from store.base.dialect import highest_given
from store.base.interning import in_chunks
from store.base.text import bindables
from store.chains.lookup import chain_of
from store.models import taught
from store.narrow import resolved
from store.narrow.record_names import PROCESS, locate, parsed
from store.narrow.resolved import VARIANT, labels_of
from store.scope import rules
from store.scope.scopes import Scope, parse
from store.scope.state import Held, Place, apply, current_rows

EVENT = (
    "id", "case_id", "batch", "action", "undoes", "chain_key", "scope", "old_verdict", "old_event", "verdict", "note", "author",
    "at_us", "restores", "about",
)  # fmt: skip
TEXTS = frozenset({"scope", "note", "author", "about"})
"""Written by anybody."""
INSERT = (
    f"INSERT INTO label_event ({', '.join(EVENT)}) VALUES"
    f" ({', '.join('CAST(? AS TEXT)' if name in TEXTS else '?' for name in EVENT)})"
)
OF_BATCH = f"SELECT {', '.join(EVENT)} FROM label_event WHERE case_id = ? AND batch = ? ORDER BY id"


class Event(NamedTuple):
    """One row of `label_event`, by its columns."""

    id: int
    case_id: int
    batch: int
    action: str
    undoes: int | None
    chain_key: str
    scope: str
    old_verdict: str | None
    old_event: int | None
    verdict: str | None
    note: str
    author: str
    at_us: int
    restores: int | None
    about: str

    @property
    def place(self) -> Place:
        """What it changes."""
        return self.chain_key, self.scope


@dataclass(frozen=True, slots=True)
class Change:
    """One verdict to be given (None: taken away); see `Labels.set`."""

    key: str
    """Of the chain; of a process the one that it ends in."""
    scope: Scope
    verdict: str | None
    note: str | None
    """None keeps the note that is there."""
    about: str = ""
    """What the act is on, as people call it: "F3", "F3/2", "P1234"."""
    process: int | None = None
    """The process that the scope names, where that is known already."""
    said: tuple[str, int] | None = None
    """Author and time of a verdict that a colleague gave; None: whoever writes the act, now."""

    @property
    def place(self) -> Place:
        """What it would replace."""
        return self.key, self.scope.text


@dataclass(frozen=True, slots=True)
class Appended:
    """One act (of one verdict or many) as it was written to the history."""

    batch: int
    """0 when nothing was changed."""
    notes: int
    """Notes that another one replaced, or that went with their verdict."""
    events: Sequence[Event] = ()


def append(
    connection: Connection, case: int, changes: Sequence[Change], author: str, at_us: int, action: str = "set"
) -> Appended:
    """Write one act. Needs a write transaction. Raises NotFound for an unknown chain, UsageError for what is no verdict or a
    beginning longer than its chain.
    """
    changes = _as_given(connection, case, changes)
    packed = _checked(connection, case, changes)
    before = current_rows(connection, case, (change.place for change in changes))
    batch, number, notes = _next(connection, "batch"), _next(connection, "id"), 0
    events: list[Event] = []
    for change in {change.place: change for change in changes}.values():
        held = before.get(change.place)
        kept = held.note if held is not None and change.verdict is not None else ""
        note = kept if change.note is None else change.note
        whose = change.said or (author, at_us)
        if _said_already(held, change, note):
            continue
        notes += bool(held is not None and held.note and held.note != note)
        events.append(
            Event(
                number + len(events), case, batch, action, None, change.key, change.scope.text, held and held.verdict,
                held and held.event_id, change.verdict, note, *whose, None, change.about,
            )
        )  # fmt: skip
    if not events:
        return Appended(0, 0)
    _insert(connection, events)
    now = [(event.place, _held(event, event.id), packed.get(event.place)) for event in events]
    _settle(connection, case, now, {change.scope.text: change.process for change in changes if change.process is not None})
    return Appended(batch, notes, events)


def reverse(connection: Connection, case: int, target: int, action: str, author: str, at_us: int) -> tuple[Event, ...]:
    """Write the inverse of an act: what held before each of its events holds again. Needs a write transaction."""
    events = [Event(*row) for rows in blocks(connection, OF_BATCH, (case, target)) for row in rows][::-1]
    query = f"SELECT {', '.join(EVENT)} FROM label_event WHERE id IN ({{}})"
    olds = [event.old_event for event in events if event.old_event is not None]
    restored = {row[0]: Event(*row) for row in in_chunks(connection, query, olds)}
    before = current_rows(connection, case, (event.place for event in events))
    batch, number = _next(connection, "batch"), _next(connection, "id")
    inverse: list[Event] = []
    now: list[tuple[Place, Held | None, bytes | None]] = []
    steps = rules.steps_of(connection, case, [event.chain_key for event in events if event.scope.startswith("prefix:")])
    for event in events:
        place = event.place
        held = before.get(place)
        again = None if event.old_event is None else restored[event.old_event]
        inverse.append(
            Event(
                number + len(inverse), case, batch, action, target, event.chain_key, event.scope, held and held.verdict,
                held and held.event_id, again and again.verdict, again.note if again else "", author, at_us, again and again.id,
                event.about,
            )
        )  # fmt: skip
        now.append((place, None if again is None else _held(again, again.id), _prefix(steps, place)))
    _insert(connection, inverse)
    # What holds now is resolved, and to be found without the records.
    owned = "SELECT event_id, process_id FROM process_verdict WHERE case_id = ? AND own = 1"
    of_event = {row[0]: row[1] for row in connection.exec_driver_sql(owned, (case,))}
    known = {scope: of_event[held.event_id] for (_, scope), held in before.items() if held.event_id in of_event}
    _settle(connection, case, now, known)
    return tuple(inverse)


def _said_already(held: Held | None, change: Change, note: str) -> bool:
    """Whether a change is none. Of a colleague's verdict it is news too who gave it when."""
    if held is None:
        return change.verdict is None
    return (held.verdict, held.note) == (change.verdict, note) and change.said in (None, (held.author, held.at_us))


def _held(event: Event, holds: int) -> Held | None:
    if event.verdict is None:
        return None
    return Held(event.chain_key, event.scope, event.verdict, event.note, event.author, event.at_us, holds)


def _prefix(steps: dict[str, bytes], place: Place) -> bytes | None:
    """The packed first steps of a prefix; None for other scopes, and where the chain is gone."""
    key, scope = place
    return rules.prefix_steps(steps[key], parse(scope)) if key in steps and scope.startswith("prefix:") else None


def _checked(connection: Connection, case: int, changes: Sequence[Change]) -> dict[Place, bytes | None]:
    """The packed steps of prefixes, by what is changed."""
    for verdict in {change.verdict for change in changes} - {None, *VERDICTS}:
        raise UsageError(f"{verdict!r} is no verdict.", remedy=f"There are: {', '.join(VERDICTS)}.")
    whole = [change for change in changes if change.scope.process is None]
    steps = rules.steps_of(connection, case, [change.key for change in whole])
    for change in whole:
        if change.key not in steps:
            chain_of(connection, case, change.key)
    return {change.place: rules.prefix_steps(steps[change.key], change.scope) for change in whole}


def _as_given(connection: Connection, case: int, changes: Sequence[Change]) -> Sequence[Change]:
    """Under the chain that a process had when it was first given a verdict, so that it has one whatever its chain is now."""
    held = labels_of(connection, case, [change.scope.text for change in changes if change.scope.process is not None])
    return [replace(change, key=held[change.scope.text][0][0]) if change.scope.text in held else change for change in changes]


def _insert(connection: Connection, events: Sequence[Event]) -> None:
    columns = zip(EVENT, zip(*events, strict=True), strict=True)
    bound = [bindables(column) if name in TEXTS else column for name, column in columns]
    cursor = connection.connection.cursor()
    cursor.executemany(INSERT, list(zip(*bound, strict=True)))
    cursor.close()


def _settle(
    connection: Connection, case: int, now: Sequence[tuple[Place, Held | None, bytes | None]], known: Mapping[str, int]
) -> None:
    """What follows from other verdicts: those that hold, the processes that they are on (`known`: by scope), the classifiers that
    they taught.
    """
    apply(connection, case, now)
    places = [place for place, _, _ in now]
    variants = [(key, int(scope.removeprefix(VARIANT), 16)) for key, scope in places if scope.startswith(VARIANT)]
    unknown = [scope for _, scope in places if scope.startswith(PROCESS) and scope not in known]
    called = [name for scope in unknown if (name := parsed(scope)) is not None]
    processes = [*known.values(), *locate(connection, case, called).values()]
    resolved.refresh(connection, case, processes, variants)
    # Of processes also the chains that they end in now, which may be others than when they were given their verdicts.
    keys = {key for key, _ in places} | set(rules.ends_of(connection, processes).values())
    wide = any(scope.startswith("prefix:") for _, scope in places)
    taught.verdicts_changed(connection, case, sorted(keys), wide=wide)


def _next(connection: Connection, column: str) -> int:
    highest = int(connection.exec_driver_sql(f"SELECT coalesce(max({column}), 0) FROM label_event").scalar_one())
    if column == "id":  # numbers of a case that was removed are not given out again
        highest = max(highest, highest_given(connection, "label_event"))
    return highest + 1
