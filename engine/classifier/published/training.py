"""The second paper's network, and how it is trained: one visible loop. Imports torch: import this module inside functions only.

    Embedding(64) -> bidirectional LSTM(64), whole sequence -> LSTM(32), last step -> one number -> sigmoid

As published (the layers stand in the released model's file). Ours, as the repository says nothing of the training: Adam, its rate
falling along half a cosine, dropout, gradients cut at 1, and how many batches there are (engine.classifier.published.recipe).
Mended: padding is masked (Keras' mask is off in the released model, whose second LSTM goes on over the padding), and a name that
training never saw keeps its step. So that the network has met such names, one step in twenty is taken for one in training, in
both classes alike.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

from engine.classifier.published.network import BOTH, EMBEDDING, LAST, PADDING, UNKNOWN
from engine.classifier.published.recipe import PaperRecipe
from engine.device import resolve, threads_of
from engine.domain.arrays import Floats32, Ints
from engine.progress import Run, Step

STAGE = "train sequences"


class PublishedNetwork(nn.Module):
    """Log odds of abnormal."""

    def __init__(self, names: int, dropout: float) -> None:
        """names: rows of the embedding, padding and the unknown name included."""
        super().__init__()
        self.embedding = nn.Embedding(names, EMBEDDING, padding_idx=PADDING)
        self.both = nn.LSTM(EMBEDDING, BOTH, batch_first=True, bidirectional=True)
        self.last = nn.LSTM(2 * BOTH, LAST, batch_first=True)
        self.drop = nn.Dropout(dropout)
        self.output = nn.Linear(LAST, 1)

    def forward(self, rows: Tensor, lengths: Tensor) -> Tensor:
        """Rows [b, l] of the embedding, root first, padded at the end; lengths [b] -> [b]."""
        packed = pack_padded_sequence(self.drop(self.embedding(rows)), lengths, batch_first=True, enforce_sorted=False)
        seen, _ = self.both(packed)
        _, (state, _) = self.last(seen)  # of a packed sequence: the state at its last real step
        out: Tensor = self.output(self.drop(state[-1])).squeeze(1)
        return out


def train(rows: Ints, abnormal: Floats32, names: int, recipe: PaperRecipe, run: Run) -> tuple[Mapping[str, Floats32], str]:
    """Weights by name, and the device as a line for the manifest. The same recipe makes the same bytes on one thread of a CPU.

    rows [n, steps] of the embedding, padded at the end. Raises Cancelled between two batches.
    """
    device = resolve("cpu", recipe.threads)
    with threads_of(device), torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        network = PublishedNetwork(names, recipe.dropout)
        _fit(network, rows, abnormal, recipe, run)
    return {name: tensor.detach().numpy().copy() for name, tensor in network.state_dict().items()}, device.line


def _fit(network: PublishedNetwork, rows: Ints, abnormal: Floats32, recipe: PaperRecipe, run: Run) -> None:
    optimiser = torch.optim.Adam(network.parameters(), lr=recipe.learning_rate)
    fall = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: 0.5 * (1 + math.cos(math.pi * step / recipe.batches)))
    chance, order, begun = np.random.default_rng(recipe.seed), np.zeros(0, dtype=np.int64), time.monotonic()
    network.train()
    for step in range(1, recipe.batches + 1):
        run.raise_if_cancelled()
        if len(order) < recipe.batch:  # another epoch
            order = np.concatenate([order, chance.permutation(len(rows))])
        taken, order = order[: recipe.batch], order[recipe.batch :]
        batch = rows[taken]
        batch = np.where((batch != PADDING) & (chance.random(batch.shape) < recipe.unknown_share), UNKNOWN, batch)
        lengths = torch.from_numpy((batch != PADDING).sum(axis=1))
        odds = network(torch.from_numpy(batch), lengths)
        loss = nn.functional.binary_cross_entropy_with_logits(odds, torch.from_numpy(abnormal[taken]))
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        fall.step()
        if step % 10 == 0 or step == recipe.batches:
            rate = step * recipe.batch / max(time.monotonic() - begun, 1e-9)
            told = {"loss": loss.item(), "sequences/s": rate}
            run.report(Step(STAGE, step, recipe.batches, "batches", metrics=told, last=step == recipe.batches))
