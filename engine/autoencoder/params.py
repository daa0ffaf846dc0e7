"""Settings of the autoencoder and its training."""

from __future__ import annotations

from dataclasses import dataclass

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
    """A chain that occurred n times is drawn in proportion to n ("linear"), √n, or 1 ("none"). √n by default: linearly, one
    noisy service of a million starts is nearly all that the network ever sees."""
    estate: float = 0.5
    """Share of the chains drawn that are of the estate itself, at least, however many a starter brings along. Without it a
    starter of some thousand chains leaves a small estate hardly learnt. One without a starter is all of the estate."""
    contrast: float = 0.3
    """Share of a batch's chains in which one step is replaced by a wrong one (engine.autoencoder.contrast); 0: none. With them
    the worst step points at a planted one more often; the ranking by the error hardly changes."""
    patience: int = 6
    """Windows of 100 batches without 1 % less loss than the best window until training winds down (engine.autoencoder.course);
    0: never."""
