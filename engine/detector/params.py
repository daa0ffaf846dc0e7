"""Every setting of a detector, in one serialisable place."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from engine.autoencoder.autoencoder import Autoencoder, Ensemble, Published
from engine.autoencoder.params import WEIGHTINGS, NetworkParams
from engine.detector.thresholds import AlertBudget
from engine.errors import ModelCorrupt, UsageError
from engine.words.embedding import EmbeddingParams

PUBLISHED = "published"
FUSED = "fused"
BUDGET = "budget"
SHUFFLE = "shuffle"
LARGEST_SEED = 2**32 - 1
"""NumPy, torch and gensim all take it."""


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
    """Passes over the unique chains instead of `NetworkParams.steps`. One pass is ⌈chains / batch⌉ batches: at least as many
    draws as there are chains. Passes that are asked for are run, all of them, unless an early stop is asked for too."""
    early_stop: bool | None = None
    """Whether training winds down once the loss stands still (NetworkParams.patience). None: where no epochs are asked for."""
    threshold: str = BUDGET
    """Where the threshold comes from. "budget": the alert budget. "shuffle": the published test (engine.autoencoder.self_test),
    for the published score only; the budget where no chain can be shuffled."""
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
        if not 0 <= self.seed <= LARGEST_SEED:
            raise UsageError(f"{self.seed} is no seed.", remedy=f"Use 0 to {LARGEST_SEED}.")
        for passes, option in ((self.epochs, "--epochs"), (self.embedding.epochs, "--word-epochs")):
            if passes is not None and passes < 1:
                raise UsageError(f"{passes} epochs learn nothing.", remedy=f"Use {option} 1 or more.")
        if self.network.batch < 1:
            raise UsageError(f"{self.network.batch} chains are no batch.", remedy="Use --batch 1 or more.")
        if self.threshold not in (BUDGET, SHUFFLE):
            raise UsageError(f"Unknown origin {self.threshold!r} of a threshold.", remedy=f"Choose {BUDGET} or {SHUFFLE}.")
        if self.threshold == SHUFFLE and self.score != PUBLISHED:
            raise UsageError("The shuffle test is of the mean error: its threshold is for the published score only.")

    @property
    def autoencoder(self) -> Autoencoder:
        """The network that the score asks for, as patient as the training may be."""
        stops = self.epochs is None if self.early_stop is None else self.early_stop
        network = self.network if stops else replace(self.network, patience=0)
        return Published(network) if self.score == PUBLISHED else Ensemble(network)

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
