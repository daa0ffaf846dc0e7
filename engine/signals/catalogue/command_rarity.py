"""How surprising a command line is for its program: counts of words per image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.domain.arrays import Floats, Ints
from engine.domain.chains import ChainCorpus
from engine.domain.processes import ProcessTable
from engine.paths import basename
from engine.saved.foreign import MOST, ascending, counts, whole
from engine.saved.parts import expect
from engine.signals.kinds import COMMAND, COMMAND_LINE
from engine.signals.signal import Saved, Signal, TrainingView
from engine.signals.view import View
from engine.words.command_line import BINS, token

PRIOR = 2.0
"""Command lines that the word's share among all programs counts for."""
COLUMNS = ("pairs", "counts", "images", "image_counts", "words", "word_counts")
"""Of a table, as they are saved."""


@dataclass(frozen=True, slots=True)
class CommandTable:
    """Fitted counts. Every different command line of an image counts once: a service that repeats one all day says no more.

    m different pairs of image and word, i images, w words.
    """

    pairs: Ints
    """[m] image * BINS + word, ascending; images are hashed like words."""
    counts: Ints
    images: Ints
    """[i] ascending."""
    image_counts: Ints
    words: Ints
    """[w] ascending."""
    word_counts: Ints
    total: int
    """Command lines."""

    @classmethod
    def fit(cls, corpus: ChainCorpus, table: ProcessTable) -> CommandTable:
        """Count the table's command lines."""
        image, line, _ = _different(corpus, table)
        owner, word = table.commands.take(line)
        pairs, counts = np.unique(image[owner] * BINS + word, return_counts=True)
        images, image_counts = np.unique(image, return_counts=True)
        words, word_counts = np.unique(word.astype(np.int64), return_counts=True)
        return cls(pairs, counts, images, image_counts, words, word_counts, len(line))

    def surprise(self, corpus: ChainCorpus, table: ProcessTable) -> Floats:
        """[n] sum over the words of −log((n(word, image) + 2 P(word)) / (n(image) + 2)), by √words; NaN without a line.

        P is add-one over the words seen and one more. An unknown program's words are judged by what all programs use.
        """
        image, line, inverse = _different(corpus, table)
        owner, word = table.commands.take(line)
        seen = _looked_up(self.pairs, self.counts, image[owner] * BINS + word)
        lines = _looked_up(self.images, self.image_counts, image)
        share = (_looked_up(self.words, self.word_counts, word.astype(np.int64)) + 1) / (self.total + len(self.words) + 1)
        surprise = -np.log((seen + PRIOR * share) / (lines[owner] + PRIOR))
        words = np.bincount(owner, minlength=len(line))
        by_line = np.bincount(owner, weights=surprise, minlength=len(line)) / np.sqrt(np.maximum(words, 1))
        out = np.full(len(table), np.nan)
        out[table.command >= 0] = by_line[inverse]
        return out


def command_rarity(commands: CommandTable, corpus: ChainCorpus, table: ProcessTable) -> Floats:
    """[c] the highest surprise among each chain's processes; NaN where no process has a command line."""
    return table.highest(commands.surprise(corpus, table), len(corpus))


def image_numbers(corpus: ChainCorpus) -> Ints:
    """[p] number of each path's base name."""
    return np.array([token(basename(path)) for path in corpus.paths], dtype=np.int64)


def _different(corpus: ChainCorpus, table: ProcessTable) -> tuple[Ints, Ints, Ints]:
    """Different pairs of image and command line: their image, their line, and [processes with a line] which pair."""
    with_line = np.flatnonzero(table.command >= 0)
    chain = table.chain[with_line]
    leaf = corpus.steps[chain, np.maximum(corpus.lengths[chain] - 1, 0)]
    image = np.where(chain >= 0, image_numbers(corpus)[leaf], 0)
    lines = len(table.commands) + 1
    pairs, inverse = np.unique(image * lines + table.command[with_line], return_inverse=True)
    return (pairs // lines).astype(np.int64), (pairs % lines).astype(np.int64), inverse.astype(np.int64)


def _looked_up(keys: Ints, values: Ints, wanted: Ints) -> Ints:
    if not len(keys):
        return np.zeros(len(wanted), dtype=np.int64)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, values[at], 0)


class _CommandRarity(Signal[CommandTable]):
    """In nats by √words."""

    def fit(self, training: TrainingView) -> CommandTable | None:
        """Estate and starter together; None where their processes are not known."""
        return None if training.table is None else CommandTable.fit(training.corpus, training.table)

    def value(self, view: View, learnt: CommandTable) -> Floats | None:
        """[c] surprise of each chain's oddest command line."""
        return None if view.table is None else command_rarity(learnt, view.corpus, view.table)

    def arrays(self, learnt: CommandTable) -> dict[str, Any]:
        """The counts."""
        return {f"command_{name}": getattr(learnt, name) for name in COLUMNS}

    def scalars(self, learnt: CommandTable | None) -> dict[str, Any]:
        """How many command lines."""
        return {"command_total": learnt.total if learnt else None}

    def load(self, saved: Saved) -> CommandTable | None:
        """The same back."""
        arrays = saved.arrays
        if "command_pairs" not in arrays:
            return None
        kinds = (("pairs", "counts", BINS * BINS), ("images", "image_counts", BINS), ("words", "word_counts", BINS))
        for keys, amounts, limit in kinds:
            ascending(arrays, f"command_{keys}", limit)
            expect(f"command_{amounts}", arrays, (len(arrays[f"command_{keys}"]),), np.int64)
            counts(arrays, f"command_{amounts}")
        columns = {name: arrays[f"command_{name}"] for name in COLUMNS}
        return CommandTable(**columns, total=whole(saved.scalars["command_total"], "number of command lines", 0, MOST))


SIGNAL = _CommandRarity(
    name="command_rarity",
    title="odd command line",
    meaning="surprise at the command line's words, given the program",
    plain="surprise at the words of its oddest command line {value}",
    order=130,
    family=COMMAND,
    evidence=COMMAND_LINE,
    row=70,
    shaped=True,
    learns=True,
    by_process=True,
)
