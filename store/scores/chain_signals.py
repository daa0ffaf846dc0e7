"""The signals and step errors of scored chains as columns, for whoever learns from all of them."""

from __future__ import annotations

import numpy as np

from engine.domain.arrays import Ints
from engine.domain.records import MAX_STEPS
from engine.verdicts.signals import ChainSignals
from store.base.blocks import blocks
from store.base.errors import damaged
from store.base.packed import stored_json
from store.scores.ranking import Ranking


def load(ranking: Ranking, ids: Ints) -> ChainSignals:
    """Of the chains of a corpus, ids [c]; unknown for those that have no score. Raises StoreError for damaged rows."""
    names = stored_json(
        ranking.connection.exec_driver_sql("SELECT signals FROM score_set WHERE id = ?", (ranking.set,)).scalar_one()
    )
    if not isinstance(names, list):
        raise damaged("the names of the signals are no list")
    tails, errors = np.full((len(ids), len(names)), np.nan), np.full((len(ids), MAX_STEPS), np.nan, dtype=np.float32)
    row_of = {chain: row for row, chain in enumerate(ids.tolist())}
    query = "SELECT chain_id, signals, step_errors FROM score WHERE set_id = ?"
    for rows in blocks(ranking.connection, query, (ranking.set,)):
        for chain, packed, steps in rows:
            if len(packed) != 16 * len(names) or len(steps) % 4 or len(steps) > 4 * MAX_STEPS:
                raise damaged("signals or errors of a score have another length")
            if (place := row_of.get(chain)) is not None:
                tails[place] = np.frombuffer(packed, dtype="<f8")[1::2]
                errors[place, : len(steps) // 4] = np.frombuffer(steps, dtype="<f4")
    return ChainSignals.of(zip(names, tails.T, strict=True), errors)
