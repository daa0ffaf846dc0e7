"""What a fitted detector consists of, and the rows that it reads."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from engine.autoencoder.inputs import StepInputs
from engine.autoencoder.training import TrainedNetwork
from engine.detector.calibration import Calibration
from engine.detector.known import KnownPaths
from engine.domain.arrays import Floats32, Ints
from engine.domain.chains import ChainCorpus
from engine.domain.processes import ProcessTable
from engine.rules.corpus import merged, normalised, numbered
from engine.rules.rule import RuleSet
from engine.signals.frequency import ChainTable
from engine.signals.pairs import PairTable
from engine.signals.signal import Signal
from engine.signals.step_tails import StepTails
from engine.signals.tails import TailTable
from engine.words.embedding import Embedding

if TYPE_CHECKING:
    from collections.abc import Sequence


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fitted:
    """What training leaves behind."""

    embedding: Embedding
    inputs: StepInputs | None
    """None for the published method, whose network takes the word vectors as they are."""
    network: TrainedNetwork
    pairs: PairTable
    """The estate's counts."""
    chains: ChainTable
    known: KnownPaths
    """Of the training data, for telling what a step was rebuilt as."""
    fingerprint: str
    device: str
    learnt: dict[str, Any] = field(default_factory=dict)
    """Signal -> what it has learnt, for those that have (engine.signals.signal)."""
    step_tails: StepTails | None = None
    """Errors of single steps by role; None in models of before, and where there was nothing to fit them on."""
    rules: RuleSet = field(default_factory=RuleSet)
    """Normalisation that every path goes through before anything else sees it; none by default."""
    tails: Mapping[str, TailTable] = field(default_factory=dict)
    threshold: float = float("inf")
    """On the training chains, by the score that the parameters name."""
    metrics: dict[str, Any] = field(default_factory=dict)
    calibration: Calibration | None = None
    """What clean host-days are like; None in models of before, for the published score, and where there was no host-day. Then
    the threshold of a queue is the queue's own."""
    estate: bool = True
    """False: its counts are of other estates, and those of here are the scored case's (engine.detector.counted)."""

    def table_of(self, signal: Signal[T]) -> T | None:
        """What a signal reads: its own table, or that of the signal that it names; None without."""
        found: T | None = self.learnt.get(signal.reads or signal.name)
        return found

    def vectors(self, paths: Sequence[str]) -> Floats32:
        """[p, d] what the network is given for each path."""
        if self.inputs is None:
            return self.embedding.transform(paths)
        return self.inputs.transform(self.embedding, paths)

    def known_vectors(self, paths: Sequence[str] = (), vectors: Floats32 | None = None) -> Floats32:
        """[k, d] of the known paths; vectors [p, d]: of some paths, which are taken and not made again."""
        place = {path: at for at, path in enumerate(self.known.paths)}
        at = np.array([place.get(path, -1) for path in paths], dtype=np.int64)
        taken = at >= 0
        new = np.ones(len(place), dtype=np.bool_)
        new[at[taken]] = False
        made = self.vectors([self.known.paths[row] for row in np.flatnonzero(new).tolist()])
        out = np.empty((len(place), made.shape[1]), dtype=np.float32)
        out[new] = made
        if vectors is not None:
            out[at[taken]] = vectors[taken]
        return out


@dataclass(frozen=True, slots=True)
class Rows:
    """A corpus as a detector reads it: paths normalised, rows those of the store."""

    corpus: ChainCorpus
    table: ProcessTable | None
    same: Ints | None
    """[c] number of the normalised chain of each row, by first appearance; None where all are different."""

    @classmethod
    def of(cls, corpus: ChainCorpus, table: ProcessTable | None, rules: RuleSet) -> Rows:
        """Normalise."""
        if not len(rules):
            return cls(corpus, table, None)
        corpus, table = normalised(corpus, rules, table)
        same = numbered(corpus.keys)
        return cls(corpus, table, same if int(same.max(initial=-1)) + 1 < len(corpus) else None)

    def merged(self) -> tuple[ChainCorpus, ProcessTable | None]:
        """Different chains only, what they count added up: what a detector learns from."""
        return (self.corpus, self.table) if self.same is None else merged(self.corpus, self.table)


def known_share(state: Fitted, corpus: ChainCorpus) -> float:
    """Share of the corpus's chains that training saw in the estate; 0 for an empty corpus."""
    return float((state.chains.rows(corpus.keys) >= 0).mean()) if len(corpus) else 0.0


def fingerprint(corpus: ChainCorpus) -> str:
    """Identity of a training set: BLAKE2b over its chain keys and counts in key order. 32 hex digits."""
    digest = hashlib.blake2b(digest_size=16)
    for key, count in sorted(zip(corpus.keys, corpus.counts.tolist(), strict=True)):
        digest.update(f"{key} {count}\n".encode())
    return digest.hexdigest()
