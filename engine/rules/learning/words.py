"""The words of many paths with what surrounds them, and their vectors: FastText, and the company that a word keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.domain.arrays import Floats32, Ints32
from engine.knowledge.locations import location_class, zone
from engine.progress import Run, Step
from engine.rules.apply import parts_of
from engine.rules.language.expression import masked
from engine.rules.learning.alignment import ClusterMember
from engine.rules.learning.graph import unit
from engine.words.embedding import MAX_WORD, Embedding, EmbeddingParams, train_embedding, words_of

VISITS = 2_000_000
"""Words that training looks at in all, on small corpora; large ones are passed over LEAST_PASSES times."""
LEAST_PASSES, MOST_PASSES = 3, 120
"""At most so many: on the 918 paths of the recordings 300, 120 and 60 gave the same rules, and 120 the fewest words outside
of any cluster (16.9, 13.7, 25.6 %)."""
COMPANY = 0.7
"""Weight of the directories that a word lies in. Without them four words of ten belong nowhere: a random name met once has
no meaning but its place."""
EVERY = 20_000


@dataclass(frozen=True, slots=True)
class WordTable:
    """n different words of p paths, in order of first appearance."""

    members: tuple[ClusterMember, ...]
    """[n]"""
    counts: Ints32
    """[n] paths that have the word."""
    parents: Ints32
    """[m, 2] word and the directory it lies in, once for every path."""
    posix: Ints32
    """[n] 1 for a word that is in more paths of POSIX than of Windows, 0 for others."""

    def __len__(self) -> int:
        return len(self.members)


def table_of(paths: Sequence[str], run: Run) -> WordTable:
    """Collect. A word that stands in several places keeps the last. Raises Cancelled."""
    row: dict[str, int] = {}
    last: list[tuple[str, bool, int]] = []
    counts: list[int] = []
    windows: list[int] = []
    pairs: list[int] = []
    for done, path in enumerate(paths):
        if done % EVERY == 0:
            run.raise_if_cancelled()
            run.report(Step("read words", done, len(paths), "paths"))
        parts, separator = parts_of(path)
        where = int(zone(location_class(path)))
        above = -1
        for place, part in enumerate(parts):
            if not part:
                continue
            at = row.get(part)
            if at is None:
                at = row[part] = len(counts)
                counts.append(0)
                windows.append(0)
                last.append(("", False, 0))
            counts[at] += 1
            windows[at] += separator != "/"
            last[at] = (parts[place - 1] if place else "", place == len(parts) - 1, where)
            if above >= 0:
                pairs += (at, above)
            above = at
    run.report(Step("read words", len(paths), len(paths), "paths", metrics={"words": float(len(row))}, last=True))
    members = tuple(ClusterMember(masked(word), word, *place) for word, place in zip(row, last, strict=True))
    posix = (2 * np.array(windows) < np.array(counts)).astype(np.int32)
    return WordTable(members, np.array(counts, np.int32), np.array(pairs, np.int32).reshape(-1, 2), posix)


def embed(paths: Sequence[str], words: int, seed: int, run: Run) -> Embedding:
    """FastText on the paths. `words`: how many there are in all, repeats included."""
    passes = int(np.clip(VISITS // max(words, 1), LEAST_PASSES, MOST_PASSES))
    # n-grams of up to four characters, not five: they serve to tell shapes here, and a UUID has 70 instead of 105.
    return train_embedding(paths, EmbeddingParams(epochs=passes, max_n=4), seed, run)


def vectors_of(table: WordTable, embedding: Embedding) -> Floats32:
    """[n, d] of the table's words: the word's own direction and the mean one of the directories it lies in."""
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

    own = np.stack([embedding.word_vector(_key(member.word)) for member in table.members])
    own = unit(own - own.mean(axis=0))
    n = len(table)
    graph = csr_matrix((np.ones(len(table.parents), np.float32), (table.parents[:, 0], table.parents[:, 1])), shape=(n, n))
    above = unit(np.asarray(graph @ own, dtype=np.float32))
    out: Floats32 = (own + np.float32(COMPANY) * above).astype(np.float32)
    return out


def _key(word: str) -> str:
    """The word as the embedding writes it."""
    return words_of(word)[-1] if len(word) > MAX_WORD or not word.isascii() else word
