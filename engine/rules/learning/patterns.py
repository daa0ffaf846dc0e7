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
from engine.words.embedding import Embedding

WORDS = 30_000
"""Words kept: the commonest, and some of each cluster."""
OF_CLUSTER = 12
FORMAT = 1


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
    settings: dict[str, float]
    """eps, min_samples, recall, noise, clusters, words."""

    @property
    def words(self) -> tuple[str, ...]:
        """The kept words."""
        return self.embedding.words

    def nearest(self, word: str, limit: int = 15) -> list[tuple[str, float]]:
        """Words nearest to one by its own FastText vector, which a word that was never seen has too; and their cosines."""
        own = self.embedding.word_vector(word)
        if not len(self.words) or not np.abs(own).max() > 0:
            return []
        centre = self.embedding.word_vectors.mean(axis=0)
        near = unit(self.embedding.word_vectors - centre) @ unit((own - centre)[None, :])[0]
        order = np.argsort(-near, kind="stable")
        return [(self.words[row], float(near[row])) for row in order[: limit + 1].tolist() if self.words[row] != word][:limit]


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
    }
    np.savez(folder / "patterns.npz", **arrays)
    clustering = learnt.clustering
    plain = {
        "format": FORMAT,
        "clusters": [asdict(one) for one in learnt.clusters],
        "rules": [rule.pattern for rule in learnt.rules],
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
    if arrays["labels"].shape != (len(words),) or arrays["counts"].shape != (len(words),):
        raise ModelCorrupt("The patterns' labels do not fit.", remedy="Learn again: oddkin rules learn")
    buckets, min_n, max_n = (int(number) for number in plain["ngrams"])
    embedding = Embedding(
        words, arrays["word_vectors"].astype(np.float32), arrays["bucket_ids"].astype(np.int64),
        arrays["bucket_vectors"].astype(np.float32), buckets, min_n, max_n,
    )  # fmt: skip
    clusters = tuple(
        ClusterView(
            int(one["number"]), int(one["size"]), float(one["cohesion"]), tuple(map(str, one["examples"])),
            tuple(int(place) for place in one["rules"]),
        )
        for one in plain["clusters"]
    )  # fmt: skip
    return Patterns(
        clusters, tuple(map(str, plain["rules"])), embedding, unit(arrays["vectors"].astype(np.float32)),
        arrays["labels"].astype(np.int32), arrays["counts"].astype(np.int32),
        {str(name): float(value) for name, value in plain["settings"].items()},
    )  # fmt: skip
