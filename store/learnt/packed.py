"""The learnt queue in its row: packed, unpacked, and indexed for whoever reads a page of it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from engine.domain.arrays import Floats, Floats32, Ints8, Ints32
from engine.verdicts.queue import Effect, LearntQueue
from engine.verdicts.verdicts import BaseQueue
from store.base.errors import damaged
from store.base.packed import plain_value
from store.base.upsert import replace_into
from store.base.views import LearntPlace
from store.schema import witness

COLUMNS = (
    "set_id, event, elsewhere, classifier, weight, abstains, created_us, ranks, score, probability, instant, sequence, effect,"
    " cause, findings, tops, finding_score, asks, ask_ranks, metrics"
)
FASTEST = 1
"""Of zlib: effect and cause are nearly all zeros, and are written after every verdict."""
ORIGINS = "remembered"
"""Key in the metrics: the words for where remembered shapes got their verdict, by the index that `cause` tells."""


@dataclass(frozen=True, slots=True)
class LearntIndex:
    """The learnt queue of one scoring. p positions, f findings; ranks are the detector's and may have holes."""

    set_id: int
    event: int
    elsewhere: int
    classifier: str | None
    weight: float
    abstains: bool
    created_us: int
    """Rises with every version: tells two of them apart."""
    ranks: Ints32
    """[p] best first."""
    place: Ints32
    """[highest rank + 1] rank -> position, -1 for holes."""
    score: Floats
    """[p] falling."""
    probability: Floats32 | None
    """[p] None where all are unknown; like the next two."""
    instant: Floats32 | None
    sequence: Floats32 | None
    effect: Ints8
    """[p] engine.verdicts.queue.Effect."""
    cause: Ints32
    """[p] see schema_learnt."""
    findings: Ints32
    """[f] numbers, best first."""
    tops: Ints32
    """[highest number + 1] finding -> detector's rank of the chain of that of its odd parts which stands first here: what it is
    shown by.
    """
    finding_score: Floats
    asks: Mapping[str, Ints32]
    """Name -> ranks in the order to ask; those that are not named follow in the learnt order."""
    metrics: Mapping[str, Any]

    def at(self, rank: int) -> LearntPlace | None:
        """What is told of the chain at a detector's rank."""
        position = int(self.place[rank]) if 0 <= rank < len(self.place) else -1
        if position < 0:
            return None
        cause = int(self.cause[position])
        return LearntPlace(
            position + 1, _known(self.probability, position), _known(self.instant, position), _known(self.sequence, position),
            int(self.effect[position]), max(cause, 0), self.origin(cause),
        )  # fmt: skip

    def origin(self, cause: int) -> str:
        """Where the verdict behind a remembered shape was given, by the negative number in `cause`."""
        origins = self.metrics.get(ORIGINS) or ()
        return str(origins[-1 - cause]) if cause < 0 and -1 - cause < len(origins) else ""

    def order(self, name: str) -> Ints32:
        """[p] the ranks in a named order; the learnt one where the name says nothing here."""
        asked = self.asks.get(name)
        if asked is None:
            return self.ranks
        named = np.zeros(len(self.place), dtype=np.bool_)
        named[asked] = True
        return np.concatenate([asked, self.ranks[~named[self.ranks]]])

    def top_of(self, finding: int) -> int:
        """Detector's rank of the chain that a finding is shown by, 0 where the finding is none of these scores'."""
        return int(self.tops[finding]) if 0 <= finding < len(self.tops) else 0

    def with_effect(self, effects: tuple[int, ...]) -> Ints32:
        """Ranks of the chains that labels moved so, best first."""
        return self.ranks[np.isin(self.effect, effects)]


def index_of(learnt: LearntQueue, base: BaseQueue, asks: Mapping[str, Ints32], elsewhere: int, created_us: int) -> LearntIndex:
    """Of a learnt order and the queue that it re-orders, which a store gave: their rows are the same."""
    assert base.basis is not None
    ranks_of_rows = base.rank
    place = np.full(int(ranks_of_rows.max(initial=0)) + 1, -1, dtype=np.int32)
    place[learnt.order] = np.arange(len(learnt.order), dtype=np.int32)
    row_of_rank = np.full(len(place), -1, dtype=np.int64)
    row_of_rank[ranks_of_rows] = np.arange(len(ranks_of_rows))
    rows = row_of_rank[learnt.order]
    cause = learnt.cause[rows]
    remembered = learnt.effect[rows] == Effect.SUPPRESSED_REMEMBERED
    top = np.zeros(int(learnt.finding_order.max(initial=0)) + 1, dtype=np.int32)
    top[learnt.finding_order] = learnt.finding_top
    stored_cause = np.where(cause < 0, 0, np.where(remembered, -1 - cause, ranks_of_rows[np.maximum(cause, 0)]))
    return LearntIndex(
        base.basis[0], learnt.event, elsewhere, learnt.classifier, learnt.weight, learnt.abstains, created_us,
        learnt.order.astype(np.int32), place, learnt.score[rows], _column(learnt.probability[rows]),
        _column(learnt.instant[rows]), _column(learnt.sequence[rows]), learnt.effect[rows].astype(np.int8),
        stored_cause.astype(np.int32), learnt.finding_order.astype(np.int32), top, learnt.finding_score.astype(np.float64),
        {name: ranks.astype(np.int32) for name, ranks in asks.items()}, learnt.metrics,
    )  # fmt: skip


def write(connection: Connection, index: LearntIndex) -> None:
    """Replace the row. Needs a write transaction."""
    names = list(index.asks)
    packed = np.concatenate([index.asks[name] for name in names]) if names else np.zeros(0, dtype=np.int32)
    connection.exec_driver_sql(
        replace_into("learnt_queue", COLUMNS.split(", "), ("set_id",)),
        (
            index.set_id, index.event, index.elsewhere, index.classifier, index.weight, int(index.abstains), index.created_us,
            _bytes(index.ranks, "<i4"), _bytes(index.score, "<f8"), *(
                None if column is None else _bytes(column, "<f4")
                for column in (index.probability, index.instant, index.sequence)
            ),
            zlib.compress(_bytes(index.effect, "i1"), FASTEST), zlib.compress(_bytes(index.cause, "<i4"), FASTEST),
            _bytes(index.findings, "<i4"), _bytes(index.tops, "<i4"), _bytes(index.finding_score, "<f8"),
            json.dumps([[name, len(index.asks[name])] for name in names]), _bytes(packed, "<i4"),
            json.dumps(index.metrics, default=plain_value),
        ),
    )  # fmt: skip
    witness.keep(connection, witness.LEARNT, index.set_id)


def forget(connection: Connection, set_id: int) -> None:
    """There is no learnt order any more. Needs a write transaction."""
    connection.exec_driver_sql("DELETE FROM learnt_queue WHERE set_id = ?", (set_id,))
    witness.forget(connection, witness.LEARNT, set_id)


def read(connection: Connection, set_id: int) -> LearntIndex | None:
    """None where labels have not re-ordered anything yet."""
    row = connection.exec_driver_sql(f"SELECT {COLUMNS} FROM learnt_queue WHERE set_id = ?", (set_id,)).one_or_none()
    return None if row is None else _unpacked(row)


def _unpacked(row: Any) -> LearntIndex:
    try:
        return _index(row)
    except (ValueError, TypeError, IndexError, zlib.error) as problem:
        raise damaged(f"the learnt order of scoring {row.set_id} cannot be read") from problem


def _index(row: Any) -> LearntIndex:
    ranks = np.frombuffer(row.ranks, dtype="<i4")
    place = np.full(int(ranks.max(initial=0)) + 1, -1, dtype=np.int32)
    place[ranks] = np.arange(len(ranks), dtype=np.int32)
    asks: dict[str, Ints32] = {}
    packed, start = np.frombuffer(row.ask_ranks, dtype="<i4"), 0
    for name, length in json.loads(row.asks):
        asks[str(name)] = packed[start : start + length]
        start += length
    return LearntIndex(
        row.set_id, row.event, row.elsewhere, row.classifier, row.weight, bool(row.abstains), row.created_us, ranks, place,
        np.frombuffer(row.score, dtype="<f8"), _floats(row.probability), _floats(row.instant), _floats(row.sequence),
        np.frombuffer(zlib.decompress(row.effect), dtype="i1"), np.frombuffer(zlib.decompress(row.cause), dtype="<i4"),
        np.frombuffer(row.findings, dtype="<i4"), np.frombuffer(row.tops, dtype="<i4"),
        np.frombuffer(row.finding_score, dtype="<f8"), asks, json.loads(row.metrics),
    )  # fmt: skip


def _floats(blob: bytes | None) -> Floats32 | None:
    return None if blob is None else np.frombuffer(blob, dtype="<f4")


def _column(values: Floats32) -> Floats32 | None:
    return None if np.isnan(values).all() else values.astype(np.float32)


def _known(values: Floats32 | None, position: int) -> float | None:
    if values is None or np.isnan(values[position]):
        return None
    return float(values[position])


def _bytes(values: npt.NDArray[Any], kind: str) -> bytes:
    return np.ascontiguousarray(values, dtype=kind).tobytes()
