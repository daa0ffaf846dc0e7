"""What learning saw, kept beside the rules for people to look at: clusters, and the vectors of the commonest words.

    patterns.json   clusters, words, settings of the clustering
    patterns.npz    vectors, n-gram rows, cluster of each word; no pickle

Derived from the last learning and worth no more than that: a missing or damaged folder means "learn again".
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.domain.arrays import Floats32, Ints32
from engine.errors import ModelCorrupt
from engine.rules.learning.graph import unit
from engine.rules.learning.learn import ClusterView, LearntRules
from engine.words.embedding import MAX_WORD, Embedding, ngram_hashes

WORDS = 30_000
"""Words kept: the commonest, and some of each cluster."""
OF_CLUSTER = 12
FORMAT = 1


@dataclass(frozen=True, slots=True)
class NearWords:
    """A word, whether learning saw it, and the words near to it."""

    word: str
    """As it was looked up: folded where only that is known, or knows more."""
    seen: bool
    ngrams: tuple[str, ...]
    """Its different character n-grams, `<` and `>` at the word's ends."""
    known: tuple[str, ...]
    """Those that words of the learning have: what the vector of an unseen word is made of."""
    sharing: tuple[tuple[str, int], ...]
    """For an unseen word the words that have most of these, and how many."""
    near: tuple[tuple[str, float], ...]
    """Words and their cosines, nearest first; none for a word without a vector."""
    kept: int
    """Words that are kept of the learning, of `of` words: of a large estate rare ones are forgotten, and count as unseen."""
    of: int

    @property
    def has_vector(self) -> bool:
        """Whether anything is known to compare it by."""
        return self.seen or bool(self.known)


@dataclass(frozen=True, slots=True)
class Patterns:
    """What the last learning leaves for the Patterns screen: its clusters, rules and the w commonest words."""

    clusters: tuple[ClusterView, ...]
    rules: tuple[str, ...]
    """Patterns of the learnt rules; `ClusterView.rules` are places in here."""
    embedding: Embedding
    """With the kept words."""
    vectors: Floats32
    """[w, d] unit vectors of the kept words, company included: what was clustered."""
    labels: Ints32
    """[w] cluster of each kept word, -1 for none."""
    counts: Ints32
    """[w] paths that have each word."""
    posix: Ints32
    """[w] 1 for words of POSIX paths, 0 of Windows', -1 where an older version learnt."""
    kinds: tuple[str, ...]
    """Of `rules`."""
    changed_by: Ints32
    """[w] place in `rules` of the first that changes each word, -1 for none."""
    settings: dict[str, float]
    """eps, min_samples, recall, noise, clusters, words."""

    @property
    def words(self) -> tuple[str, ...]:
        """The kept words."""
        return self.embedding.words

    def look(self, word: str, limit: int = 15) -> NearWords:
        """Words nearest to one by its FastText vector; that of an unseen word is of the n-grams that known words have."""
        text, folded = (one[:MAX_WORD].encode("utf-8", "replace").decode("utf-8") for one in (word, word.lower()))
        if not self.embedding.knows(text) and (
            self.embedding.knows(folded) or len(self._known(folded)) > len(self._known(text))
        ):  # fmt: skip
            text = folded
        seen, known = self.embedding.knows(text), self._known(text)
        sharing = () if seen else self._sharing(known, limit)
        grams = tuple(dict.fromkeys(_ngrams(text, self.embedding.min_n, self.embedding.max_n)))
        near = self._near(text, known, limit) if seen or known else ()
        kept = len(self.words)
        return NearWords(text, seen, grams, known, sharing, near, kept, max(int(self.settings.get("words", 0)), kept))

    def _known(self, word: str) -> tuple[str, ...]:
        """The n-grams of a word that some word of the learning has. By their text: buckets hold several n-grams each, and half
        of all buckets are in use, so that half of what nobody ever wrote would pass for known.
        """
        every = "\n".join(f"<{one}>" for one in self.words)
        grams = dict.fromkeys(_ngrams(word, self.embedding.min_n, self.embedding.max_n))
        return tuple(gram for gram in grams if "\n" not in gram and gram in every)

    def _sharing(self, known: tuple[str, ...], limit: int) -> tuple[tuple[str, int], ...]:
        counts = [(word, sum(gram in f"<{word}>" for gram in known)) for word in self.words]
        found = sorted((pair for pair in counts if pair[1]), key=lambda pair: (-pair[1], len(pair[0]), pair[0]))
        return tuple(found[:limit])

    def _near(self, word: str, known: tuple[str, ...], limit: int) -> tuple[tuple[str, float], ...]:
        embedding = self.embedding
        own = embedding.word_vector(word) if embedding.knows(word) else self._of_ngrams(word, frozenset(known))
        if not len(self.words) or not np.abs(own).max() > 0:
            return ()
        centre = embedding.word_vectors.mean(axis=0)
        near = unit(embedding.word_vectors - centre) @ unit((own - centre)[None, :])[0]
        order = np.argsort(-near, kind="stable")[: limit + 1].tolist()
        return tuple((self.words[row], float(near[row])) for row in order if self.words[row] != word)[:limit]

    def _of_ngrams(self, word: str, known: frozenset[str]) -> Floats32:
        """[d] the mean over the known n-grams. Divided by all, as FastText does, a word of which little is known would have
        hardly any vector, and less the mean of all words it would point away from that mean, whatever it is.
        """
        embedding = self.embedding
        hashes = np.array(ngram_hashes(word, embedding.min_n, embedding.max_n), dtype=np.int64) % embedding.buckets
        grams = _ngrams(word, embedding.min_n, embedding.max_n)
        rows = {int(number): row for row, number in enumerate(embedding.bucket_ids.tolist())}
        at = [rows[int(one)] for one, gram in zip(hashes, grams, strict=True) if gram in known and int(one) in rows]
        out: Floats32 = embedding.bucket_vectors[at].mean(axis=0) if at else np.zeros(embedding.size, np.float32)
        return out

    def nearest(self, word: str, limit: int = 15) -> list[tuple[str, float]]:
        """Only the words and their cosines."""
        return list(self.look(word, limit).near)


def _ngrams(word: str, min_n: int, max_n: int) -> list[str]:
    """The n-grams of engine.words.embedding.ngram_hashes as texts, in its order."""
    text = f"<{word}>"
    starts = range(len(text))
    return [text[at : at + size] for at in starts for size in range(min_n, min(max_n, len(text) - at) + 1)]


def save(learnt: LearntRules, folder: Path) -> None:
    """Write what a learning found into an existing folder, as JSON and arrays. Raises OSError."""
    table, labels = learnt.table, learnt.clustering.labels
    kept = np.zeros(len(table), dtype=np.bool_)
    kept[np.argsort(-table.counts, kind="stable")[: WORDS // 2]] = True
    order = np.argsort(labels, kind="stable")
    for number, start in enumerate(np.searchsorted(labels[order], np.arange(learnt.clustering.count)).tolist()):
        if kept.sum() >= WORDS:
            break
        size = learnt.clusters[number].size if number < len(learnt.clusters) else 0
        kept[order[start : start + min(OF_CLUSTER, size)]] = True
    rows = np.flatnonzero(kept)
    words = [table.members[row].word for row in rows.tolist()]
    arrays: dict[str, Any] = {
        "word_vectors": np.stack([learnt.embedding.word_vector(word) for word in words]),
        "bucket_ids": learnt.embedding.bucket_ids,
        "bucket_vectors": learnt.embedding.bucket_vectors.astype(np.float16),
        "vectors": learnt.vectors[rows].astype(np.float16),
        "labels": labels[rows],
        "counts": table.counts[rows],
        "posix": table.posix[rows],
        "changed_by": np.array([learnt.used.get(word, (-1,))[0] for word in words], np.int32),
    }
    np.savez(folder / "patterns.npz", **arrays)
    clustering = learnt.clustering
    plain = {
        "format": FORMAT,
        "clusters": [asdict(one) for one in learnt.clusters],
        "rules": [rule.pattern for rule in learnt.rules],
        "kinds": [rule.kind for rule in learnt.rules],
        "words": words,
        "ngrams": [learnt.embedding.buckets, learnt.embedding.min_n, learnt.embedding.max_n],
        "settings": {
            "eps": clustering.eps,
            "min_samples": float(clustering.min_samples),
            "recall": clustering.recall,
            "noise": float((labels < 0).mean()),
            "clusters": float(clustering.count),
            "words": float(len(table)),
        },
    }
    # ASCII only: lone surrogates of a log survive as escapes.
    (folder / "patterns.json").write_text(json.dumps(plain), encoding="ascii")


def load(folder: Path) -> Patterns:
    """Read what `save` wrote. Raises ModelCorrupt for missing, foreign or inconsistent files."""
    try:
        plain = json.loads((folder / "patterns.json").read_text(encoding="ascii"))
        with (folder / "patterns.npz").open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        if plain["format"] != FORMAT:
            raise ModelCorrupt("Patterns of another version of oddkin.", remedy="Learn again: oddkin rules learn")
        return _assemble(plain, arrays)
    except ModelCorrupt:
        raise
    except (OSError, EOFError, ValueError, KeyError, TypeError, IndexError, zipfile.BadZipFile) as problem:
        raise ModelCorrupt(f"The patterns cannot be read: {problem}", remedy="Learn again: oddkin rules learn") from problem


def _assemble(plain: Any, arrays: Any) -> Patterns:
    words = tuple(str(word) for word in plain["words"])
    size = arrays["word_vectors"].shape[1]
    for name, length in (("word_vectors", len(words)), ("vectors", len(words)), ("bucket_vectors", len(arrays["bucket_ids"]))):
        if arrays[name].shape != (length, size):
            raise ModelCorrupt(f"The patterns' {name} do not fit.", remedy="Learn again: oddkin rules learn")
    nothing = np.full(len(words), -1, np.int32)  # of an older version
    rules, kinds = tuple(map(str, plain["rules"])), tuple(map(str, plain.get("kinds", ())))
    posix, changed_by = (np.asarray(arrays.get(name, nothing), np.int32) for name in ("posix", "changed_by"))
    if any(one.shape != (len(words),) for one in (arrays["labels"], arrays["counts"], posix, changed_by)) or (
        bool(words) and not -1 <= changed_by.min() <= changed_by.max() < len(kinds)
    ):  # fmt: skip
        raise ModelCorrupt("The patterns' labels do not fit.", remedy="Learn again: oddkin rules learn")
    buckets, min_n, max_n = (int(number) for number in plain["ngrams"])
    embedding = Embedding(
        words, arrays["word_vectors"].astype(np.float32), arrays["bucket_ids"].astype(np.int64),
        arrays["bucket_vectors"].astype(np.float32), buckets, min_n, max_n,
    )  # fmt: skip
    clusters = tuple(
        ClusterView(
            int(one["number"]), int(one["size"]), float(one["cohesion"]), tuple(map(str, one["examples"])),
            tuple(int(place) for place in one["rules"]), str(one.get("pattern", "")),
        )
        for one in plain["clusters"]
    )  # fmt: skip
    return Patterns(
        clusters, rules, embedding, unit(arrays["vectors"].astype(np.float32)),
        arrays["labels"].astype(np.int32), arrays["counts"].astype(np.int32), posix, kinds, changed_by,
        {str(name): float(value) for name, value in plain["settings"].items()},
    )  # fmt: skip
