"""Training the autoencoder: one visible loop."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from engine.autoencoder.autoencoder import Autoencoder
from engine.autoencoder.contrast import Impostors, margin_loss
from engine.autoencoder.course import WINDOW, Course
from engine.autoencoder.sampling import ChainSampler, TrainingChains, weights
from engine.device import Device
from engine.domain.arrays import Floats32, Ints
from engine.progress import Run, Step

if TYPE_CHECKING:
    from torch import Tensor, nn


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
    """Of its training, for the manifest."""
    stop: str = ""
    """Why and when training ended before its time, as a sentence; "" when it did not, and for a model that was loaded."""

    def inputs(self, vectors: Floats32) -> Floats32:
        """[…, d] path vectors in the network's units."""
        return (vectors - self.centre) / np.float32(self.scale)


Watch = Callable[[TrainedNetwork], Mapping[str, float]]
"""What is looked at while a network trains, for whoever watches: names and figures. It must leave the network as it is."""
WATCHED = 100
"""Looks in all, at most."""
SELDOM = 500
"""Batches between two of them, at least."""


def train_network(
    network: Autoencoder, data: TrainingChains, batches: int, seed: int, device: Device, run: Run, watch: Watch | None = None
) -> TrainedNetwork:
    """Fit a network to the chains of `data`.

    At most `batches` optimiser steps (engine.autoencoder.course). Repeats bit for bit on the CPU with the same seed and thread
    count, watched or not; on CUDA and Metal it does not. Raises Cancelled between two batches.
    """
    import torch

    params, members = network.params, network.members
    trained = _untrained(network, data, seed, device)
    module = trained.module.train()
    table = torch.from_numpy(trained.inputs(data.vectors)).to(device.kind)
    sampler = ChainSampler(data.lengths, weights(data.counts, data.own, params), seed)
    impostors = network.impostors(data, seed)
    optimiser = torch.optim.Adam(module.parameters(), lr=params.learning_rate)
    course, told = Course(params, batches), _Told(run, batches, watch)

    for batch in range(1, batches + 1):
        run.raise_if_cancelled()
        rows = sampler.draw(members * params.batch)
        loss = _loss(module, table, data, rows, members, impostors)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        network.clip(module)
        for group in optimiser.param_groups:
            group["lr"] = course.rate(batch - 1)
        optimiser.step()
        told.add(loss.item() / members, len(rows))
        if batch % WINDOW == 0:
            course.look(batch, told.loss)
        told.report(batch, trained, "" if batch < course.last else course.stop, last=batch == course.last)
        if batch == course.last:
            break
    trained.metrics.update(loss=told.loss, **course.metrics, **told.metrics)
    module.eval()
    return replace(trained, stop=course.stop)


class _Told:
    """What is told of a training while it goes on."""

    def __init__(self, run: Run, batches: int, watch: Watch | None) -> None:
        self._run, self._batches, self._watch = run, batches, watch
        self._every = max(SELDOM, batches // WATCHED)
        self._recent: deque[float] = deque(maxlen=WINDOW)  # what is shown moves with every step, not once in a window
        self._drawn, self._begun = 0, time.monotonic()
        self._seen: Mapping[str, float] = {}

    def add(self, loss: float, chains: int) -> None:
        """A batch is done."""
        self._recent.append(loss)
        self._drawn += chains

    @property
    def loss(self) -> float:
        """Mean over the last window, or over what there is."""
        return sum(self._recent) / len(self._recent) if self._recent else float("nan")

    @property
    def metrics(self) -> dict[str, float]:
        """For the manifest."""
        seconds = time.monotonic() - self._begun
        return {"chains_per_second": self._drawn / max(seconds, 1e-9), "seconds": seconds}

    def report(self, batch: int, trained: TrainedNetwork, detail: str, *, last: bool) -> None:
        """Every ten batches, and at the end; the watch is asked less often."""
        if self._watch is not None and (last or batch % self._every == 0):
            self._seen = self._watch(trained)
        if last or batch % 10 == 0:
            shown = {"loss": self.loss, "chains/s": self.metrics["chains_per_second"], **self._seen}
            self._run.report(Step("train", batch, self._batches, "batches", detail, metrics=shown, last=last))


def _untrained(network: Autoencoder, data: TrainingChains, seed: int, device: Device) -> TrainedNetwork:
    """The network with its start weights; torch's global random state is left as it was."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = network.build(data.vectors.shape[1])
    return TrainedNetwork(module.to(device.kind), *network.units(data))


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
