"""Moving verdicts between workspaces: rows out, rows in with a report on each that could not be taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from engine.domain.verdicts import VERDICTS
from engine.errors import NotFound, UsageError
from store.base import ids
from store.base.clock import now_us
from store.base.database import Database
from store.base.packed import unpack_steps
from store.chains.lookup import step_texts
from store.custody.verdicts import judged
from store.evidence.cases import read_case, write_case
from store.narrow.record_names import PROCESS, RecordName, locate, parsed, survivors
from store.schema.chains import Chain
from store.schema.verdicts import LabelCurrent
from store.scope.rules import ends_of, prefix_steps
from store.scope.scopes import parse
from store.scope.state import Place, current_rows
from store.verdicts.acts import Change, append
from store.verdicts.giving import Wanted, on_processes

COLUMNS = ("chain_id", "scope", "verdict", "note", "labelled_by", "labelled_at_us", "chain")


@dataclass(slots=True)
class ImportReport:
    """What became of each row; rows are counted from 1."""

    applied: int = 0
    unchanged: int = 0
    conflicts: list[tuple[int, str]] = field(default_factory=list)
    """The chain has another verdict here."""
    unknown: list[tuple[int, str]] = field(default_factory=list)
    """No such chain, or no such process, in the case."""
    bad: list[tuple[int, str]] = field(default_factory=list)
    """Not a label at all."""
    notes: int = 0
    """Notes here that one of the file replaced."""
    batch: int = 0
    """To be undone as one act."""


def export_rows(database: Database, case: str) -> Iterator[dict[str, str]]:
    """The verdicts that hold, as dictionaries with COLUMNS. A verdict on a process names the chain that it was given under."""
    with read_case(database, case) as (connection, number):
        query = (
            select(LabelCurrent.__table__, Chain.steps.label("packed"))
            .outerjoin(Chain, (Chain.case_id == LabelCurrent.case_id) & (Chain.key == LabelCurrent.chain_key))
            .where(LabelCurrent.case_id == number)
            .order_by(LabelCurrent.event_id)
        )
        for row in connection.execute(query).all():
            packed = bytes(row.packed or b"")
            texts = step_texts(connection, [packed])
            chain = " -> ".join(texts[path] for path in unpack_steps(packed))
            yield {
                "chain_id": row.chain_key, "scope": row.scope, "verdict": row.verdict, "note": row.note,
                "labelled_by": row.author, "labelled_at_us": str(row.at_us), "chain": chain,
            }  # fmt: skip


def import_rows(
    database: Database, case: str, rows: Iterable[Mapping[str, str]], *, author: str = "", replace: bool = False
) -> ImportReport:
    """Apply rows as one act; what is wrong with a row costs that row. `replace` overrides verdicts that differ here.

    Only chain_id and verdict are needed; of a verdict on a process, scope and verdict. Who gave the verdict elsewhere is kept in
    the note: here it is `author`'s act.
    """
    report = ImportReport()
    changes: dict[Place, Change] = {}
    with write_case(database, case) as (connection, number):
        read = list(enumerate(rows, start=1))
        processes = _processes(connection, number, (row for _, row in read))
        changed = ((place, _change(connection, number, place, row, processes, report)) for place, row in read)
        wanted = [(place, change) for place, change in changed if change is not None]
        before = current_rows(connection, number, (change.place for _, change in wanted))
        for place, change in wanted:
            earlier, there = changes.get(change.place), before.get(change.place)
            held = earlier.verdict if earlier else there.verdict if there else None
            if held == change.verdict:
                report.unchanged += 1
            elif held is not None and not replace:
                what = change.key if change.process is None else change.about
                report.conflicts.append((place, f"{what} is {held} here, {change.verdict} in the file"))
            else:
                changes[change.place] = change
        report.applied = len(changes)
        done = append(connection, number, list(changes.values()), author, now_us())
        report.batch, report.notes = done.batch, done.notes
        judged(connection, database.acting, case, number, "import", done.batch, done.events)
        connection.commit()
    return report


def _processes(connection: Connection, case: int, rows: Iterable[Mapping[str, str]]) -> dict[RecordName, tuple[int, str]]:
    """The processes that rows name: each one's id, and the key of the chain that it ends in here ("" for none)."""
    texts = {(row.get("scope") or "").strip() for row in rows}
    called = [name for text in texts if text.startswith(PROCESS) and (name := parsed(text)) is not None]
    found = locate(connection, case, called)
    of = survivors(connection, found.values())
    keys = ends_of(connection, list(of.values()))
    return {name: (of[record], keys.get(of[record], "")) for name, record in found.items() if record in of}


def _change(
    connection: Connection, case: int, place: int, row: Mapping[str, str], processes: Mapping[RecordName, tuple[int, str]],
    report: ImportReport,
) -> Change | None:  # fmt: skip
    key, verdict = (row.get("chain_id") or "").strip().lower(), (row.get("verdict") or "").strip()
    text = (row.get("scope") or "").strip()
    if verdict not in VERDICTS or not (key or text.startswith(PROCESS)):
        report.bad.append((place, f"{verdict!r} is no verdict" if key or text else "chain_id is missing"))
        return None
    note, by = row.get("note") or "", row.get("labelled_by") or ""
    note = f"{note} [{by}]".strip() if by else note
    try:
        scope = parse(text)
        if scope.process is not None:
            return _on_process(connection, case, place, scope.process, Wanted(verdict, note), processes, report)
        steps = connection.execute(select(Chain.steps).where(Chain.case_id == case, Chain.key == key)).scalar()
        if steps is None:
            report.unknown.append((place, key))
            return None
        prefix_steps(bytes(steps), scope)
    except (UsageError, NotFound) as error:
        report.bad.append((place, error.message))
        return None
    return Change(key, scope, verdict, note)


def _on_process(
    connection: Connection, case: int, place: int, name: RecordName, wanted: Wanted,
    processes: Mapping[RecordName, tuple[int, str]], report: ImportReport,
) -> Change | None:  # fmt: skip
    if name not in processes:
        report.unknown.append((place, f"{name.text}: the case has no process at this position of a source with this content"))
        return None
    number, key = processes[name]
    return on_processes(connection, case, {number: key}, wanted, {number: ids.called(number)})[0]
