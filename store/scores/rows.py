"""A score set into the database: one transaction, rows in the order of rank, which is the order of the table."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import numpy as np
from sqlalchemy import Connection

from engine.domain.arrays import Floats, Ints, Ints32
from engine.domain.scores import ScoreSet
from engine.errors import ModelError, StoreError
from store.base.blocks import insert_all
from store.base.clock import now_us
from store.base.errors import not_found
from store.base.interning import in_chunks
from store.base.packed import plain_value
from store.base.text import bindable
from store.schema.witness import RowsAccount, ScoresAccount
from store.scores import finding_rows, incident_rows, threshold_rows, variant_rows
from store.scores.finding_rows import Kept, Pairs

CHUNK = 20_000
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
DETECTOR = "detector"
SCORE = "INSERT INTO score (set_id, rank, chain_id, score, finding, worst_step, step_errors, signals, member_of)"


def replace(connection: Connection, case: int, model_id: str, scores: ScoreSet, *, use: bool = True) -> ScoresAccount:
    """Replace the scores of (case, model) and, with `use`, point the case to the model. Needs a write transaction.

    Raises NotFound for an unknown model, ModelError for one that is no detector, StoreError for chains that are not of this
    case. Chains that a later ingest has removed while the model was at work are left out. Returns what was written down of the
    rows, for whoever adds to them.
    """
    kind = connection.exec_driver_sql("SELECT kind FROM model WHERE id = ?", (model_id,)).scalar()
    if kind is None:
        raise not_found("model", model_id)
    require(kind, DETECTOR, model_id)
    if use:
        point(connection, case, DETECTOR, model_id)
    moved = threshold_rows.moved_budget(connection, case, model_id)
    connection.exec_driver_sql("DELETE FROM score_set WHERE case_id = ? AND model_id = ?", (case, model_id))
    present = _present(connection, case, scores.ids)
    names = [signal.name for signal in scores.signals]
    # Not before the linking and the lists that it reads, whatever the clock says: `store.queue.marks`.
    linked = "coalesce((SELECT max(linked_us) FROM host WHERE case_id = cases.id), 0)"
    read = connection.exec_driver_sql(f"SELECT max(lists_us, {linked}) FROM cases WHERE id = ?", (case,)).scalar_one()
    metrics = scores.metrics | ({} if scores.parts is None else {"parts": scores.parts.names})
    set_id = connection.exec_driver_sql(
        "INSERT INTO score_set (case_id, model_id, created_us, threshold, chains, signals, metrics)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (
            case, model_id, max(now_us(), read), float(scores.threshold), int(present.sum()), json.dumps(names),
            json.dumps(metrics, default=plain_value),
        ),
    ).scalar_one()  # fmt: skip
    # NaN sorts to the end; ties keep the order of the corpus, which is that of the chains' keys: ids tell who came first.
    order = np.argsort(-np.nan_to_num(scores.score, nan=-np.inf), kind="stable")
    order = order[present[order]]
    rank = np.zeros(len(scores.ids) + 1, dtype=np.int32)
    rank[order] = np.arange(1, len(order) + 1)
    left = finding_rows.kept(connection, case, scores, rank)
    found = None if left is None else finding_rows.pairs(left)
    member_of, finding = _members(scores, left, found, rank)
    account = RowsAccount()  # its parts are in the order in which they are written
    for start in range(0, len(order), CHUNK):
        account.add(_insert(connection, int(set_id), start + 1, order[start : start + CHUNK], scores, member_of, finding))
    account.end()
    incident_rows.write(connection, set_id, left, found, account)
    variant_rows.write(connection, set_id, left, scores.ids, account)
    _expect(connection, int(set_id), scores, present)
    whole = ScoresAccount(int(set_id), account)
    if moved is not None:
        threshold_rows.move_again(connection, case, int(set_id), moved)
    else:
        whole.keep(connection)
    return whole


def set_of(connection: Connection, case: int, model_id: str) -> int | None:
    """The scores of a case by a model, None where there are none."""
    query = "SELECT id FROM score_set WHERE case_id = ? AND model_id = ?"
    found = connection.exec_driver_sql(query, (case, model_id)).scalar()
    return None if found is None else int(found)


def require(kind: str, wanted: str, model_id: str) -> None:
    """Raises ModelError for a model of another kind than is wanted."""
    if kind != wanted:
        raise ModelError(f"{model_id} is a {kind}, not a {wanted}.", remedy="`oddkin models list` shows the kinds.")


def point(connection: Connection, case: int, kind: str, model_id: str) -> None:
    """Point a case to a model. Needs a write transaction."""
    connection.exec_driver_sql(
        "INSERT INTO model_use (case_id, kind, model_id, at_us) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (case_id, kind) DO UPDATE SET model_id = excluded.model_id, at_us = excluded.at_us",
        (case, kind, model_id, now_us()),
    )


def _present(connection: Connection, case: int, ids: Ints) -> Flags:
    rows = in_chunks(connection, "SELECT id, case_id FROM chain WHERE id IN ({})", ids.tolist())
    if any(owner != case for _, owner in rows):
        raise StoreError("These scores belong to chains of another case.", remedy="Score each case on its own.")
    return np.isin(ids, np.array([number for number, _ in rows], dtype=np.int64))


def _members(scores: ScoreSet, left: Kept | None, found: Pairs | None, rank: Ints32) -> tuple[Ints, Ints]:
    """[c] the best finding that covers a process of each chain, 0 for none; [c] where the chain is flagged the same, and a number
    behind all of them for one whose processes are gone meanwhile.
    """
    if left is None or found is None:
        return np.zeros(len(scores.ids), dtype=np.int64), scores.finding
    member_of = finding_rows.best_of(found, int(rank.max(initial=0)))[rank[:-1]]
    flagged = np.where(member_of > 0, member_of, len(left.rows) + 1)
    return member_of, np.where(scores.finding > 0, flagged, 0)


def _insert(
    connection: Connection, set_id: int, first_rank: int, order: Ints, scores: ScoreSet, member_of: Ints, finding: Ints
) -> list[tuple[Any, ...]]:
    errors = np.ascontiguousarray(scores.step_errors[order], dtype="<f4")
    lengths = (~np.isnan(errors)).sum(axis=1).tolist()
    pairs = [column for signal in scores.signals for column in (signal.value[order], signal.tails(order))]
    signals: Floats = np.stack(pairs, axis=1) if pairs else np.zeros((len(order), 0))
    packed = np.ascontiguousarray(signals, dtype="<f8")
    numbers = zip(
        scores.ids[order].tolist(), np.nan_to_num(scores.score[order], nan=-np.inf).tolist(), finding[order].tolist(),
        scores.worst_step[order].tolist(), lengths, member_of[order].tolist(), strict=True,
    )  # fmt: skip
    rows = [
        (first_rank + row, number, score, found, worst, errors[row, :length].tobytes(), packed[row].tobytes(), of)
        for row, (number, score, found, worst, length, of) in enumerate(numbers)
    ]
    statement = f"{SCORE} VALUES ({set_id:d}, ?, ?, ?, ?, ?, ?, ?, ?)"
    insert_all(connection, statement, rows)
    return rows


def _expect(connection: Connection, set_id: int, scores: ScoreSet, present: Flags) -> None:
    rows = [
        (
            set_id, int(scores.ids[row]), expected.step, json.dumps(expected.alternatives), bindable(expected.sentence),
            json.dumps(asdict(expected.reasons) | {"rebuilt": expected.rebuilt}),
        )
        for row, expected in scores.expectations.items()
        if present[row]
    ]  # fmt: skip
    if rows:
        connection.exec_driver_sql(
            "INSERT INTO expectation (set_id, chain_id, step, alternatives, sentence, reasons)"
            " VALUES (?, ?, ?, ?, CAST(? AS TEXT), ?)",
            rows,
        )
