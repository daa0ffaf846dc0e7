"""The second paper's network, asked: plain NumPy, so that one sequence is answered without loading torch (seconds).

The same layers as engine.classifier.published.training, which has the order and the names of torch's weights; a test holds both
together. A name is its row of the embedding. Row 0 is padding, row 1 every name that training never saw: no step is dropped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from engine.classifier.synthetic.paper import bare
from engine.domain.arrays import Floats, Floats32, Ints
from engine.domain.records import MAX_STEPS
from engine.paths import basename
from engine.progress import Check, unasked

EMBEDDING, BOTH, LAST = 64, 64, 32
PADDING, UNKNOWN, FIRST = 0, 1, 2
ASKED = 2048
"""Sequences at a time."""
LONGEST_NAME = 4096
"""Characters of a name that are looked at; no file system has longer ones."""


def shapes(names: int) -> dict[str, tuple[int, ...]]:
    """Every weight of the network with its shape, as torch names them; `names`: rows of the embedding."""
    found: dict[str, tuple[int, ...]] = {"embedding.weight": (names, EMBEDDING)}
    for layer, inputs, size, ends in (("both", EMBEDDING, BOTH, ("", "_reverse")), ("last", 2 * BOTH, LAST, ("",))):
        for end in ends:
            found |= {
                f"{layer}.weight_ih_l0{end}": (4 * size, inputs), f"{layer}.weight_hh_l0{end}": (4 * size, size),
                f"{layer}.bias_ih_l0{end}": (4 * size,), f"{layer}.bias_hh_l0{end}": (4 * size,),
            }  # fmt: skip
    return found | {"output.weight": (1, LAST), "output.bias": (1,)}


def name_of(step: str) -> str:
    """What a path or a name is to the network: the file name alone, in lower case, without `.exe`."""
    step = step[-LONGEST_NAME:]
    return bare(basename(step) or step)


@dataclass(frozen=True)
class SequenceModel:
    """The network with the names that it knows."""

    names: tuple[str, ...]
    """Sorted; the first one is row FIRST of the embedding."""
    weights: Mapping[str, Floats32]

    @cached_property
    def rows(self) -> dict[str, int]:
        """Name -> row."""
        return {name: row for row, name in enumerate(self.names, FIRST)}

    def knows(self, step: str) -> bool:
        """Whether training saw a step's name."""
        return name_of(step) in self.rows

    def rows_of(self, sequences: Sequence[Sequence[str]]) -> Ints:
        """[n, MAX_STEPS] rows of the embedding, root first, padded at the end; longer sequences lose their beginning."""
        out = np.full((len(sequences), MAX_STEPS), PADDING, dtype=np.int64)
        for place, sequence in enumerate(sequences):
            last = sequence[-MAX_STEPS:]
            out[place, : len(last)] = [self.rows.get(name_of(step), UNKNOWN) for step in last]
        return out

    def log_odds(self, rows: Ints, check: Check = unasked) -> Floats:
        """[n] log odds of abnormal; rows as `rows_of` makes them, of at least one step each. Equal rows are asked once."""
        different, place = np.unique(rows, axis=0, return_inverse=True)
        parts = []
        for begin in range(0, len(different), ASKED):
            check()
            parts.append(self._asked(different[begin : begin + ASKED]))
        return np.concatenate(parts)[place.reshape(-1)] if parts else np.zeros(0)

    def _asked(self, rows: Ints) -> Floats:
        lengths = (rows != PADDING).sum(axis=1)
        steps = int(lengths.max())
        rows = rows[:, :steps]
        # The reverse direction begins at each sequence's own last step.
        turn = np.where(np.arange(steps) < lengths[:, None], lengths[:, None] - 1 - np.arange(steps), np.arange(steps))
        embedded = self.weights["embedding.weight"]
        ahead = self._lstm("both", "", embedded[rows], lengths)
        back = self._lstm("both", "_reverse", embedded[np.take_along_axis(rows, turn, axis=1)], lengths)
        both = np.concatenate([ahead, np.take_along_axis(back, turn[:, :, None], axis=1)], axis=2)
        state = self._lstm("last", "", both, lengths)[np.arange(len(rows)), lengths - 1]
        odds: Floats = (state @ self.weights["output.weight"][0] + self.weights["output.bias"][0]).astype(np.float64)
        return odds

    def _lstm(self, layer: str, end: str, x: Floats32, lengths: Ints) -> Floats32:
        """[n, l, size] states. What stands behind a sequence's end is calculated and never read."""
        w = {part: self.weights[f"{layer}.{part}_l0{end}"] for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
        size = w["weight_hh"].shape[1]
        given = x @ w["weight_ih"].T + (w["bias_ih"] + w["bias_hh"])
        state = cell = np.zeros((len(x), size), dtype=np.float32)
        out = np.zeros((*x.shape[:2], size), dtype=np.float32)
        for step in range(x.shape[1]):
            gates = given[:, step] + state @ w["weight_hh"].T
            begin, forget, new, end_ = np.split(gates, 4, axis=1)
            cell = _sigmoid(forget) * cell + _sigmoid(begin) * np.tanh(new)
            state = _sigmoid(end_) * np.tanh(cell)
            out[:, step] = state
        return out


def probability(odds: Floats) -> Floats:
    """Of log odds; NaN of NaN."""
    return 0.5 * (1 + np.tanh(0.5 * odds))


def _sigmoid(x: Floats32) -> Floats32:
    out: Floats32 = 0.5 * (1 + np.tanh(0.5 * x))
    return out
