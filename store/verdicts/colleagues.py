"""What somebody said of the evidence, as it is the same in every workspace; and what holds by all that was said together.

The histories of two workspaces are united as sets of events; an event is known by all that it says. What holds for a chain, a
variant or a process is what its newest event says, whoever's; of two of one microsecond that with the larger hash. So it does not
matter who merges whom, how often, or in which order. Rejected: the last merge wins (then it matters), and a vote (two who were
wrong outvote the one who looked).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection

from engine.domain.verdicts import VERDICTS
from engine.errors import UsageError
from store.base.errors import damaged
from store.base.packed import stored_json
from store.custody.links import canonical, hash_of
from store.narrow.record_names import PROCESS
from store.scope.scopes import parse

OWN = """
SELECT e.chain_key, e.scope, e.verdict, e.note, coalesce(r.author, e.author), coalesce(r.at_us, e.at_us),
    e.action, e.author, e.at_us
FROM label_event e LEFT JOIN label_event r ON r.id = e.restores WHERE e.case_id = ? AND e.action != 'merge' ORDER BY e.id
"""
MERGED = "SELECT digest, event FROM merged_event WHERE case_id = ? ORDER BY id"
SET = "set"


class SaidEvent(NamedTuple):
    """One change of a verdict, by whoever."""

    chain_key: str
    scope: str
    verdict: str | None
    note: str
    author: str
    at_us: int
    """Of the verdict; of one that an undo or redo brought back those of when it was given."""
    did: str = SET
    """set, undo, redo."""
    by: str = ""
    by_us: int = 0
    """Who undid or redid it, and when; of a verdict that was given nothing more is to be said."""

    @property
    def digest(self) -> str:
        """By what an event is known."""
        return hash_of(canonical(list(self)))

    @property
    def order(self) -> tuple[int, str]:
        """The newest holds."""
        return (self.at_us if self.did == SET else self.by_us), self.digest

    @property
    def subject(self) -> tuple[str, str]:
        """What it is on. A process is called by its record, whatever chain it ended in when it was judged."""
        return ("" if self.scope.startswith(PROCESS) else self.chain_key), self.scope


Subjects = Mapping[tuple[str, str], SaidEvent]


def holding(events: Iterable[SaidEvent]) -> dict[tuple[str, str], SaidEvent]:
    """Of each subject the event that counts; one whose verdict is None says that none holds."""
    found: dict[tuple[str, str], SaidEvent] = {}
    for event in events:
        there = found.get(event.subject)
        if there is None or event.order > there.order:
            found[event.subject] = event
    return found


def own_events(connection: Connection, case: int) -> list[SaidEvent]:
    """What was said in this workspace itself, with those that were merged into it left out."""
    found = []
    for *said, did, by, by_us in connection.exec_driver_sql(OWN, (case,)):
        event = SaidEvent(*said)
        found.append(event if did == SET else event._replace(did=did, by=by, by_us=by_us))
    return found


def merged_events(connection: Connection, case: int) -> list[SaidEvent]:
    """What colleagues said, as it was merged. Raises StoreError for a row that is not what it was."""
    found = []
    for digest, text in connection.exec_driver_sql(MERGED, (case,)):
        event = read_event(stored_json(text))
        if event is None or event.digest != digest:
            raise damaged("an event that was merged is not what it was")
        found.append(event)
    return found


def all_events(connection: Connection, case: int) -> dict[str, SaidEvent]:
    """Digest -> event, of all that is known here."""
    return {event.digest: event for event in (*own_events(connection, case), *merged_events(connection, case))}


def read_event(value: object) -> SaidEvent | None:
    """An event from a list of its fields, which may be anybody's; None for what is none."""
    if not isinstance(value, list) or len(value) != len(SaidEvent._fields):
        return None
    event = SaidEvent(*value)
    texts = (event.chain_key, event.scope, event.note, event.author, event.did, event.by)
    numbers = (event.at_us, event.by_us)
    if not all(isinstance(one, str) for one in texts) or not all(type(one) is int and 0 <= one < 2**62 for one in numbers):
        return None
    return event if event.did in (SET, "undo", "redo") and problem_of(event) == "" else None


def problem_of(event: SaidEvent) -> str:
    """Why an event cannot be of any case; "" when it can."""
    if event.verdict is not None and event.verdict not in VERDICTS:
        return f"{event.verdict!r} is no verdict"
    if not (event.chain_key or event.scope.startswith(PROCESS)):
        return "chain_id is missing"
    try:
        parse(event.scope)
    except UsageError as error:
        return error.message
    return ""
