"""Training the autoencoder: one visible loop."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from engine.autoencoder.autoencoder import Autoencoder
from engine.autoencoder.contrast import Impostors, margin_loss
from engine.autoencoder.params import NetworkParams
from engine.autoencoder.sampling import ChainSampler, TrainingChains, weights
from engine.device import Device
from engine.domain.arrays import Floats32, Ints
from engine.progress import Run, Step

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
    """As `Autoencoder.build` makes it."""
    centre: Floats32
    """[d] mean path vector of the training steps."""
    scale: float
    """Root mean square of what is left after centring. Errors are in units of it squared: 1 is what guessing the mean
    costs. One number for all dimensions, so the ranking is that of the raw vectors; only the optimiser notices."""
    metrics: dict[str, float] = field(default_factory=dict)

    def inputs(self, vectors: Floats32) -> Floats32:
        """[…, d] path vectors in the network's units."""
        return (vectors - self.centre) / np.float32(self.scale)


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


def train_network(
    network: Autoencoder, data: TrainingChains, batches: int, seed: int, device: Device, run: Run
) -> TrainedNetwork:
    """Fit a network to the chains of `data`.

    At most `batches` optimiser steps. Repeats bit for bit on the CPU with the same seed and thread count; on CUDA and
    Metal it does not. Raises Cancelled between two batches.
    """
    import torch

    params, members = network.params, network.members
    trained = _untrained(network, data, seed, device)
    module = trained.module.train()
    table = torch.from_numpy(trained.inputs(data.vectors)).to(device.kind)
    sampler = ChainSampler(data.lengths, weights(data.counts, data.own, params), seed)
    impostors = network.impostors(data, seed)
    optimiser, schedule = _optimiser(module, params, batches)
    plateau, window, drawn, loss_shown, begun = Plateau(params.patience), 0.0, 0, float("nan"), time.monotonic()
    recent: deque[float] = deque(maxlen=WINDOW)  # what is shown moves with every step, not once in a window

    for batch in range(1, batches + 1):
        run.raise_if_cancelled()
        rows = sampler.draw(members * params.batch)
        loss = _loss(module, table, data, rows, members, impostors)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        network.clip(module)
        optimiser.step()
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
            run.report(Step("train", batch, batches, "batches", metrics=shown, last=stop))
        if stop:
            break
    trained.metrics.update(loss=loss_shown, batches=float(batch), chains_per_second=rate, seconds=time.monotonic() - begun)
    module.eval()
    return trained


def _untrained(network: Autoencoder, data: TrainingChains, seed: int, device: Device) -> TrainedNetwork:
    """The network with its start weights; torch's global random state is left as it was."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = network.build(data.vectors.shape[1])
    return TrainedNetwork(module.to(device.kind), *network.units(data))


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
    module: nn.Module, table: Tensor, data: TrainingChains, rows: Ints, members: int, impostors: Impostors | None
) -> Tensor:
    """Mean error of a batch, added up over the members: no gradient depends on another's.

    With impostors, some chains have a wrong step: they cost what is missing to the margin, and only the others their error.
    """
    import torch

    from engine.autoencoder.published import step_errors

    chains = data.steps[rows, : data.lengths[rows[0]]].astype(np.int64)
    changed, planted, at = (chains, rows[:0], rows[:0]) if impostors is None else impostors.plant(chains, members)
    seen = table[torch.from_numpy(changed).to(table.device)]  # [M * B, L, d]
    seen = seen.reshape(members, -1, *seen.shape[1:])
    errors = step_errors(seen, module(seen)).reshape(len(chains), -1)
    if not len(planted):
        return errors.mean() * members
    real = torch.ones(len(chains), dtype=torch.bool, device=errors.device)
    real[torch.from_numpy(planted)] = False
    return (errors[real].mean() + margin_loss(errors, planted, at, changed[planted, at] != chains[planted, at])) * members
