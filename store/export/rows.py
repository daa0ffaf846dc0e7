"""The rows of an export: one per process of a chosen chain, in the order of the queue."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from engine.domain.spans import ALL_TIMES, Within
from engine.domain.verdicts import Verdict
from engine.handover.rows import ExportRow
from engine.signals.sentences import reasons
from engine.verdicts.queue import Effect
from store.base.database import Database
from store.base.interning import in_chunks
from store.base.packed import stored_json, unpack_floats
from store.base.views import FindingView, LabelView, LearntPlace, ProcessView, QueueRow
from store.export.whereabouts import Whereabouts, last_columns, whereabouts
from store.learnt import packed as learnt_rows
from store.learnt.packed import LearntIndex
from store.processes.processes import by_ids, chain_order
from store.queue.filter import QueueFilter
from store.queue.findings import by_number
from store.queue.pages import EVERYTHING, all_rows, page
from store.schema.chains import Chain
from store.schema.models import ExpectationRow, ScoreSetRow
from store.schema.verdicts import PROCESS_VERDICT, LabelCurrent
from store.scope.rules import of_each
from store.scores.ranking import Ranking, read_ranking

MOVED_WORDS = {
    Effect.NONE: "",
    Effect.LABELLED: "",
    Effect.RAISED_SHAPE: "raised (shape)",
    Effect.LOWERED_SHAPE: "lowered (shape)",
    Effect.SUPPRESSED_SHAPE: "put aside (shape)",
    Effect.SUPPRESSED_REMEMBERED: "put aside (elsewhere)",
    Effect.RAISED: "raised",
    Effect.LOWERED: "lowered",
}
PAGE = 500
"""Processes of a chain read at a time."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Scored:
    """What all rows of one export share."""

    ranking: Ranking
    case: str
    model_id: str
    names: tuple[str, ...]
    """Of the signals."""
    learnt: LearntIndex | None
    findings: dict[int, FindingView] = field(default_factory=dict)
    """Those met so far."""

    @classmethod
    def of(cls, ranking: Ranking, case: str) -> _Scored:
        query = select(ScoreSetRow.model_id, ScoreSetRow.signals).where(ScoreSetRow.id == ranking.set)
        model_id, names = ranking.connection.execute(query).one()
        return cls(ranking, case, model_id, tuple(stored_json(names)), learnt_rows.read(ranking.connection, ranking.set))

    def signals(self, rank: int) -> list[tuple[str, float, float]]:
        """(name, value, tail) of a chain by its rank."""
        query = "SELECT signals FROM score WHERE set_id = ? AND rank = ?"
        packed = unpack_floats(self.ranking.connection.exec_driver_sql(query, (self.ranking.set, rank)).scalar_one(), "<f8")
        return list(zip(self.names, packed[0::2], packed[1::2], strict=True))

    def finding(self, number: int) -> FindingView | None:
        """A finding by its number, read once; None for 0, which stands for none."""
        if number and number not in self.findings:
            self.findings.update(by_number(self.ranking.connection, self.ranking.set, [number]))
        return self.findings.get(number)


def rfc3339(time_us: int | None) -> str:
    """UTC with six digits of fraction; "" for an unknown time, and for one that no calendar holds."""
    if time_us is None:
        return ""
    try:
        moment = EPOCH + timedelta(microseconds=time_us)
    except OverflowError:
        return ""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.").rjust(20, "0") + f"{moment.microsecond:06d}Z"


def rows(
    database: Database, case: str, verdicts: Sequence[str] = (), *, model: str | None = None, within: Within = ALL_TIMES
) -> Iterator[ExportRow]:
    """Without verdicts the chains above the threshold and those called malicious, and of other chains the processes called so;
    else the processes with these verdicts.

    A verdict is told on the rows of the processes that it counts for. One read transaction: a consistent picture however long
    the reader takes. Raises NotFound when the case has no scores.
    """
    with read_ranking(database, case, model) as ranking:
        of = _Scored.of(ranking, case)
        for entry, only in _chosen(ranking, tuple(verdicts)):
            yield from _of_chain(of, entry, only, within)


def chosen_rows(
    database: Database, case: str, wanted: QueueFilter, keys: Collection[str] | None = None, *, model: str | None = None
) -> Iterator[ExportRow]:
    """Every process of the chains that a filter leaves, or of those with these keys, whatever their verdicts.

    In the order of the queue, one read transaction. Raises NotFound when the case has no scores.
    """
    with read_ranking(database, case, model) as ranking:
        of = _Scored.of(ranking, case)
        for entry in all_rows(ranking, wanted) if keys is None else _by_key(ranking, keys):
            yield from _of_chain(of, entry, (), ALL_TIMES)


def _by_key(ranking: Ranking, keys: Collection[str]) -> Iterator[QueueRow]:
    chosen = f"SELECT id FROM chain WHERE case_id = {ranking.case} AND key IN ({{}})"
    yield from _by_id(ranking, [row[0] for row in in_chunks(ranking.connection, chosen, list(keys))])


def _by_id(ranking: Ranking, chains: Collection[int]) -> Iterator[QueueRow]:
    query = f"SELECT rank FROM score INDEXED BY score_chain WHERE set_id = {ranking.set} AND chain_id IN ({{}})"
    for rank in sorted(row[0] for row in in_chunks(ranking.connection, query, list(chains))):
        yield from page(ranking, EVERYTHING, rank - 1, 1)


def _chosen(ranking: Ranking, verdicts: tuple[str, ...]) -> Iterator[tuple[QueueRow, tuple[str, ...]]]:
    """Chains, and of which verdicts their processes are told; () for all."""
    if verdicts:
        shown = set()
        for row in all_rows(ranking, QueueFilter(verdicts=verdicts)):
            shown.add(row.chain_id)
            yield row, verdicts
        yield from ((row, verdicts) for row in _by_id(ranking, _narrowly(ranking, verdicts) - shown))
        return
    malicious = (Verdict.MALICIOUS.word,)
    yield from ((row, ()) for row in all_rows(ranking, QueueFilter(flagged=True)))
    below = {row.rank: row for row in all_rows(ranking, QueueFilter(verdicts=malicious)) if row.finding == 0}
    partly = {row.rank: row for row in _by_id(ranking, _narrowly(ranking, malicious)) if row.finding == 0}
    for rank, row in sorted((partly | below).items()):
        yield row, () if rank in below else malicious


def _narrowly(ranking: Ranking, verdicts: tuple[str, ...]) -> set[int]:
    """Chains with a verdict that is not on all of their processes: on one host, on variants, on processes."""
    on_hosts = (
        select(Chain.id)
        .join(LabelCurrent, (LabelCurrent.case_id == Chain.case_id) & (LabelCurrent.chain_key == Chain.key))
        .where(LabelCurrent.case_id == ranking.case, LabelCurrent.scope.like("host:%"), LabelCurrent.verdict.in_(verdicts))
    )
    own = PROCESS_VERDICT.c
    on_processes = select(own.chain_id).where(own.case_id == ranking.case, own.verdict.in_(verdicts)).distinct()
    return {number for query in (on_hosts, on_processes) for number in ranking.connection.execute(query).scalars()}


def _of_chain(of: _Scored, entry: QueueRow, verdicts: tuple[str, ...], within: Within) -> Iterator[ExportRow]:
    connection = of.ranking.connection
    query = select(ExpectationRow.alternatives, ExpectationRow.reasons).where(
        ExpectationRow.set_id == of.ranking.set, ExpectationRow.chain_id == entry.chain_id
    )
    row = connection.execute(query).one_or_none()
    expected = tuple(stored_json(row.alternatives)) if row is not None else ()
    reason = tuple(reasons(of.signals(entry.rank), stored_json(row.reasons).get("sentences", {}) if row is not None else {}))
    numbers = chain_order(connection, entry.chain_id)
    for start in range(0, len(numbers), PAGE):
        found = by_ids(connection, numbers[start : start + PAGE])
        stand = whereabouts(connection, of.ranking.set, found)
        labels = of_each(connection, of.ranking.case, [process.id for process in found])
        for process in found:
            if within.bounded and (process.time_us is None or not within.holds(process.time_us)):
                continue
            label = labels.get(process.id)
            if not verdicts or (label is not None and label.verdict in verdicts) or (label is None and "undecided" in verdicts):
                yield _row(of, entry, expected, reason, process, stand[process.id], label)


def _row(
    of: _Scored,
    entry: QueueRow,
    expected: tuple[str, ...],
    reason: tuple[str, ...],
    process: ProcessView,
    place: Whereabouts,
    label: LabelView | None,
) -> ExportRow:
    finding = of.finding(entry.member_of)
    return ExportRow(
        case=of.case,
        finding=entry.finding or None,
        chain_id=entry.key,
        verdict=label.verdict if label else "",
        note=label.note if label else "",
        labelled_by=label.author if label else "",
        labelled_at=rfc3339(label.at_us) if label else "",
        score=entry.score,
        rank=entry.rank,
        host=process.host,
        time=rfc3339(process.time_us),
        pid=process.pid,
        process_guid=process.guid or "",
        image=process.image,
        command_line=process.command_line or "",
        user=process.user or "",
        chain=entry.steps,
        step_errors=entry.step_errors,
        worst_step=entry.worst_step + 1,
        expected=expected,
        chain_count=entry.count,
        host_count=entry.host_count,
        source_file=process.source,
        record_id=process.record_id or "",
        model_id=of.model_id,
        finding_id=finding.key if finding else "",
        finding_rank=finding.number if finding else None,
        finding_score=finding.score if finding else None,
        members=finding.chains if finding else None,
        reason=reason,
        **learnt_columns(of.learnt.at(entry.rank) if of.learnt is not None else None),
        **last_columns(process, place),
    )


def learnt_columns(place: LearntPlace | None) -> dict[str, Any]:
    """What labels made of a chain, by the names of the columns."""
    return {
        "learnt_rank": place.place if place else None,
        "malicious_probability": place.probability if place else None,
        "moved_by_labels": MOVED_WORDS[Effect(place.effect)] if place else "",
    }
