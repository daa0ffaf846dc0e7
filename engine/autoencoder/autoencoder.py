"""What a network that learns chains is, and the two there are: the ensemble, and the one of the first paper.

Whoever trains, scores, saves or loads asks the `Autoencoder` and never which of the two it is. Both are descriptions: torch is
imported when one is built.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from engine.autoencoder.contrast import Impostors
from engine.autoencoder.inputs import WHITE, StepInputs, raw_size
from engine.autoencoder.params import NetworkParams
from engine.autoencoder.sampling import TrainingChains, scale_of
from engine.domain.arrays import Floats32, Ints, Ints32
from engine.words.embedding import Embedding

if TYPE_CHECKING:
    from torch import nn


class Autoencoder(Protocol):
    """A network before it has learnt."""

    @property
    def params(self) -> NetworkParams:
        """Settings of the network and its training."""

    @property
    def members(self) -> int:
        """Networks that learn side by side; their errors are averaged."""

    def inputs(self, embedding: Embedding, paths: Sequence[str], steps: Ints32, counts: Ints) -> StepInputs | None:
        """What it sees of a step, fitted on the training chains [c, MAX_STEPS]; None where that is the words' mean."""

    def width(self, words: int) -> int:
        """Numbers per step, from word vectors of `words` numbers."""

    def units(self, data: TrainingChains) -> tuple[Floats32, float]:
        """Centre [d] and scale of its inputs (engine.autoencoder.training.TrainedNetwork)."""

    def build(self, size: int) -> nn.Module:
        """A new network for `size` numbers per step: [B, L, size], the same chains for all members, or [members, B, L, size]
        -> [members, B, L, size] what each member makes of them.
        """

    def impostors(self, data: TrainingChains, seed: int) -> Impostors | None:
        """Who puts wrong steps into its batches; None: nobody."""

    def clip(self, module: nn.Module) -> None:
        """Bound the gradients before a step of the optimiser."""


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Several small recurrent networks on whitened inputs (engine.autoencoder.ensemble): the default."""

    params: NetworkParams

    @property
    def members(self) -> int:
        """As the settings say."""
        return self.params.members

    def inputs(self, embedding: Embedding, paths: Sequence[str], steps: Ints32, counts: Ints) -> StepInputs | None:
        """Words, last component, classes, contradictions."""
        return StepInputs.fit(embedding, paths, steps, counts)

    def width(self, words: int) -> int:
        """As many as whitening keeps."""
        return min(WHITE, raw_size(words))

    def units(self, data: TrainingChains) -> tuple[Floats32, float]:
        """Whitened already."""
        return np.zeros(data.vectors.shape[1], dtype=np.float32), 1.0

    def build(self, size: int) -> nn.Module:
        """With start weights of torch's random state."""
        from engine.autoencoder.ensemble import EnsembleAutoencoder

        return EnsembleAutoencoder(size, self.params.hidden, self.params.code, self.members)

    def impostors(self, data: TrainingChains, seed: int) -> Impostors | None:
        """Unless the settings ask for none."""
        return Impostors(data.steps, data.counts, self.params.contrast, seed) if self.params.contrast else None

    def clip(self, module: nn.Module) -> None:
        """Number by number: a norm would couple the members."""
        from torch.nn.utils import clip_grad_value_

        clip_grad_value_(module.parameters(), 1.0)


@dataclass(frozen=True, slots=True)
class Published:
    """The LSTM of the first paper on averaged word vectors (engine.autoencoder.published)."""

    params: NetworkParams

    @property
    def members(self) -> int:
        """One, whatever the settings say."""
        return 1

    def inputs(self, embedding: Embedding, paths: Sequence[str], steps: Ints32, counts: Ints) -> StepInputs | None:
        """The words' mean, as published."""
        return None

    def width(self, words: int) -> int:
        """Those of a word."""
        return words

    def units(self, data: TrainingChains) -> tuple[Floats32, float]:
        """Those of the training steps."""
        return scale_of(data.vectors, data.steps, data.counts)

    def build(self, size: int) -> nn.Module:
        """With start weights of torch's random state."""
        from engine.autoencoder.published import ChainAutoencoder

        return ChainAutoencoder(size, self.params.hidden, self.params.code)

    def impostors(self, data: TrainingChains, seed: int) -> Impostors | None:
        """Real chains only, as published."""
        return None

    def clip(self, module: nn.Module) -> None:
        """By their norm."""
        from torch.nn.utils import clip_grad_norm_

        clip_grad_norm_(module.parameters(), 1.0)
