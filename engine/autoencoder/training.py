"""Training the autoencoder: one visible loop."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from engine.autoencoder.contrast import Impostors, margin_loss
from engine.autoencoder.params import NetworkParams
from engine.device import Device
from engine.domain.arrays import Floats, Floats32, Ints, Ints32
from engine.domain.distinct import distinct
from engine.progress import CancelToken, Listener, Step

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

WINDOW = 100
"""Batches between two looks at the loss."""
SLOWEST = 0.01
"""Share of the learning rate that is left at the end."""


@dataclass(frozen=True, slots=True)
class TrainedNetwork:
    """The network with the scale of its inputs. d dimensions."""

    module: nn.Module
    """engine.autoencoder.ensemble.EnsembleAutoencoder, or the published engine.autoencoder.published.ChainAutoencoder."""
    centre: Floats32
    """[d] mean path vector of the training steps."""
    scale: float
    """Root mean square of what is left after centring. Errors are in units of it squared: 1 is what guessing the mean
    costs. One number for all dimensions, so the ranking is that of the raw vectors; only the optimiser notices."""
    metrics: dict[str, float] = field(default_factory=dict)

    def inputs(self, vectors: Floats32) -> Floats32:
        """[…, d] path vectors in the network's units."""
        return (vectors - self.centre) / np.float32(self.scale)


class ChainSampler:
    """Draws batches of chains of one length: the length by its share of the weight, then chains by theirs."""

    def __init__(self, lengths: Ints32, weight: Floats, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._rows = [np.flatnonzero(lengths == length) for length in distinct(lengths[lengths > 0])]
        self._edges = [np.cumsum(weight[rows]) for rows in self._rows]
        totals = np.array([edges[-1] for edges in self._edges])
        self._share = totals / totals.sum()

    def draw(self, size: int) -> Ints:
        """[size] rows of the corpus, all of one length; with replacement."""
        bucket = int(self._random.choice(len(self._rows), p=self._share))
        edges = self._edges[bucket]
        at = np.searchsorted(edges, self._random.random(size) * edges[-1], side="right")
        drawn: Ints = self._rows[bucket][np.minimum(at, len(edges) - 1)]
        return drawn


def weights(counts: Ints, own: int, params: NetworkParams) -> Floats:
    """[c] how often each chain is drawn beside the others; the first `own` are the estate's, the others a starter's."""
    by_count = {"linear": counts.astype(np.float64), "sqrt": np.sqrt(counts), "none": np.ones(len(counts))}
    weight: Floats = by_count[params.weighting]
    estate, starter = float(weight[:own].sum()), float(weight[own:].sum())
    if estate > 0:
        weight[:own] *= max(1.0, params.estate / (1 - params.estate) * starter / estate)
    return weight


class Plateau:
    """Early stopping: True once `patience` windows in a row were not 1 % better than the best before them."""

    def __init__(self, patience: int) -> None:
        self._patience = patience
        self._best = float("inf")
        self._stale = 0

    def reached(self, loss: float) -> bool:
        """Take in one window's mean loss."""
        self._stale = 0 if loss < 0.99 * self._best else self._stale + 1
        self._best = min(self._best, loss)
        return 0 < self._patience <= self._stale


def scale_of(vectors: Floats32, steps: Ints32, counts: Ints) -> tuple[Floats32, float]:
    """Centre [d] and root mean square of the path vectors, each path weighted by its steps in √count chains."""
    used = steps >= 0
    weight = np.zeros(len(vectors), dtype=np.float64)
    np.add.at(weight, steps[used], np.broadcast_to(np.sqrt(counts)[:, None], steps.shape)[used])
    weight /= max(float(weight.sum()), 1e-12)
    centre: Floats = weight @ vectors.astype(np.float64)
    spread = float(np.sqrt(weight @ np.square(vectors - centre).mean(axis=1)))
    return centre.astype(np.float32), spread if spread > 1e-9 else 1.0


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """c unique chains over p paths."""

    vectors: Floats32
    """[p, d] of the paths."""
    steps: Ints32
    """[c, MAX_STEPS] indices into `vectors`, padded with -1 at the end."""
    lengths: Ints32
    counts: Ints
    """[c] how often each chain occurred."""
    own: int
    """How many of them, the first ones, are the estate's; 0: all alike."""


def train_network(
    data: TrainingSet,
    params: NetworkParams,
    batches: int,
    seed: int,
    device: Device,
    listener: Listener,
    token: CancelToken,
    *,
    published: bool = False,
) -> TrainedNetwork:
    """Fit the autoencoder to the chains of `data`.

    At most `batches` optimiser steps. Repeats bit for bit on the CPU with the same seed and thread count; on CUDA and
    Metal it does not. Raises Cancelled between two batches.
    """
    import torch

    trained = _untrained(data, params, seed, device, published)
    members = 1 if published else params.members
    module = trained.module.train()
    table = torch.from_numpy(trained.inputs(data.vectors)).to(device.kind)
    sampler = ChainSampler(data.lengths, weights(data.counts, data.own, params), seed)
    wrong = None if published or not params.contrast else Impostors(data.steps, data.counts, params.contrast, seed)
    optimiser, schedule = _optimiser(module, params, batches)
    plateau, window, drawn, loss_shown, begun = Plateau(params.patience), 0.0, 0, float("nan"), time.monotonic()
    recent: deque[float] = deque(maxlen=WINDOW)  # what is shown moves with every step, not once in a window

    for batch in range(1, batches + 1):
        token.raise_if_cancelled()
        rows = sampler.draw(members * params.batch)
        loss = _loss(module, table, data, rows, 0 if published else members, wrong)
        _step(loss, optimiser, module, published)
        schedule.step()
        drawn += len(rows)
        recent.append(loss.item() / members)
        window += recent[-1]
        stop = batch == batches
        if batch % WINDOW == 0 or stop:
            loss_shown, window = window / ((batch - 1) % WINDOW + 1), 0.0
            stop = stop or plateau.reached(loss_shown)
        if batch % 10 == 0 or stop:
            rate = drawn / max(time.monotonic() - begun, 1e-9)
            shown = {"loss": sum(recent) / len(recent), "chains/s": rate}
            listener(Step("train", batch, batches, "batches", metrics=shown, last=stop))
        if stop:
            break
    trained.metrics.update(loss=loss_shown, batches=float(batch), chains_per_second=rate, seconds=time.monotonic() - begun)
    module.eval()
    return trained


def _untrained(data: TrainingSet, params: NetworkParams, seed: int, device: Device, published: bool) -> TrainedNetwork:
    """The network with its start weights; torch's global random state is left as it was."""
    import torch

    size = data.vectors.shape[1]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = network_of(size, params, published)
    if not published:  # whitened already
        return TrainedNetwork(module.to(device.kind), np.zeros(size, dtype=np.float32), 1.0)
    centre, scale = scale_of(data.vectors, data.steps, data.counts)
    return TrainedNetwork(module.to(device.kind), centre, scale)


def network_of(size: int, params: NetworkParams, published: bool) -> nn.Module:
    """A new network for inputs of `size` numbers per step."""
    if published:
        from engine.autoencoder.published import ChainAutoencoder

        return ChainAutoencoder(size, params.hidden, params.code)
    from engine.autoencoder.ensemble import EnsembleAutoencoder

    return EnsembleAutoencoder(size, params.hidden, params.code, params.members)


def _optimiser(
    module: nn.Module, params: NetworkParams, batches: int
) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
    """Steps that shrink along half a cosine to a hundredth: rankings of different seeds then differ less than with full speed
    for 70 % of the way and 0.3 of it after that, which stops wherever the last batches have thrown the weights.

    Source: Loshchilov and Hutter, "SGDR", 2017.
    """
    import torch

    optimiser = torch.optim.Adam(module.parameters(), lr=params.learning_rate)
    slowest = SLOWEST * params.learning_rate
    return optimiser, torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, batches, eta_min=slowest)


def _loss(
    module: nn.Module, table: Tensor, data: TrainingSet, rows: Ints, members: int, impostors: Impostors | None = None
) -> Tensor:
    """Mean error of a batch, added up over the members (0: the published network): no gradient depends on another's.

    With impostors, some chains have a wrong step: they cost what is missing to the margin, and only the others their error.
    """
    import torch

    from engine.autoencoder.published import step_errors

    chains = data.steps[rows, : data.lengths[rows[0]]].astype(np.int64)

    def taken(steps: Ints) -> Tensor:
        x = table[torch.from_numpy(steps).to(table.device)]  # [M * B, L, d]
        return x.reshape(members, -1, *x.shape[1:]) if members else x

    if impostors is None:
        true = taken(chains)
        return step_errors(true, module(true)).mean() * max(members, 1)
    changed, planted, at = impostors.plant(chains, members)
    seen = taken(changed)
    rebuilt = module(seen)
    errors = step_errors(seen, rebuilt).reshape(len(chains), -1)
    if not len(planted):
        return errors.mean() * members
    real = torch.ones(len(chains), dtype=torch.bool, device=errors.device)
    real[torch.from_numpy(planted)] = False
    return (errors[real].mean() + margin_loss(errors, planted, at, changed[planted, at] != chains[planted, at])) * members


def _step(loss: Tensor, optimiser: torch.optim.Optimizer, module: nn.Module, published: bool) -> None:
    """One step of the optimiser. The ensemble's gradients are clipped number by number: a norm would couple the members."""
    import torch

    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    if published:
        torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
    else:
        torch.nn.utils.clip_grad_value_(module.parameters(), 1.0)
    optimiser.step()
