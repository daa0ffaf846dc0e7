"""Above all others: chains and processes of which a signal says something settled (Signal.certain), whatever the rest fuses to.

They get one number more, the same for all of them: just so much that the lowest of them is above everything else and above every
threshold that the model can promise. So they keep their order, the rest keeps its scores, and what was added is that signal's
part of the score. Nothing is added to what they started: that is lifted as ever, and is in their incident.

Rejected: a place in the fusion with a large weight, which the other families still outvote where they are silent; and the highest
score that there can be, ln 2(n + 1), beside which nothing in the same tree would be odd any more (engine.findings.incidents).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.detector.params import PUBLISHED, DetectorParams
from engine.detector.reading import Reading, final_score, process_scores
from engine.domain.arrays import Floats, Floats32
from engine.domain.processes import ProcessTable
from engine.signals.ancestry import with_ancestors
from engine.signals.fusion import certain, fuse_variants, speaking

MARGIN = 0.1
"""Nats between the lowest of them and what is below."""
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Certain:
    """What is settled of c chains and n processes, and how much that adds."""

    signals: tuple[str, ...]
    """Which say so."""
    chains: Flags
    """[c]"""
    processes: Flags
    """[n] only those that a signal speaks of, and not all of their chain."""
    added: float
    """To the score of each."""
    lowest: float
    """Score of the lowest of them, with that."""

    @classmethod
    def of(
        cls, reading: Reading, table: ProcessTable | None, total: Floats, own: Floats32 | None, highest: float
    ) -> Certain | None:
        """None where nothing is settled. total [c], own [n] as they were fused; highest: no threshold is above it."""
        speaking = certain(reading.values)
        if not speaking:
            return None
        chains = np.logical_or.reduce(list(speaking.values()))
        processes = np.zeros(0, dtype=np.bool_)
        if table is not None and own is not None and reading.variants is not None:
            by_variant = [*certain(reading.by_variant).values()]
            of_variant = np.logical_or.reduce([*by_variant, np.zeros(len(reading.variants.chain), dtype=np.bool_)])
            processes = np.append(of_variant, False)[reading.variants.of_process] & ~np.isnan(own)
        scores = [(total, chains), *([] if own is None else [(own.astype(np.float64), processes)])]
        beside = max(float(np.max(score[~which & ~np.isnan(score)], initial=highest)) for score, which in scores)
        lowest = min(float(np.min(score[which], initial=np.inf)) for score, which in scores)
        added = max(beside - lowest, 0.0) + MARGIN
        return cls(tuple(speaking), chains, processes, added, float(np.float32(lowest + added)))


@dataclass(frozen=True, slots=True)
class Fused:
    """Scores as the signals fuse to them, before anything is added."""

    chains: Floats
    """[c]"""
    processes: Floats32 | None
    """[n] NaN for those without a chain; None where the processes are not known."""
    variants: Floats | None = None
    """[v] before ancestors lift any; None where processes have their chain's score, as by the published one, which knows no
    command lines."""

    @classmethod
    def of(cls, params: DetectorParams, reading: Reading, known_share: float, table: ProcessTable | None) -> Fused:
        """See engine.detector.reading."""
        if table is None:
            return cls(final_score(params, reading.values, known_share), None)
        if params.score == PUBLISHED or reading.variants is None:
            chains = final_score(params, reading.values, known_share, table)
            of_processes = np.where(table.chain >= 0, np.append(chains, np.nan)[table.chain], np.nan)
            return cls(chains, of_processes.astype(np.float32))
        values = speaking(reading.values, known_share)
        chains, variants = fuse_variants(values, reading.variants.chain, reading.by_variant)
        return cls(with_ancestors(chains, table), process_scores(reading.variants, variants, table), variants)

    def with_certain(
        self, reading: Reading, table: ProcessTable | None, highest: float
    ) -> tuple[Floats, Floats32 | None, Certain | None]:
        """Both with what is settled above the rest, and what that is; the very same where nothing is. highest: see Certain.of."""
        settled = Certain.of(reading, table, self.chains, self.processes, highest)
        if settled is None:
            return self.chains, self.processes, None
        own = self.processes
        chains = np.where(settled.chains, self.chains + settled.added, self.chains)
        added = None if own is None else np.where(settled.processes, own + np.float32(settled.added), own).astype(np.float32)
        return chains, added, settled
