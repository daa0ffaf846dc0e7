"""Every setting of a detector, in one serialisable place."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from engine.detector.thresholds import AlertBudget
from engine.errors import ModelCorrupt, UsageError
from engine.words.embedding import EmbeddingParams

PUBLISHED = "published"
FUSED = "fused"
WEIGHTINGS = ("linear", "sqrt", "none")


@dataclass(frozen=True, slots=True)
class NetworkParams:
    """Settings of the autoencoder and its training."""

    hidden: int = 48
    """Width of each direction."""
    code: int = 24
    """Numbers that a chain must fit through."""
    members: int = 3
    """Networks that differ in start weights and batches; errors are averaged. The published network has one."""
    batch: int = 96
    """Chains per member."""
    steps: int = 1000
    """Most batches: about 10 s on one idle thread. Up to twice as many beside a starter, by the estate's share of the draws.
    Stops earlier when the loss stands still."""
    learning_rate: float = 7e-3
    weighting: str = "sqrt"
    """A chain that occurred n times is drawn in proportion to n ("linear", as published), √n, or 1 ("none"). √n by
    default: linearly, one noisy service of a million starts is nearly all that the network ever sees."""
    estate: float = 0.5
    """Share of the chains drawn that are of the estate itself, at least, however many a starter brings along. Without it a
    starter of some thousand chains leaves a small estate hardly learnt. One without a starter is all of the estate."""
    contrast: float = 0.3
    """Share of a batch's chains in which one step is replaced by a wrong one (engine.autoencoder.contrast); 0: none. With them the
    worst step points at a planted one more often; the ranking by the error hardly changes."""
    patience: int = 6
    """Stop after so many windows of 100 batches without 1 % less loss than the best window; 0: never."""


PUBLISHED_NETWORK = NetworkParams(hidden=64, members=1, batch=128, steps=3000, learning_rate=5e-3)
"""The network of the first paper, for `score="published"`."""


@dataclass(frozen=True, slots=True)
class DetectorParams:
    """What `Detector(params)` stores. Defaults are meant to be left alone."""

    seed: int = 1
    score: str = FUSED
    """What the queue is sorted by. "fused": the weighted mean of surprises (engine.signals.fusion). "published": the mean
    error of the first paper's autoencoder (averaged word vectors, LSTM) alone; the network is that one, then. Every
    signal stays visible either way."""
    threat_prior: bool = True
    """Whether a starter's supervised prior is used."""
    epochs: int | None = None
    """Passes over the unique chains instead of `network.steps`; one pass is as many draws as there are chains."""
    device: str = "auto"
    threads: int = 1
    embedding: EmbeddingParams = field(default_factory=EmbeddingParams)
    network: NetworkParams = field(default_factory=NetworkParams)
    budget: AlertBudget = field(default_factory=AlertBudget)

    def __post_init__(self) -> None:
        if self.score not in (PUBLISHED, FUSED):
            raise UsageError(f"Unknown score {self.score!r}.", remedy=f"Choose {PUBLISHED} or {FUSED}.")
        if self.network.weighting not in WEIGHTINGS:
            raise UsageError(f"Unknown weighting {self.network.weighting!r}.", remedy=f"Choose one of {', '.join(WEIGHTINGS)}.")
        if not 0 <= self.network.contrast < 1:
            raise UsageError(f"{self.network.contrast} is no share of a batch.", remedy="Use 0 to less than 1 for contrast.")
        if not 0 <= self.network.estate < 1:
            raise UsageError(f"{self.network.estate} is no share of the draws.", remedy="Use 0 to less than 1 for estate.")
        if self.epochs is not None and self.epochs < 1:
            raise UsageError(f"{self.epochs} epochs learn nothing.", remedy="Use --epochs 1 or more.")

    def to_dict(self) -> dict[str, Any]:
        """Plain values for the manifest."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> DetectorParams:
        """Back from `to_dict`. Raises ModelCorrupt for settings that this version does not know."""
        try:
            nested = {
                "embedding": EmbeddingParams(**plain["embedding"]),
                "network": NetworkParams(**plain["network"]),
                "budget": AlertBudget(**plain["budget"]),
            }
            return cls(**(plain | nested))
        except (KeyError, TypeError, UsageError) as problem:
            raise ModelCorrupt(f"The model's parameters are not of this version: {problem}") from problem
