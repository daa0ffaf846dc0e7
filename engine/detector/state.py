"""What a fitted detector consists of, and how it reads a corpus."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.detector.fusion import fuse
from engine.detector.params import PUBLISHED
from engine.device import Device
from engine.embedding import Embedding
from engine.progress import CancelToken, Listener
from engine.signals.frequency import ChainTable, chain_frequency, host_prevalence
from engine.signals.pairs import PairTable, pair_rarity
from engine.signals.roles import rolefrac
from engine.signals.tails import TailTable
from engine.signals.windows import window_rarity
from engine.tables import ChainCorpus, Floats, Floats32, Ints32

if TYPE_CHECKING:
    from engine.detector.training import TrainedNetwork


@dataclass(frozen=True, slots=True)
class Fitted:
    """What training leaves behind."""

    embedding: Embedding
    network: TrainedNetwork
    pairs: PairTable
    chains: ChainTable
    tails: dict[str, TailTable]
    threshold: float
    """On the score named by the parameters."""
    known_paths: tuple[str, ...]
    fingerprint: str
    device: str
    metrics: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """The network's view of one corpus."""

    vectors: Floats32
    """[p, d] of the corpus's paths."""
    errors: Floats32
    """[c, MAX_STEPS]"""
    worst_step: Ints32
    values: dict[str, Floats]
    """Signal -> [c] raw values."""


def read(
    embedding: Embedding,
    network: TrainedNetwork,
    pairs: PairTable,
    chains: ChainTable,
    corpus: ChainCorpus,
    device: Device,
    listener: Listener,
    token: CancelToken,
    stage: str = "score",
) -> Reading:
    """Every signal of every chain, raw."""
    from engine.detector.scoring import chain_errors, step_errors

    vectors = embedding.transform(corpus.paths)
    errors = step_errors(network, vectors, corpus.steps, corpus.lengths, device, listener, token, stage)
    mean, worst, worst_step = chain_errors(errors, corpus.lengths)
    values = {
        "reconstruction": mean,
        "reconstruction_worst": worst,
        "pair_rarity": pair_rarity(pairs, corpus),
        "window_rarity": window_rarity(pairs, corpus),
        "chain_frequency": chain_frequency(chains, corpus),
        "rolefrac": rolefrac(corpus),
    }
    prevalence = host_prevalence(chains, corpus)
    if prevalence is not None:
        values["host_prevalence"] = prevalence
    return Reading(vectors, errors, worst_step, values)


def final_score(score: str, values: dict[str, Floats], tails: dict[str, TailTable]) -> Floats:
    """[c] the number that the queue is sorted by: "published" or "fused" (see DetectorParams.score)."""
    if score == PUBLISHED:
        return values["reconstruction"]
    return fuse({name: tails[name].surprise(value) for name, value in values.items()})


def fingerprint(corpus: ChainCorpus) -> str:
    """Identity of a training set: BLAKE2b over its chain keys and counts in key order. 32 hex digits."""
    digest = hashlib.blake2b(digest_size=16)
    for key, count in sorted(zip(corpus.keys, corpus.counts.tolist(), strict=True)):
        digest.update(f"{key} {count}\n".encode())
    return digest.hexdigest()
