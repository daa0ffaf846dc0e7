"""Merging what colleagues said of the same evidence: nothing is lost, conflicts are told, and it can be done again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from engine.errors import UsageError
from engine.metrics.agreement import Judges, judges
from store.base import ids
from store.base.clock import now_us
from store.base.database import Database
from store.custody.journal import record
from store.custody.links import canonical
from store.custody.verdicts import judged
from store.evidence.cases import read_case, write_case
from store.narrow.record_names import PROCESS, RecordName, locate, parsed, survivors
from store.scope import rules
from store.scope.scopes import parse
from store.scope.state import current_rows
from store.verdicts.acts import Change, append
from store.verdicts.colleagues import SaidEvent, Subjects, all_events, holding
from store.verdicts.giving import Wanted, on_processes

KEEP = "INSERT INTO merged_event (case_id, digest, event) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"


@dataclass(frozen=True, slots=True)
class MergeConflict:
    """A subject that both judged, and not alike."""

    here: SaidEvent
    there: SaidEvent
    holds: SaidEvent
    """What counts by all that was said."""


@dataclass(slots=True)
class MergeReport:
    """What merging did."""

    case: str
    events: int = 0
    """What the other side said, change by change."""
    new: int = 0
    """Of these: not known here before."""
    applied: int = 0
    """Verdicts that hold now and did not before, or do not hold any more."""
    conflicts: list[MergeConflict] = field(default_factory=list)
    elsewhere: int = 0
    """Kept, and on nothing that is in the case: another ingest may bring it."""
    agreement: Judges = field(default_factory=lambda: judges(()))
    ahead: int = 0
    """Said at a time that has not come yet: a clock was wrong, and nothing said before then counts more."""
    batch: int = 0


def events_of(database: Database, case: str) -> list[SaidEvent]:
    """All that was said in a workspace of a case, its own and what was merged into it. Raises NotFound."""
    with read_case(database, case) as (connection, number):
        return list(all_events(connection, number).values())


def shared_sources(one: Database, case: str, other: Database, other_case: str) -> tuple[int, int, int]:
    """Sources of a case, of the other one, and how many are of the same content."""
    found = []
    for database, name in ((one, case), (other, other_case)):
        with read_case(database, name) as (connection, number):
            query = "SELECT sha256 FROM source WHERE case_id = ?"
            found.append(set(connection.exec_driver_sql(query, (number,)).scalars()))
    return len(found[0]), len(found[1]), len(found[0] & found[1])


def merge(database: Database, case: str, said: Iterable[SaidEvent], origin: str, author: str = "") -> MergeReport:
    """Add what somebody else said, and make hold what counts by all of it, as one act; the same again changes nothing.

    `origin`: where it came from, for the audit; `author`: who merges. Verdicts keep their own authors and times.
    """
    report = MergeReport(case)
    with write_case(database, case) as (connection, number):
        here = all_events(connection, number)
        there = {event.digest: event for event in said}
        fresh = {digest: event for digest, event in there.items() if digest not in here}
        before, others, now = holding(here.values()), holding(there.values()), holding((here | fresh).values())
        report.events, report.new = len(there), len(fresh)
        report.conflicts = list(_conflicts(before, others, now))
        report.agreement = judges([(before[one].verdict or "", others[one].verdict or "") for one in _both(before, others)])
        report.ahead = sum(event.order[0] > now_us() for event in fresh.values())
        if fresh:
            rows = [(number, digest, canonical(list(event))) for digest, event in fresh.items()]
            connection.exec_driver_sql(KEEP, rows)
        changes, report.elsewhere = _changes(connection, number, now)
        done = append(connection, number, changes, author, now_us(), "merge")
        report.batch, report.applied = done.batch, len(done.events)
        if report.new or report.applied:
            told = {
                "origin": origin, "events": report.events, "new": report.new, "applied": report.applied,
                "conflicts": len(report.conflicts), "both": report.agreement.both, "kappa": report.agreement.kappa,
            }  # fmt: skip
            record(connection, database.acting, "verdicts merged", told, case=case, who=author)
            judged(connection, database.acting, case, number, "merge", done.batch, done.events, who=author)
        database.own_acts.add(done.batch)
        connection.commit()
    return report


def _both(one: Subjects, other: Subjects) -> list[tuple[str, str]]:
    """Subjects that have a verdict on both sides."""
    judged_here, judged_there = ({key for key, event in side.items() if event.verdict is not None} for side in (one, other))
    return sorted(judged_here & judged_there)


def _conflicts(before: Subjects, others: Subjects, now: Subjects) -> Iterator[MergeConflict]:
    for key in _both(before, others):
        if before[key].verdict != others[key].verdict:
            yield MergeConflict(before[key], others[key], now[key])


def _changes(connection: Connection, case: int, now: Subjects) -> tuple[list[Change], int]:
    """What has to be written so that these hold, and how many are on nothing that is here."""
    single = {name: event for event in now.values() if (name := _process_of(event)) is not None}
    wide = [event for event in now.values() if not event.scope.startswith(PROCESS)]
    changes, lost = _of_processes(connection, case, single)
    more, gone = _of_chains(connection, case, wide)
    changes += more
    held = current_rows(connection, case, (change.place for change in changes))
    differing = []
    for change in changes:
        there = held.get(change.place)
        now_said = None if change.verdict is None else (change.verdict, change.note, change.said)
        if now_said != (None if there is None else (there.verdict, there.note, (there.author, there.at_us))):
            differing.append(change if change.verdict is not None else replace(change, said=None))
    return differing, lost + gone


def _process_of(event: SaidEvent) -> RecordName | None:
    return parsed(event.scope) if event.scope.startswith(PROCESS) else None


def _of_processes(connection: Connection, case: int, single: dict[RecordName, SaidEvent]) -> tuple[list[Change], int]:
    """One for each process: what was said of one of its records was said of it."""
    found = locate(connection, case, single)
    of = survivors(connection, found.values())
    newest: dict[int, SaidEvent] = {}
    for name, record_id in found.items():
        process = of.get(record_id)
        if process is not None and (process not in newest or single[name].order > newest[process].order):
            newest[process] = single[name]
    keys = rules.ends_of(connection, list(newest))
    changes = []
    for process, event in newest.items():
        wanted = Wanted(event.verdict, event.note)
        made = on_processes(connection, case, {process: keys.get(process, "")}, wanted, {process: ids.called(process)})
        changes += [replace(change, said=(event.author, event.at_us)) for change in made]
    return changes, sum(found.get(name) is None or of.get(found[name]) is None for name in single)


def _of_chains(connection: Connection, case: int, wide: Sequence[SaidEvent]) -> tuple[list[Change], int]:
    """A chain that is not here, and a beginning longer than its chain, can have none."""
    steps = rules.steps_of(connection, case, sorted({event.chain_key for event in wide}))
    changes = []
    for event in wide:
        scope = parse(event.scope)
        with suppress(UsageError, KeyError):
            rules.prefix_steps(steps[event.chain_key], scope)
            changes.append(Change(event.chain_key, scope, event.verdict, event.note, said=(event.author, event.at_us)))
    return changes, len(wide) - len(changes)
