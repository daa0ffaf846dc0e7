"""How the shipped sequence model is made, and what it is judged on.

Line by line, what the repository amitsec-ai/lstm-abnormal-process says (README.md, classification.py, test.csv; the layers and
the 945 names stand in its released files) and what is done here:

    "LSTM model trained on normal and        the same kind of data, made anew: engine.classifier.synthetic.paper tells how
     abnormal process sequences", 6,000
     and 6,000
    Embedding(64), bidirectional             the same layers (engine.classifier.published.training)
     LSTM(64), LSTM(32), one sigmoid
    sequences of ten                         the same; root first here, leaf first there
    "predictions > 0.5"                      the same: abnormal from a half on
    `padding='post'`, no mask                padded at the end too, and masked
    a tokenizer without a word for           the unknown name is a row of its own, met in training (`unknown_share`): no step is
     what it does not know: such names         dropped. Of `xmrig, python3, bash, …` the released model reads `python3, bash, …`
     are dropped
    epochs, batch, optimiser, rate:          ours: `batches` of `batch`, about five epochs, Adam
     nothing
    accuracy: nothing                        a tenth is held out. It is divided by different sequence and not by row, so that none
                                               is in both parts (sequences repeat: a plain draw of rows would test on what was
                                               taught), and the ten sequences of test.csv are in neither
    eval on cells, a pickled tokenizer       nothing is run: engine.classifier.given reads, safetensors keep
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from engine.classifier.synthetic import Synthetic
from engine.classifier.synthetic.paper import EACH, RANDOM, paper_set
from engine.errors import UsageError

HELD = 10
"""One of so many different sequences is held out."""


@dataclass(frozen=True, slots=True)
class PaperRecipe:
    """Everything that the model's bytes depend on, but for versions of libraries."""

    seed: int = 1
    each: int = EACH
    """Normal sequences, and abnormal ones."""
    random_share: float = RANDOM
    """Of the abnormal ones: names in any order."""
    batches: int = 430
    batch: int = 128
    learning_rate: float = 5e-3
    dropout: float = 0.2
    unknown_share: float = 0.05
    """Steps that are taken for an unknown name in training."""
    threads: int = 1

    def __post_init__(self) -> None:
        if self.each < HELD or self.batches < 1:
            raise UsageError(f"A sequence model needs at least {HELD} sequences of each class and one batch.")

    def to_dict(self) -> dict[str, Any]:
        """Plain values for the manifest."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Parts:
    """What is taught and what is held out, with repeats; no sequence is in both."""

    taught: tuple[Synthetic, ...]
    held: tuple[Synthetic, ...]
    different: int
    """Different sequences, of all that were made."""
    removed: int
    """Made sequences that are among those to be tested later, with repeats: in neither part."""
    contradicting: int
    """Different sequences that were made as normal and as abnormal; they stay, and nobody can be right about both."""


def divided(recipe: PaperRecipe, apart: Collection[tuple[str, ...]]) -> Parts:
    """Make the sequences of a recipe and divide them. apart: sequences that are in neither part, root first."""
    made = paper_set(recipe.seed, recipe.each, recipe.random_share)
    apart = set(apart)
    kept = [one for one in made if one.steps not in apart]
    different = sorted({one.steps for one in kept})
    drawn = np.random.default_rng(recipe.seed).permutation(len(different))[: len(different) // HELD]
    out = {different[number] for number in drawn.tolist()}
    sides = {side: {one.steps for one in kept if one.abnormal is side} for side in (True, False)}
    return Parts(
        _part(kept, out, held=False), _part(kept, out, held=True), len({one.steps for one in made}), len(made) - len(kept),
        len(sides[True] & sides[False]),
    )  # fmt: skip


def _part(made: Sequence[Synthetic], out: set[tuple[str, ...]], *, held: bool) -> tuple[Synthetic, ...]:
    return tuple(one for one in made if (one.steps in out) is held)
