"""How far a case is from what a model learnt: asked before an old model ranks a new estate.

Shares of what the model never saw, and for every signal how far its distribution over the case's chains is from the one over
the training chains (two-sample Kolmogorov-Smirnov distance: 0 alike, 1 apart). No test of significance: with thousands of
chains every difference is significant, and what matters is whether the model still tells odd from everyday.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from engine.detector.state import Fitted
from engine.domain.arrays import Floats
from engine.domain.chains import ChainCorpus
from engine.domain.distinct import distinct
from engine.paths import basename
from engine.rules.corpus import normalised
from engine.signals.catalogue.starter_rarity import SIGNAL as ELSEWHERE
from engine.signals.pairs import PairTable
from engine.signals.registry import signals
from engine.signals.tails import TailTable
from engine.words.embedding import words_of


class Advice(StrEnum):
    """What to do with the model here."""

    USE = "use"
    CAUTION = "caution"
    RETRAIN = "retrain"


@dataclass(frozen=True, slots=True)
class Drift:
    """Shares are of the case, 0 … 1."""

    images: float
    """Processes whose program's name no training chain has."""
    pairs: float
    """Processes that were started by a parent that never started such a child in training."""
    words: float
    """Different words of paths that are new."""
    chains: float
    """Different chains that are new."""
    shifts: Mapping[str, float]
    """Signal -> Kolmogorov-Smirnov distance, for the signals that training shapes."""

    @property
    def shift(self) -> float:
        """The middle one of the signals' shifts; 0 without any."""
        return float(np.median(list(self.shifts.values()))) if self.shifts else 0.0

    @property
    def advice(self) -> Advice:
        """By thresholds that were measured between recordings (docs/detection.md, "Drift")."""
        if self.pairs >= FOREIGN_PAIRS or self.shift >= FOREIGN_SHIFT:
            return Advice.RETRAIN
        if self.pairs >= CHANGED_PAIRS or self.shift >= CHANGED_SHIFT:
            return Advice.CAUTION
        return Advice.USE


CHANGED_PAIRS, FOREIGN_PAIRS = 0.20, 0.45
CHANGED_SHIFT, FOREIGN_SHIFT = 0.40, 0.65
"""Between recordings (five models, 87 pairs of recordings): a later part of one estate had at most .39 new pairs and a shift of
.59; other estates of one system from .08 and .39 up, in the middle .76 and .78; another system always above both."""


def drift(state: Fitted, corpus: ChainCorpus, values: Mapping[str, Floats]) -> Drift:
    """Of a corpus, and the values that the model's signals have there (`Detector.signals`). What the starter brought in counts as
    known.
    """
    corpus, _ = normalised(corpus, state.rules)  # what the model reads; else every version of a program would be news
    used = distinct(corpus.steps[corpus.steps >= 0]).tolist()
    words = {word for path in used for word in words_of(corpus.paths[path])}
    known_words = set(state.inputs.word_share) if state.inputs is not None else set(state.embedding.words)
    elsewhere = state.table_of(ELSEWHERE)
    tables = [state.pairs] if elsewhere is None else [state.pairs, elsewhere]
    weight = corpus.counts / max(int(corpus.counts.sum()), 1)
    return Drift(
        images=float(weight[_new_image(tables, corpus)].sum()),
        pairs=float(weight[_new_pair(tables, corpus)].sum()),
        words=len(words - known_words) / max(len(words), 1),
        chains=float((state.chains.rows(corpus.keys) < 0).mean()) if len(corpus) else 0.0,
        shifts={
            name: distance(state.tails.get(name, TailTable(np.zeros(0))).values, values[name])
            for name in (signal.name for signal in signals() if signal.shaped)
            if name in values and name in state.tails
        },
    )


def distance(ours: Floats, theirs: Floats) -> float:
    """Largest difference of the two empirical distribution functions; NaN left out, 0 when either is empty."""
    ours, theirs = np.sort(ours[np.isfinite(ours)]), np.sort(theirs[np.isfinite(theirs)])
    if not len(ours) or not len(theirs):
        return 0.0
    at = np.sort(np.r_[ours, theirs])
    below = [np.searchsorted(one, at, side="right") / len(one) for one in (ours, theirs)]
    return float(np.abs(below[0] - below[1]).max())


def _new_image(tables: list[PairTable], corpus: ChainCorpus) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    leaf = corpus.steps[np.arange(len(corpus)), np.maximum(corpus.lengths - 1, 0)]
    # Names in a counted pair: a table may name more than its chains have.
    known = {
        table.names[code]
        for table in tables
        for code in distinct(*np.divmod(table.pairs, len(table.names) + 1)).tolist()
        if code < len(table.names)
    }
    new = np.array([basename(path) not in known for path in corpus.paths], dtype=np.bool_)
    return new[leaf] if len(corpus) else np.zeros(0, np.bool_)


def _new_pair(tables: list[PairTable], corpus: ChainCorpus) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """[c] whether no table has the chain's last edge; chains of one step have none."""
    rows, last = np.arange(len(corpus)), np.maximum(corpus.lengths - 1, 0)
    new = corpus.lengths > 1
    for table in tables:
        codes = table.codes(corpus.paths)
        parent, child = codes[corpus.steps[rows, np.maximum(last - 1, 0)]], codes[corpus.steps[rows, last]]
        new = new & (table.count(parent, child) == 0)
    return np.asarray(new)
