"""Exports of processes: chosen in the tree, a branch or what a search found, scored or not; those of a finding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Connection, select

from engine.handover.rows import ExportRow
from engine.signals.sentences import reasons
from store.base.database import Database
from store.base.dialect import on_server
from store.base.interning import in_chunks
from store.base.packed import stored_json, unpack_floats, unpack_steps
from store.base.views import FindingView, LabelView, ProcessView
from store.chains.lookup import step_texts
from store.evidence.cases import case_id
from store.export.rows import learnt_columns, rfc3339
from store.export.whereabouts import by_id, last_columns, whereabouts
from store.learnt import packed as learnt_rows
from store.queue.findings import by_number
from store.schema.models import ScoreSetRow
from store.scope.rules import of_each
from store.scores.ranking import Ranking, read_ranking

PAGE = 500
"""Processes read at a time."""
BELOW = """
WITH RECURSIVE below (id, depth, time) AS (
    SELECT ?1, 0, 0
    UNION ALL
    SELECT p.id, below.depth + 1, coalesce(p.time_us, 0) FROM below CROSS JOIN process p ON p.parent_id = below.id AND p.id != ?1
    ORDER BY 2 DESC, 3, 1
) SELECT id FROM below
"""
"""The order of the tree from top to bottom: deepest first, then oldest, is what makes SQLite walk it in depth.

A process has one parent, so a circle could only be walked by coming to the top again.
"""
BELOW_ON_SERVER = """
WITH RECURSIVE below (id, time) AS (
    SELECT CAST(?1 AS INTEGER), CAST(0 AS INTEGER)
    UNION ALL
    SELECT p.id, coalesce(p.time_us, 0) FROM below CROSS JOIN process p ON p.parent_id = below.id AND p.id != ?1
) SEARCH DEPTH FIRST BY time, id SET place SELECT id FROM below ORDER BY place
"""
"""The same in PostgreSQL, which has words for it that SQLite lacks."""
COVERED = """
SELECT v.process_id FROM incident i
CROSS JOIN covered v INDEXED BY covered_incident ON v.set_id = i.set_id AND v.incident = i.number
CROSS JOIN process p ON p.id = v.process_id
WHERE i.set_id = ?1 AND i.finding = ?2 AND i.place = coalesce(?3, i.place) AND p.source_id IS NOT NULL
ORDER BY i.place, p.time_us NULLS FIRST, v.process_id
"""


@dataclass(frozen=True, slots=True)
class _Chain:
    key: str
    steps: tuple[str, ...]
    count: int
    host_count: int
    rank: int | None
    score: float | None
    finding: int
    worst_step: int | None
    errors: tuple[float, ...]
    expected: tuple[str, ...]
    group: FindingView | None
    reason: tuple[str, ...]


def branch_rows(database: Database, case: str, top: int) -> Iterator[ExportRow]:
    """A process, or a host by the id that stands for it, and everything below, in the order of the tree."""
    with database.read() as connection:
        cursor = connection.exec_driver_sql(BELOW_ON_SERVER if on_server(connection) else BELOW, (top,))
        yield from _rows(connection, case, (int(row[0]) for row in cursor))


def process_rows(database: Database, case: str, wanted: Sequence[int]) -> Iterator[ExportRow]:
    """These processes, in this order; those that are gone are left out."""
    with database.read() as connection:
        yield from _rows(connection, case, iter(wanted))


def finding_rows(database: Database, case: str, finding: int, place: int | None = None) -> Iterator[ExportRow]:
    """The recorded processes of a finding's incidents, or of one of them, by time. Raises NotFound when nothing was scored."""
    with read_ranking(database, case) as ranking:
        cursor = ranking.connection.exec_driver_sql(COVERED, (ranking.set, finding, place))
        yield from _rows(ranking.connection, case, (int(row[0]) for row in cursor))


def _rows(connection: Connection, case: str, wanted: Iterator[int]) -> Iterator[ExportRow]:
    number = case_id(connection, case)
    set_id, model_id, names = -1, "", ()
    if (ranking := Ranking.find(connection, number)) is not None:
        set_id = ranking.set
        query = select(ScoreSetRow.model_id, ScoreSetRow.signals).where(ScoreSetRow.id == set_id)
        model_id, signals = connection.execute(query).one()
        names = tuple(stored_json(signals))
    learnt = learnt_rows.read(connection, set_id)
    while page := list(islice(wanted, PAGE)):
        processes = by_id(connection, page)
        chains = _chains(connection, set_id, names, {view.chain_id for view in processes.values()} - {None})
        stand = whereabouts(connection, set_id, [*processes.values()])
        labels = of_each(connection, number, [*processes])
        for process in (processes[number_] for number_ in page if number_ in processes):
            chain = chains.get(process.chain_id)
            learnt_place = learnt.at(chain.rank) if learnt is not None and chain is not None and chain.rank is not None else None
            columns = learnt_columns(learnt_place) | last_columns(process, stand[process.id])
            yield _row(case, model_id, process, chain, labels.get(process.id), columns)


def _chains(connection: Connection, set_id: int, names: tuple[str, ...], wanted: Iterable[Any]) -> dict[int | None, _Chain]:
    query = (
        "SELECT c.id, c.key, c.steps, c.count, c.host_count, s.rank, s.score, s.finding, s.worst_step, s.step_errors,"
        " e.alternatives, s.member_of, s.signals, e.reasons"
        f" FROM chain c LEFT JOIN score s INDEXED BY score_chain ON s.chain_id = c.id AND s.set_id = {int(set_id)}"
        " LEFT JOIN expectation e ON e.set_id = s.set_id AND e.chain_id = c.id WHERE c.id IN ({})"
    )
    rows = in_chunks(connection, query, sorted(wanted))
    texts = step_texts(connection, [row[2] for row in rows])
    groups = by_number(connection, set_id, {row[11] for row in rows if row[11]})
    return {
        row[0]: _Chain(
            row[1], tuple(texts[path] for path in unpack_steps(row[2])), row[3], row[4], row[5], row[6],
            row[7] or 0, row[8], tuple(unpack_floats(row[9], "<f4")) if row[9] is not None else (),
            tuple(stored_json(row[10] or "[]")), groups.get(row[11]), _reason(names, row[12], row[13]),
        )
        for row in rows
    }  # fmt: skip


def _reason(names: tuple[str, ...], signals: bytes | None, stored: str | None) -> tuple[str, ...]:
    """The sentences of a scored chain's odd signals."""
    if signals is None:
        return ()
    packed = unpack_floats(signals, "<f8")
    known = list(zip(names, packed[0::2], packed[1::2], strict=True))
    return tuple(reasons(known, stored_json(stored or "{}").get("sentences", {})))


def _row(
    case: str, model_id: str, process: ProcessView, chain: _Chain | None, label: LabelView | None, columns: dict[str, Any]
) -> ExportRow:
    ranked = chain is not None and chain.rank is not None
    return ExportRow(
        case=case,
        finding=(chain.finding or None) if chain else None,
        chain_id=chain.key if chain else "",
        verdict=label.verdict if label else "",
        note=label.note if label else "",
        labelled_by=label.author if label else "",
        labelled_at=rfc3339(label.at_us) if label else "",
        score=chain.score if chain else None,
        rank=chain.rank if chain else None,
        host=process.host,
        time=rfc3339(process.time_us),
        pid=process.pid,
        process_guid=process.guid or "",
        image=process.image,
        command_line=process.command_line or "",
        user=process.user or "",
        chain=chain.steps if chain else (),
        step_errors=chain.errors if chain else (),
        worst_step=chain.worst_step + 1 if chain and chain.worst_step is not None else None,
        expected=chain.expected if chain else (),
        chain_count=chain.count if chain else 0,
        host_count=chain.host_count if chain else 0,
        source_file=process.source,
        record_id=process.record_id or "",
        model_id=model_id if ranked else "",
        finding_id=chain.group.key if chain and chain.group else "",
        finding_rank=chain.group.number if chain and chain.group else None,
        finding_score=chain.group.score if chain and chain.group else None,
        members=chain.group.chains if chain and chain.group else None,
        reason=chain.reason if chain else (),
        **columns,
    )
