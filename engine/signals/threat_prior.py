"""The supervised prior: how much a process looks like recorded attacks elsewhere. Switchable, its own column.

Two models, each blind where the other sees: gradient boosting on classes (location, role, context), and a
logistic regression on hashed words of leaf, parent and command line. Both were trained on other sources' attacks, many of
whose labels were derived by rules: it knows what rule writers know, and says nothing about attacks nobody recorded.

Trained by scikit-learn, kept as arrays and evaluated here: nothing that unpickles, the same bits in every version.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Floats, Floats32, Ints, Ints32
from engine.domain.chains import ChainCorpus
from engine.domain.distinct import distinct
from engine.domain.processes import ProcessTable
from engine.errors import ModelCorrupt
from engine.knowledge.roles import is_windows
from engine.saved.foreign import bounded
from engine.signals.threat_features import BINS, NAMES, PRIVILEGES, ThreatFeatures

TREES = 120
DEPTH = 3
RATE = 0.1
STRENGTH = 1.0
"""scikit-learn's C of the logistic regression."""
LEARNT = np.array([name not in PRIVILEGES for name in NAMES])
"""[len(NAMES)] class features that a prior may learn from."""


@dataclass(frozen=True, slots=True)
class ThreatPrior:
    """Fitted. t trees of at most k nodes, in arrays padded with leaves."""

    feature: Ints32
    """[t, k] column of each node, -1 for leaves."""
    threshold: Floats32
    """[t, k] goes left when the value is at most this."""
    children: Ints32
    """[t, k, 2]"""
    value: Floats
    """[t, k] of leaves, learning rate included."""
    base: float
    weights: Floats32
    """[BINS]"""
    bias: float
    systems: tuple[bool, bool]
    """Whether it saw attacks on POSIX systems, on Windows. About the others it has nothing to say: what sets Windows attacks
    apart from everything else is, on Linux, mostly that it is not Windows."""

    @classmethod
    def fit(
        cls,
        features: ThreatFeatures,
        attack: npt.NDArray[np.bool_],
        source: npt.NDArray[Any],
        corpus: ChainCorpus,
        seed: int,
    ) -> ThreatPrior:
        """From labelled rows over `corpus`: attack [u], source [u], balanced by `balanced`.

        Privilege is not learnt, though its columns stay for priors that were: in recordings the attacks run elevated, because
        who records them does, and half of what the trees gained on one estate was that. Hidden in every second row they still
        learnt some of it. Without it (means over recordings, by classes alone): A+ and C .620 -> .676, B .528 -> .619; in fused
        needles .567 -> .570.
        """
        weight = balanced(attack, source)
        boosting = _boosted(np.where(LEARNT, features.classes, np.float32(0)), attack, weight, seed)
        weights, bias = _regressed(features, attack, weight)
        seen = on_windows(corpus)[features.chain[attack]]
        return cls(*boosting, weights, bias, (bool((~seen).any()), bool(seen.any())))

    def columns(self, corpus: ChainCorpus, table: ProcessTable, look: Callable[[], None] = lambda: None) -> dict[str, Floats]:
        """Signal -> [c] the highest log odds among each chain's processes, by classes and by words; NaN where it is silent.

        No columns at all when it has nothing to say about any chain. `look` is called between two blocks of chains.
        """
        silent = ~np.array(self.systems)[on_windows(corpus).astype(np.int64)]
        if silent.all():
            return {}
        classes, words = np.full(len(corpus), -np.inf), np.full(len(corpus), -np.inf)
        for part in ThreatFeatures.blocks(corpus, table):
            look()
            np.maximum.at(classes, part.chain, self.by_class(part.kinds)[part.kind])
            np.maximum.at(words, part.chain, self.by_words(part))
        columns = {"threat_classes": classes, "threat_words": words}
        return {name: np.where(silent | np.isneginf(column), np.nan, column) for name, column in columns.items()}

    def by_class(self, classes: Floats32) -> Floats:
        """[u] log odds by the trees."""
        out = np.full(len(classes), self.base)
        rows = np.arange(len(classes))
        for feature, threshold, children, value in zip(self.feature, self.threshold, self.children, self.value, strict=True):
            node = np.zeros(len(classes), dtype=np.int64)
            for _ in range(DEPTH):
                column = feature[node]
                right = classes[rows, np.maximum(column, 0)] > threshold[node]
                node = np.where(column >= 0, children[node, right.astype(np.int64)], node)
            out += value[node]
        return out

    def by_words(self, features: ThreatFeatures) -> Floats:
        """[u] log odds by the words; each row's words weigh 1 / √count, so that long command lines do not win by length."""
        sizes = np.diff(features.start)
        owner = np.repeat(np.arange(len(sizes)), sizes)
        total = np.bincount(owner, weights=self.weights[features.words].astype(np.float64), minlength=len(sizes))
        return total / np.sqrt(np.maximum(sizes, 1)) + self.bias

    def to_arrays(self) -> dict[str, Any]:
        """For np.savez."""
        return {
            "threat_feature": self.feature, "threat_threshold": self.threshold, "threat_children": self.children,
            "threat_value": self.value, "threat_weights": self.weights,
            "threat_scalars": np.array([self.base, self.bias, *self.systems], dtype=np.float64),
        }  # fmt: skip

    @classmethod
    def from_arrays(cls, arrays: dict[str, Any]) -> ThreatPrior | None:
        """Back; None when there is none. Raises ModelCorrupt for arrays that do not fit together."""
        if "threat_weights" not in arrays:
            return None
        feature, children = arrays["threat_feature"], arrays["threat_children"]
        shape = feature.shape
        fits = (
            len(shape) == 2 and children.shape == (*shape, 2) and arrays["threat_threshold"].shape == shape
            and arrays["threat_value"].shape == shape and arrays["threat_weights"].shape == (BINS,)
            and arrays["threat_scalars"].shape == (4,)
            and (not feature.size or (feature.min() >= -1 and feature.max() < len(NAMES)))
            and (not children.size or (children.min() >= 0 and children.max() < shape[1]))
        )  # fmt: skip
        kinds = {"feature": "i", "children": "i", "threshold": "f", "value": "f", "weights": "f", "scalars": "f"}
        if not fits or not shape[1] or any(arrays[f"threat_{name}"].dtype.kind != kind for name, kind in kinds.items()):
            raise ModelCorrupt("The threat prior's arrays do not fit together.")
        bounded(arrays, "threat_value", "threat_weights", "threat_scalars")
        base, bias, posix, windows = arrays["threat_scalars"].tolist()
        systems = (bool(posix), bool(windows))
        threshold, value, weights = (arrays[f"threat_{name}"] for name in ("threshold", "value", "weights"))
        return cls(feature, threshold, children, value, base, weights, bias, systems)


def on_windows(corpus: ChainCorpus) -> npt.NDArray[np.bool_]:
    """[c] whether each chain's last step is a Windows program."""
    by_path = np.array([is_windows(path) for path in corpus.paths] + [False])
    return np.asarray(by_path[corpus.steps[np.arange(len(corpus)), np.maximum(corpus.lengths - 1, 0)]])


def balanced(attack: npt.NDArray[np.bool_], source: npt.NDArray[Any]) -> Floats:
    """[u] weights: both classes alike in total, the sources of a class alike, √ of a source's size: tiny ones prove little."""
    weight = np.zeros(len(attack))
    for kind in (False, True):
        for name in distinct(source):
            rows = (attack == kind) & (source == name)
            if rows.any():
                weight[rows] = np.sqrt(rows.sum()) / rows.sum()
        total = weight[attack == kind].sum()
        if total:
            weight[attack == kind] *= len(attack) / 2 / total
    return weight


def _boosted(
    classes: Floats32, attack: npt.NDArray[np.bool_], weight: Floats, seed: int
) -> tuple[Ints32, Floats32, Ints32, Floats, float]:
    from sklearn.ensemble import GradientBoostingClassifier

    model = GradientBoostingClassifier(
        n_estimators=TREES, max_depth=DEPTH, learning_rate=RATE, subsample=0.7, max_features=0.3, random_state=seed
    )
    model.fit(classes, attack, sample_weight=weight)
    trees = [stage[0].tree_ for stage in model.estimators_]
    width = max(tree.node_count for tree in trees)
    feature = np.full((len(trees), width), -1, dtype=np.int32)
    threshold, value = np.zeros((len(trees), width), np.float32), np.zeros((len(trees), width))
    children = np.zeros((len(trees), width, 2), dtype=np.int32)
    for row, tree in enumerate(trees):
        nodes = tree.node_count
        feature[row, :nodes] = np.where(tree.children_left >= 0, tree.feature, -1)
        threshold[row, :nodes] = tree.threshold
        children[row, :nodes] = np.maximum(np.stack([tree.children_left, tree.children_right], axis=1), 0)
        value[row, :nodes] = RATE * tree.value[:, 0, 0]
    share = float(np.average(attack, weights=weight))
    return feature, threshold, children, value, float(np.log(share / (1 - share)))


def _regressed(features: ThreatFeatures, attack: npt.NDArray[np.bool_], weight: Floats) -> tuple[Floats32, float]:
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]
    from sklearn.linear_model import LogisticRegression

    sizes = np.diff(features.start)
    amount = np.repeat(1 / np.sqrt(np.maximum(sizes, 1)), sizes)
    words: Any = csr_matrix((amount, features.words, features.start), shape=(len(sizes), BINS))
    model = LogisticRegression(C=STRENGTH, max_iter=200)
    model.fit(words, attack, sample_weight=weight)
    return model.coef_[0].astype(np.float32), float(model.intercept_[0])


def labelled_rows(features: ThreatFeatures, label: Ints) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Rows with a label, and whether they are attacks (one attack process makes the row one). label [n]: 1, 0, -1 unknown."""
    best = np.full(len(features.chain), -1, dtype=np.int64)
    known = (label >= 0) & (features.of_process >= 0)
    np.maximum.at(best, features.of_process[known], label[known])
    rows = np.flatnonzero(best >= 0)
    return rows, best[rows] == 1


def rows_of(features: ThreatFeatures, rows: Ints) -> ThreatFeatures:
    """A part of the rows; processes keep no place in it."""
    sizes = np.diff(features.start)[rows]
    start = np.r_[0, np.cumsum(sizes)].astype(np.int64)
    offset = np.arange(start[-1]) - np.repeat(start[:-1], sizes)
    words = features.words[np.repeat(features.start[rows], sizes) + offset]
    return ThreatFeatures(features.kinds, features.kind[rows], start, words, np.zeros(0, np.int64), features.chain[rows])
