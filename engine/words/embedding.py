"""Paths as vectors: FastText by gensim for training, plain arrays for everything after it.

A path is a sentence, its parts are the words, and its vector is the mean of its word vectors (F-Secure, "Detecting
anomalous process chains", 2020). A word that training never saw is made of its character n-grams, so that an unknown
executable has a vector too: it is evidence and never dropped.

gensim is needed to train only. What it learnt is kept as arrays and looked up here, because gensim's own `save` is a
pickle, and because importing gensim costs more than a second that scoring need not pay.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.domain.arrays import Floats32, Ints
from engine.domain.distinct import distinct
from engine.paths import tokens
from engine.progress import Run, Step

MAX_WORD = 64
"""Characters of a word that count. Log content is hostile: a name of a megabyte would become 3 M n-grams."""
BATCH = 4096
"""Paths whose words are looked up together."""
MAX_WORDS = 40
"""Words of a path that count: the last ones, which are nearest to the executable."""


@dataclass(frozen=True, slots=True)
class EmbeddingParams:
    """Settings of FastText (skip-gram, negative sampling)."""

    size: int = 64
    window: int = 5
    min_n: int = 3
    max_n: int = 5
    max_buckets: int = 200_000
    """Rows of the n-gram table at most. gensim's default of 2 M costs 440 MB and buys nothing on normalised paths."""
    epochs: int | None = None
    """None: chosen by `epochs_for`, because a small corpus collapses at the usual 5–12 epochs."""
    learning_rate: float = 0.05
    subsampling: float = 1e-2
    """Frequent words are skipped above this share. gensim's 1e-3 skips most of a path's words (every path has "windows"
    and "system32" in it): on 86 paths the mean cosine was .60 with it and .53 with 1e-2, both after 1,000 passes."""


def epochs_for(word_count: int) -> int:
    """Passes over a corpus of `word_count` words: about 300,000 words in all, between 8 and 600 passes.

    On a few hundred paths the word vectors all point the same way after 12 passes (mean cosine .97), and a path's
    vector says nothing then; 100 and more pull them apart. Large corpora get there in fewer.
    """
    return int(np.clip(300_000 // max(word_count, 1), 8, 600))


def words_of(path: str) -> list[str]:
    """The words of a folded path that count, shortened to what is safe to index; never empty.

    Lone surrogates (undecodable bytes of a log) become "?": n-grams are cut from UTF-8.
    """
    words = [word[:MAX_WORD].encode("utf-8", "replace").decode("utf-8") for word in tokens(path)[-MAX_WORDS:] if word]
    return words or [path[:MAX_WORD].encode("utf-8", "replace").decode("utf-8") or "?"]


def ngram_hashes(word: str, min_n: int, max_n: int) -> list[int]:
    """32-bit FNV-1a of every character n-gram of `<word>`, in FastText's order and with its signed bytes.

    Source: fastText, dictionary.cc, computeSubwords and hash; checked against gensim's in the tests.
    """
    characters = [
        [byte if byte < 128 else byte | 0xFFFFFF00 for byte in character.encode("utf-8", "replace")] for character in f"<{word}>"
    ]
    hashes = []
    for start in range(len(characters)):
        value = 2166136261
        # A longer one goes on where the shorter one of the same start ended.
        for length, character in enumerate(characters[start : start + max_n], 1):
            for byte in character:
                value = ((value ^ byte) * 16777619) & 0xFFFFFFFF
            if length >= min_n:
                hashes.append(value)
    return hashes


def ascii_hashes(words: Sequence[str], min_n: int, max_n: int) -> tuple[Ints, list[int]]:
    """`ngram_hashes` of several words of ASCII characters, one after the other, and where those of each begin."""
    text = np.frombuffer("".join(f"<{word}>" for word in words).encode("ascii"), dtype=np.uint8).astype(np.uint64)
    sizes = np.array([len(word) + 2 for word in words], dtype=np.int64)
    # [characters] how many there are from each one to the end of its word
    left = np.repeat(np.cumsum(sizes), sizes) - np.arange(len(text))
    value = np.full(len(text), 2166136261, dtype=np.uint64)
    found = np.zeros((len(text), max(max_n - min_n + 1, 0)), dtype=np.int64)
    for length in range(1, max_n + 1):
        further = np.append(text[length - 1 :], np.zeros(min(length - 1, len(text)), np.uint64))
        value = ((value ^ further) * np.uint64(16777619)) & np.uint64(0xFFFFFFFF)
        if length >= min_n:
            found[:, length - min_n] = value
    there = np.arange(min_n, max_n + 1) <= left[:, None]
    count = np.append(0, np.cumsum(there.sum(axis=1)))
    return found[there], count[np.cumsum(sizes) - sizes].tolist()


@dataclass(frozen=True, slots=True)
class Embedding:
    """Trained word vectors, immutable. w words, b n-gram buckets that training touched, d dimensions."""

    words: tuple[str, ...]
    word_vectors: Floats32
    """[w, d] as FastText composes them: mean of the word's own vector and its n-grams'."""
    bucket_ids: Ints
    """[b] ascending."""
    bucket_vectors: Floats32
    """[b, d]"""
    buckets: int
    min_n: int
    max_n: int
    metrics: dict[str, float] = field(default_factory=dict)
    _index: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", {word: row for row, word in enumerate(self.words)})

    @property
    def size(self) -> int:
        """Dimensions d of a vector."""
        return int(self.word_vectors.shape[1])

    def knows(self, word: str) -> bool:
        """Whether training saw the word itself, not only parts of it."""
        return word in self._index

    def word_vector(self, word: str) -> Floats32:
        """[d] the vector of a word; of an unseen one the mean over its n-grams.

        Buckets that no training word touched count as zero (in gensim they hold their random start values), so that a
        word of nothing but new n-grams lies at the origin, the same one in every process.
        """
        row = self._index.get(word)
        if row is not None:
            found: Floats32 = self.word_vectors[row]
            return found
        return self._of_ngrams(np.array(ngram_hashes(word, self.min_n, self.max_n), dtype=np.int64), [0])[0]

    def vectors_of(self, words: Iterable[str]) -> dict[str, Floats32]:
        """`word_vector` of several words, which are cut into n-grams together."""
        found = {word: self.word_vectors[self._index[word]] for word in words if word in self._index}
        unseen = [word for word in dict.fromkeys(words) if word not in found]
        plain = [word for word in unseen if word.isascii()]
        hashes, start = ascii_hashes(plain, self.min_n, self.max_n)
        found.update(zip(plain, self._of_ngrams(hashes, start), strict=True))
        return found | {word: self.word_vector(word) for word in unseen if word not in found}

    def _of_ngrams(self, hashes: Ints, start: Sequence[int]) -> list[Floats32]:
        """The mean of the vectors of some words' n-grams; start: where in `hashes` those of each word begin."""
        ends = [*start, len(hashes)][1:]
        if not len(self.bucket_ids):
            return [np.zeros(self.size, dtype=np.float32) for _ in ends]
        wanted = hashes % self.buckets
        at = np.minimum(np.searchsorted(self.bucket_ids, wanted), len(self.bucket_ids) - 1)
        known = self.bucket_ids[at] == wanted
        out = []
        for begin, end in zip(start, ends, strict=True):
            # Added up row by row, as along the first axis numpy does: another order would be another last bit.
            total: Floats32 = self.bucket_vectors[at[begin:end][known[begin:end]]].sum(axis=0, initial=0.0)
            out.append(total / np.float32(end - begin) if end > begin else total)
        return out

    def transform(self, paths: Sequence[str]) -> Floats32:
        """[p, d] path vectors: the mean over each path's words. A path's vector does not depend on its neighbours."""
        out = np.zeros((len(paths), self.size), dtype=np.float32)
        for start in range(0, len(paths), BATCH):
            lists = [words_of(path) for path in paths[start : start + BATCH]]
            vectors = self.vectors_of({word: None for words in lists for word in words})
            for row, words in enumerate(lists, start):
                for word in words:
                    out[row] += vectors[word]
                out[row] /= np.float32(len(words))
        return out

    def mean_cosine(self) -> float:
        """Mean cosine between two different words (the first 2,000, which are the most frequent); near 1: collapsed."""
        vectors = self.word_vectors[:2000].astype(np.float64)
        lengths = np.linalg.norm(vectors, axis=1)
        unit = vectors[lengths > 0] / lengths[lengths > 0, None]
        n = len(unit)
        if n < 2:
            return 0.0
        return float((np.square(unit.sum(axis=0)).sum() - n) / (n * (n - 1)))


def train_embedding(
    paths: Sequence[str],
    params: EmbeddingParams,
    seed: int,
    run: Run = Run(),
) -> Embedding:
    """FastText on unique folded `paths`, one sentence each. The same paths and seed give the same vectors.

    One worker and a hash function of our own: with two, the order of updates depends on the scheduler, and Python's
    `hash` of text differs in every process. Raises Cancelled (between two sentences at the earliest).
    """
    from gensim.models.fasttext import FastText

    sentences = [words_of(path) for path in sorted(set(paths))]
    word_count = sum(map(len, sentences))
    epochs = params.epochs or epochs_for(word_count)
    vocabulary = len({word for sentence in sentences for word in sentence})
    buckets = int(np.clip(8 * vocabulary, 2_000, params.max_buckets))
    model = FastText(
        vector_size=params.size, window=params.window, min_count=1, sg=1, negative=5, alpha=params.learning_rate,
        min_n=params.min_n, max_n=params.max_n, bucket=buckets, seed=seed, workers=1, hashfxn=_crc, sample=params.subsampling,
    )  # fmt: skip
    model.build_vocab(sentences)
    run.raise_if_cancelled()
    model.train(
        _Cancellable(sentences, run),
        total_examples=len(sentences),
        epochs=epochs,
        callbacks=[_epoch_reporter(run, epochs)],
    )
    run.raise_if_cancelled()
    embedding = _to_arrays(model, buckets, epochs)
    metrics = {"mean cosine": embedding.metrics["mean_cosine"]}
    run.report(Step("learn words", epochs, epochs, "epochs", metrics=metrics, last=True))
    return embedding


def _crc(text: str) -> int:
    return zlib.crc32(text.encode("utf-8"))


class _Cancellable:
    """Sentences that end early on cancellation. gensim reads them in a thread of its own, where raising would hang it."""

    def __init__(self, sentences: list[list[str]], run: Run) -> None:
        self._sentences = sentences
        self._run = run

    def __iter__(self) -> Iterator[list[str]]:
        for sentence in self._sentences:
            if self._run.cancelled:
                return
            yield sentence


def _epoch_reporter(run: Run, epochs: int) -> Any:
    from gensim.models.callbacks import CallbackAny2Vec

    class Reporter(CallbackAny2Vec):  # type: ignore[misc]  # gensim publishes no types
        done = 0

        def on_epoch_end(self, _model: Any) -> None:
            run.raise_if_cancelled()
            self.done += 1
            run.report(Step("learn words", self.done, epochs, "epochs"))

    return Reporter()


def _to_arrays(model: Any, buckets: int, epochs: int) -> Embedding:
    """Keep the words and the n-gram rows that some word uses; the others still hold their random start values."""
    vectors = model.wv
    used = distinct(np.concatenate([np.asarray(rows, dtype=np.int64) for rows in vectors.buckets_word]))
    embedding = Embedding(
        words=tuple(vectors.index_to_key),
        word_vectors=np.ascontiguousarray(vectors.vectors, dtype=np.float32),
        bucket_ids=used,
        bucket_vectors=np.ascontiguousarray(vectors.vectors_ngrams[used], dtype=np.float32),
        buckets=buckets,
        min_n=vectors.min_n,
        max_n=vectors.max_n,
    )
    embedding.metrics.update(words=float(len(embedding.words)), epochs=float(epochs), mean_cosine=embedding.mean_cosine())
    return embedding
