"""engine.jobs.ports.relearn.TeachingStore: the detector's queue with all that labels are learnt from, and the order they make."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from engine.domain.arrays import Ints, Ints32
from engine.domain.chains import ChainCorpus
from engine.domain.processes import ProcessTable
from engine.domain.verdicts import Verdict
from engine.errors import StoreError
from engine.verdicts.features import ChainFeatures
from engine.verdicts.queue import LearntQueue
from engine.verdicts.verdicts import BaseQueue, Elsewhere, Verdicts
from store.base.clock import now_us
from store.base.database import Database
from store.base.packed import unpack_steps
from store.chains import corpus, process_columns
from store.chains.lookup import step_texts
from store.evidence.cases import read_case, write_case
from store.learnt import order as learnt
from store.learnt import packed
from store.learnt.order import LearntOrders
from store.queue.filter import LABELLED, compiled
from store.scope.rules import ACT, EFFECTIVE
from store.scores import kept, kept_queue
from store.scores.port import ScoredChains
from store.scores.ranking import Ranking, read_ranking

TOP = "top"
"""The order to ask in that is the learnt one itself."""
ELSEWHERE = f"""
SELECT o.name, c.steps, {EFFECTIVE} AS verdict FROM model_use u CROSS JOIN cases o ON o.id = u.case_id
CROSS JOIN label_current k ON k.case_id = o.id CROSS JOIN chain c ON c.case_id = o.id AND c.key = k.chain_key
WHERE u.kind = 'detector' AND u.model_id = ? AND u.case_id <> ? AND k.steps IS NULL ORDER BY k.event_id
"""
"""A verdict on whatever begins alike is about its own estate; it is not carried over."""


class Teaching(ScoredChains):
    """By case, for the detector in use. Raises NotFound when nothing was scored."""

    def __init__(self, database: Database, learnt: LearntOrders) -> None:
        super().__init__(database)
        self._orders = learnt

    def load_queue(self, case: str) -> BaseQueue:
        """The chains that the detector in use has scored, with the processes behind them."""
        with read_ranking(self._database, case) as ranking:
            evidence = kept.evidence_of(ranking.connection, ranking.case)
            chains = corpus.load(ranking.connection, [ranking.case])
            processes = process_columns.load(ranking.connection, [ranking.case], chains)
            placed, score = kept_queue.scores_of(ranking)
        at = np.minimum(np.searchsorted(placed[:, 0], chains.ids), max(len(placed) - 1, 0))
        there = placed[at, 0] == chains.ids if len(placed) else np.zeros(len(chains), dtype=np.bool_)
        if not there.all():  # ingested since, or labelled without a process that ends in it
            chains, processes = _part(chains, processes, np.flatnonzero(there))
            at = at[there]
        return BaseQueue(chains, processes, score[at], placed[at, 1], placed[at, 2], (ranking.set, evidence))

    def load_kept(self, case: str) -> tuple[BaseQueue, ChainFeatures] | None:
        """Queue and features as they were kept, without the processes; None where they have to be made (again)."""
        with read_ranking(self._database, case) as ranking:
            return kept_queue.load(ranking.connection, ranking.set, kept.evidence_of(ranking.connection, ranking.case))

    def keep(self, base: BaseQueue, features: ChainFeatures) -> None:
        """Keep them for the next verdict. A workspace that is busy or full, or may not be written, goes without."""
        with contextlib.suppress(StoreError), self._database.write() as connection:
            kept_queue.save(connection, base, features)
            connection.commit()

    def load_verdicts(self, case: str, base: BaseQueue) -> Verdicts:
        """The verdicts that count for the chains of `base`: hosts', chains' and prefixes' resolved as everywhere else."""
        with read_ranking(self._database, case) as ranking:
            clause = compiled(ranking, LABELLED)
            query = f"SELECT s.chain_id, {EFFECTIVE}, {ACT} FROM {clause.source} WHERE {clause.where}"
            found = ranking.connection.exec_driver_sql(query, clause.parameters).all()
            event = int(ranking.connection.exec_driver_sql(learnt.NEWEST, (ranking.case,)).scalar_one())
        given = {int(chain): (Verdict.of(word), int(act)) for chain, word, act in found}
        ids = base.corpus.ids
        rows = np.flatnonzero(np.isin(ids, np.array(list(given), dtype=np.int64)))
        told = np.array([given[chain] for chain in ids[rows].tolist()], dtype=np.int64).reshape(-1, 2)
        return Verdicts(rows, told[:, 0].astype(np.int8), base.finding[rows], told[:, 1].copy(), event)

    def load_remembered(self, case: str, detector: str) -> Elsewhere:
        """The verdicts that chains got in other cases under the same detector."""
        with read_case(self._database, case) as (connection, number):
            event = learnt.elsewhere(connection, number, detector)
            rows = connection.exec_driver_sql(ELSEWHERE, (detector, number)).all()
            texts = step_texts(connection, [row.steps for row in rows])
        chains = tuple(
            (tuple(texts[path] for path in unpack_steps(row.steps)), int(Verdict.of(row.verdict)), f"case {row.name}")
            for row in rows
            if row.verdict is not None
        )
        return Elsewhere(chains, event)

    def label_event(self, case: str) -> int:
        """Newest label event of the case, 0 for none."""
        with read_case(self._database, case) as (connection, number):
            return int(connection.exec_driver_sql(learnt.NEWEST, (number,)).scalar_one())

    def write_learnt(
        self, case: str, base: BaseQueue, queue: LearntQueue, asks: Mapping[str, Ints32] | None = None, elsewhere: int = 0
    ) -> None:
        """Replace the learnt queue of the case, made of `base`, with further orders to ask in, in one transaction.

        `elsewhere`: the label event of other cases that it reflects. Raises StoreError when the case was scored anew since
        `base` was loaded: the ranks are others now.
        """
        with write_case(self._database, case) as (connection, number):
            set_id = Ranking.of(connection, number).set
            if base.basis is None or base.basis[0] != set_id:
                raise StoreError("The case was scored anew meanwhile.", remedy="Rank it again.")
            created = max(now_us(), (learnt.version_of(connection, set_id) or 0) + 1)
            orders = {name: order for name, order in (asks or {}).items() if name != TOP}
            index = packed.index_of(queue, base, orders, elsewhere, created)
            packed.write(connection, index)
            connection.commit()
        self._orders.keep(index)


def _part(chains: ChainCorpus, processes: ProcessTable, rows: Ints) -> tuple[ChainCorpus, ProcessTable]:
    """Only these chains; processes that end in others stay, as context, without a chain."""
    place = np.full(len(chains) + 1, -1, dtype=np.int32)
    place[rows] = np.arange(len(rows))
    few = replace(
        chains, ids=chains.ids[rows], keys=[chains.keys[row] for row in rows.tolist()], steps=chains.steps[rows],
        lengths=chains.lengths[rows], counts=chains.counts[rows], hosts=chains.hosts[rows], first_us=chains.first_us[rows],
    )  # fmt: skip
    return few, replace(processes, chain=place[processes.chain])
