"""Moving verdicts between workspaces: rows out, rows in with a report on each that could not be taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from engine.domain.verdicts import VERDICTS
from engine.errors import NotFound, UsageError
from store.base.database import Database
from store.base.packed import unpack_steps
from store.chains.lookup import step_texts
from store.evidence.cases import read_case, write_case
from store.schema.chains import Chain
from store.schema.verdicts import LabelCurrent
from store.scope.rules import prefix_steps
from store.scope.scopes import Scope, parse
from store.scope.state import current_row
from store.verdicts.verdicts import append

COLUMNS = ("chain_id", "scope", "verdict", "note", "labelled_by", "labelled_at_us", "chain")


@dataclass(slots=True)
class ImportReport:
    """What became of each row; rows are counted from 1."""

    applied: int = 0
    unchanged: int = 0
    conflicts: list[tuple[int, str]] = field(default_factory=list)
    """The chain has another verdict here."""
    unknown: list[tuple[int, str]] = field(default_factory=list)
    """No such chain in the case."""
    bad: list[tuple[int, str]] = field(default_factory=list)
    """Not a label at all."""
    notes: int = 0
    """Notes here that one of the file replaced."""
    batch: int = 0
    """To be undone as one act."""


def export_rows(database: Database, case: str) -> Iterator[dict[str, str]]:
    """The verdicts that hold, as dictionaries with COLUMNS."""
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

    Only chain_id and verdict are needed. Who gave the verdict elsewhere is kept in the note: here it is `author`'s act.
    """
    report = ImportReport()
    changes: dict[tuple[str, str], tuple[str, Scope, str | None, str]] = {}
    with write_case(database, case) as (connection, number):
        for place, row in enumerate(rows, start=1):
            change = _change(connection, number, place, row, report)
            if change is None:
                continue
            key, scope, verdict, _ = change
            before = current_row(connection, number, key, scope.text)
            earlier = changes.get((key, scope.text))
            held = earlier[2] if earlier else before.verdict if before else None
            if held == verdict:
                report.unchanged += 1
            elif held is not None and not replace:
                report.conflicts.append((place, f"{key} is {held} here, {verdict} in the file"))
            else:
                changes[key, scope.text] = change
        report.applied = len(changes)
        done = append(connection, number, list(changes.values()), author)
        report.batch, report.notes = done.batch, done.notes
        connection.commit()
    return report


def _change(
    connection: Connection, case: int, place: int, row: Mapping[str, str], report: ImportReport
) -> tuple[str, Scope, str | None, str] | None:
    key, verdict = (row.get("chain_id") or "").strip().lower(), (row.get("verdict") or "").strip()
    if not key or verdict not in VERDICTS:
        report.bad.append((place, "chain_id is missing" if not key else f"{verdict!r} is no verdict"))
        return None
    query = select(Chain.steps).where(Chain.case_id == case, Chain.key == key)
    steps = connection.execute(query).scalar()
    if steps is None:
        report.unknown.append((place, key))
        return None
    try:
        scope = parse(row.get("scope") or "")
        prefix_steps(bytes(steps), scope)
    except (UsageError, NotFound) as error:
        report.bad.append((place, error.message))
        return None
    note, by = row.get("note") or "", row.get("labelled_by") or ""
    return key, scope, verdict, f"{note} [{by}]".strip() if by else note
