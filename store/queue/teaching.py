"""engine.jobs.ports.relearn.TeachingStore: the detector's queue with all that labels are learnt from, and the order they make."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from sqlalchemy import Connection

from engine.classifier.trust import WHOLE, Said
from engine.domain.arrays import Floats, Ints, Ints32
from engine.domain.chains import ChainCorpus
from engine.domain.processes import ProcessTable
from engine.domain.verdicts import Verdict
from engine.errors import StoreError
from engine.verdicts.features import VariantFeatures
from engine.verdicts.queue import LearntQueue
from engine.verdicts.resolve import ToldVerdicts, resolve
from engine.verdicts.variants import ChainVariants
from engine.verdicts.verdicts import BaseQueue, Elsewhere, Verdicts
from store.base.blocks import blocks
from store.base.clock import now_us
from store.base.database import Database
from store.base.interning import in_chunks
from store.base.packed import unpack_steps
from store.chains import corpus, process_columns
from store.chains.lookup import step_texts
from store.evidence.cases import read_case, write_case
from store.learnt import order as learnt
from store.learnt import packed
from store.learnt.order import LearntOrders
from store.queue.filter import LABELLED, compiled
from store.scope import told
from store.scope.rules import ACT, EFFECTIVE
from store.scores import chain_signals, kept, kept_queue
from store.scores.port import ScoredChains
from store.scores.ranking import Ranking, read_ranking

TOP = "top"
"""The order to ask in that is the learnt one itself."""
OTHER_CASES = """
SELECT o.id, o.name FROM model_use u CROSS JOIN cases o ON o.id = u.case_id
WHERE u.kind = 'detector' AND u.model_id = ? AND u.case_id <> ? ORDER BY o.id
"""
LABELLED_CHAINS = f"""
SELECT c.id, c.steps, {EFFECTIVE} AS verdict FROM label_current k CROSS JOIN chain c ON c.case_id = k.case_id
AND c.key = k.chain_key WHERE k.case_id = ? AND k.steps IS NULL GROUP BY c.id ORDER BY min(k.event_id), c.id
"""
"""A verdict on whatever begins alike is about its own estate; it is not carried over."""
SHAPES = "SELECT chain_id, shape FROM variant WHERE set_id = {set} AND chain_id IN ({{}}) ORDER BY chain_id, shape"
SCORED = "SELECT id FROM score_set WHERE case_id = ? AND model_id = ?"
COVERED = """
SELECT v.process_id, i.finding, v.odd, v.score FROM covered v CROSS JOIN incident i ON i.set_id = v.set_id AND i.number =
v.incident WHERE v.set_id = ?
"""


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
            worth = kept_queue.finding_scores_of(ranking)
            covered = _covered(ranking.connection, ranking.set)
            signals = chain_signals.load(ranking, chains.ids)
        at = np.minimum(np.searchsorted(placed[:, 0], chains.ids), max(len(placed) - 1, 0))
        there = placed[at, 0] == chains.ids if len(placed) else np.zeros(len(chains), dtype=np.bool_)
        if not there.all():  # ingested since, or labelled without a process that ends in it
            chains, processes = _part(chains, processes, np.flatnonzero(there))
            at = at[there]
            signals = signals.part(np.flatnonzero(there))
        variants = _variants(chains, processes, placed[at, 2], covered)
        basis = ranking.set, evidence
        return BaseQueue(chains, processes, score[at], placed[at, 1], placed[at, 2], variants, worth, basis, signals)

    def load_kept(self, case: str) -> tuple[BaseQueue, VariantFeatures] | None:
        """Queue and features as they were kept, without the processes; None where they have to be made (again)."""
        with read_ranking(self._database, case) as ranking:
            return kept_queue.load(ranking.connection, ranking.set, kept.evidence_of(ranking.connection, ranking.case))

    def keep(self, base: BaseQueue, features: VariantFeatures) -> None:
        """Keep them for the next verdict. A workspace that is busy or full, or may not be written, goes without."""
        with contextlib.suppress(StoreError), self._database.write() as connection:
            kept_queue.save(connection, base, features)
            connection.commit()

    def load_verdicts(self, case: str, base: BaseQueue) -> Verdicts:
        """The verdicts that count for the processes of `base`: processes', variants', hosts', chains' and prefixes'."""
        with read_ranking(self._database, case) as ranking:
            whole, apart = _told(ranking)
            event = int(ranking.connection.exec_driver_sql(learnt.NEWEST, (ranking.case,)).scalar_one())
        return resolve(base, _as_rows(base, whole, apart, event))

    def said(self, case: str) -> dict[tuple[str, int], Said]:
        """Chain key and shape -> the verdict that counts for a variant; of a chain of which nothing narrower is said one row,
        with the shape WHOLE. By variants that have one, without a queue being read. Raises NotFound without scores.
        """
        with read_ranking(self._database, case) as ranking:
            whole, apart = _told(ranking)
            query = "SELECT c.id, c.key, s.member_of FROM chain c CROSS JOIN score s ON s.chain_id = c.id"
            where = f" WHERE s.set_id = {ranking.set} AND c.id IN ({{}})"
            chains = sorted({*whole, *(one.chain for one in apart)})
            named = {chain: (key, finding) for chain, key, finding in in_chunks(ranking.connection, query + where, chains)}
        found = {
            (named[chain][0], WHOLE): Said(word, named[chain][1], act) for chain, (word, act) in whole.items() if chain in named
        }
        words = told.words_of(apart)
        for one in sorted(apart, key=lambda one: (not one.odd, one.finding == 0, one.finding, one.act)):
            if one.chain in named and words[one.chain, one.shape]:
                said = Said(words[one.chain, one.shape], one.finding, one.act)
                found.setdefault((named[one.chain][0], one.shape), said)
        return found

    def load_remembered(self, case: str, detector: str) -> Elsewhere:
        """The verdicts that variants got in other cases under the same detector."""
        with read_case(self._database, case) as (connection, number):
            event = learnt.elsewhere(connection, number, detector)
            chains = [
                (steps, shape, verdict, f"case {row.name}")
                for row in connection.exec_driver_sql(OTHER_CASES, (detector, number)).all()
                for steps, shape, verdict in _remembered(connection, row.id, detector)
            ]
            texts = step_texts(connection, [steps for steps, *_ in chains])
        return Elsewhere(
            tuple(
                (tuple(texts[path] for path in unpack_steps(steps)), shape, int(Verdict.of(verdict)), origin)
                for steps, shape, verdict, origin in chains
            ),
            event,
        )

    def label_event(self, case: str) -> int:
        """Newest label event of the case, 0 for none."""
        with read_case(self._database, case) as (connection, number):
            return int(connection.exec_driver_sql(learnt.NEWEST, (number,)).scalar_one())

    def write_learnt(
        self, case: str, base: BaseQueue, queue: LearntQueue, asks: Mapping[str, Ints32] | None = None, elsewhere: int = 0
    ) -> None:
        """Replace the learnt queue of the case, made of `base`, with further orders to ask in, in one transaction.

        `elsewhere`: the label event of other cases that it reflects. Where every verdict was taken back there is no order
        afterwards, as before the first one. Raises StoreError when the case was scored anew since
        `base` was loaded: the ranks are others now.
        """
        with write_case(self._database, case) as (connection, number):
            ranking = Ranking.of(connection, number)
            set_id = ranking.set
            if base.basis is None or base.basis[0] != set_id:
                raise StoreError("The case was scored anew meanwhile.", remedy="Rank it again.")
            if not learnt.taught(ranking):
                packed.forget(connection, set_id)
                connection.commit()
                return
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


def _variants(chains: ChainCorpus, processes: ProcessTable, finding: Ints, covered: Floats) -> ChainVariants:
    """The variants of a queue. finding [c]: of scores that were made before incidents were, when chains were what findings
    had.
    """
    if not len(covered):
        return ChainVariants.of(processes, len(chains), None, np.append(finding, 0)[processes.chain])
    score, number, odd = np.full(len(processes), np.nan), np.zeros(len(processes), np.int64), np.zeros(len(processes), np.bool_)
    at = processes.index_of(covered[:, 0].astype(np.int64))
    there = at >= 0
    at, found = at[there], covered[there]
    number[at], odd[at], score[at] = found[:, 1].astype(np.int64), found[:, 2] > 0, found[:, 3]
    return ChainVariants.of(processes, len(chains), score, number, odd)


def _covered(connection: Connection, set_id: int) -> Floats:
    """[n, 4] process, finding, odd or not, own score (NaN: unknown). Integers up to 2**53 are exact."""
    parts = [np.array(rows, dtype=np.float64) for rows in blocks(connection, COVERED, (set_id,))]
    return np.concatenate(parts) if parts else np.zeros((0, 4))


def _told(ranking: Ranking) -> tuple[dict[int, tuple[str, int]], list[told.Saying]]:
    """Chain -> verdict and act, of chains of which nothing narrower is said; and groups of processes of the others."""
    apart = told.narrow(ranking.connection, ranking.case)
    clause = compiled(ranking, LABELLED)
    query = f"SELECT s.chain_id, {EFFECTIVE}, {ACT} FROM {clause.source} WHERE {clause.where}"
    found = ranking.connection.exec_driver_sql(query, clause.parameters).all()
    whole = {int(chain): (str(word), int(act)) for chain, word, act in found if chain not in apart and word is not None}
    return whole, told.groups(ranking.connection, ranking.set, apart)


def _as_rows(base: BaseQueue, whole: Mapping[int, tuple[str, int]], apart: Sequence[told.Saying], event: int) -> ToldVerdicts:
    """By the rows of a queue; what is not in it is left out."""
    ids = base.corpus.ids
    row_of = {int(chain): row for row, chain in enumerate(ids.tolist())} if len(apart) else {}
    rows = np.flatnonzero(np.isin(ids, np.array(list(whole), dtype=np.int64)))
    given = np.array([(Verdict.of(whole[one][0]), whole[one][1]) for one in ids[rows].tolist()], dtype=np.int64).reshape(-1, 2)
    known = [one for one in apart if one.chain in row_of]
    columns = np.array(
        [(row_of[one.chain], one.shape, one.finding, one.odd, one.verdict, one.act, one.processes) for one in known],
        dtype=np.int64,
    ).reshape(-1, 7)
    variant = base.variants.of_processes(columns[:, 0], columns[:, 1])
    columns, variant = columns[variant >= 0], variant[variant >= 0]  # a process that came after the scoring
    _, _, finding, odd, verdict, act, processes = columns.T
    return ToldVerdicts(
        rows, given[:, 0].astype(np.int8), given[:, 1].copy(), variant, finding.copy(), odd.astype(np.bool_),
        verdict.astype(np.int8), act.copy(), processes.copy(), event,
    )  # fmt: skip


def _remembered(connection: Connection, case: int, detector: str) -> list[tuple[bytes, int | None, str]]:
    """Packed steps, shape and verdict of the variants of another case. A verdict on a whole chain is one on what the chain was
    there, by the shapes of its scoring under the detector; where there are none it is of all command lines.
    """
    apart = told.narrow(connection, case)
    rows = connection.exec_driver_sql(LABELLED_CHAINS, (case,)).all()
    steps = {int(row.id): bytes(row.steps) for row in rows}
    whole = [int(row.id) for row in rows if row.verdict is not None and row.id not in apart]
    verdicts = {int(row.id): str(row.verdict) for row in rows}
    scored = connection.exec_driver_sql(SCORED, (case, detector)).scalar()
    query = SHAPES.format(set=-1 if scored is None else int(scored))
    shapes: dict[int, list[int | None]] = {}
    for chain, shape in in_chunks(connection, query, whole):
        shapes.setdefault(int(chain), []).append(int(shape))
    found = [(steps[chain], shape, verdicts[chain]) for chain in dict.fromkeys(whole) for shape in shapes.get(chain, [None])]
    narrower = told.words_of(told.groups(connection, None, apart & steps.keys()))
    return found + [(steps[chain], shape, word) for (chain, shape), word in narrower.items() if word]
