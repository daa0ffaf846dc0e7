"""Every setting of a detector, in one serialisable place."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from engine.detector.thresholds import AlertBudget
from engine.embedding import EmbeddingParams
from engine.errors import ModelCorrupt, UsageError

PUBLISHED = "published"
FUSED = "fused"
WEIGHTINGS = ("linear", "sqrt", "none")


@dataclass(frozen=True, slots=True)
class NetworkParams:
    """Settings of the autoencoder and its training."""

    hidden: int = 64
    """Width of each LSTM direction."""
    code: int = 24
    """Numbers that a chain must fit through."""
    batch: int = 128
    steps: int = 3000
    """Most batches; 66 s for 5,000 chains on one thread, twice that on a busy machine. Stops earlier
    when the loss stands still."""
    learning_rate: float = 5e-3
    weighting: str = "sqrt"
    """A chain that occurred n times is drawn in proportion to n ("linear", as published), √n, or 1 ("none"). √n by
    default: linearly, one noisy service of a million starts is nearly all that the network ever sees."""
    patience: int = 6
    """Stop after so many windows of 100 batches without 1 % less loss than the best window; 0: never."""


@dataclass(frozen=True, slots=True)
class DetectorParams:
    """What `Detector(params)` stores. Defaults are meant to be left alone."""

    seed: int = 1
    score: str = FUSED
    """What the queue is sorted by: "published" is the mean reconstruction error alone, "fused" the weighted mean of
    surprises (engine.detector.fusion). Every signal stays visible either way."""
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
