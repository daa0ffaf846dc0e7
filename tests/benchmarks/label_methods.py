"""The methods that label_loop compares. Each gets a recording and gives a function from effective verdicts to an order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np

from engine.classifier.comparison import Judged, decide, divide, judged_by, skill_of
from engine.classifier.model import Classifier
from engine.classifier.params import ClassifierParams, published
from engine.classifier.state import TaughtShapes
from engine.classifier.synthetic import published_set
from engine.classifier.synthetic.sequences import LINUX, WINDOWS, names_of
from engine.classifier.training_set import synthetic_set
from engine.classifier.trust import NEEDED, OF_EACH
from engine.domain.arrays import Floats
from engine.rules.rule import RuleSet
from engine.signals.fusion import surprise
from engine.verdicts.features import VariantFeatures
from engine.verdicts.instant import InstantLearner, Lesson
from engine.verdicts.lessons import lesson_of
from engine.verdicts.rerank import HALF, MOST_WEIGHT, rerank, share_of
from engine.verdicts.verdicts import Verdicts
from engine.words.embedding import Embedding, EmbeddingParams, train_embedding
from tests.benchmarks.label_loop import Method, Told
from tests.benchmarks.label_queues import Recording

EVERY = 20
"""Labels between two trainings of an LSTM; the first with NEEDED labels, OF_EACH of each class."""
Make = Callable[[Recording, VariantFeatures, int], Method]
Opinion = Callable[[Verdicts, Lesson], Floats | None]


def nothing(recording: Recording, _features: VariantFeatures, _seed: int) -> Method:
    """The detector's order, whatever is said."""
    return lambda _: Told(-recording.base.rank.astype(np.float64))


def blended(recording: Recording, opinion: Opinion) -> Method:
    """Detector and learner as in the product, without shapes; the detector alone until the learner has an opinion."""
    base = surprise(-recording.base.rank.astype(np.float64))

    def told(verdicts: Verdicts) -> Told:
        if not len(verdicts.malicious):
            return Told(base)
        found = opinion(verdicts, lesson_of(recording.base, verdicts))
        if found is None:
            return Told(base)
        return Told(base + MOST_WEIGHT * len(verdicts) / (len(verdicts) + HALF) * surprise(found))

    return told


def regression(recording: Recording, features: VariantFeatures, _seed: int) -> Method:
    """Logistic regression on the hashed identities and classes, after every label."""
    return blended(recording, lambda _, lesson: InstantLearner.fit(features, lesson).log_odds(features))


def boosting(recording: Recording, features: VariantFeatures, seed: int) -> Method:
    """Gradient boosting on the same vectors (columns that two training chains have), after every fifth label."""
    from sklearn.ensemble import GradientBoostingClassifier

    kept: dict[int, Floats] = {}

    def opinion(verdicts: Verdicts, lesson: Lesson) -> Floats:
        if not kept or len(verdicts) % 5 == 0:
            seen = features.matrix(lesson.rows)
            columns = np.flatnonzero(np.asarray((seen != 0).sum(axis=0)).ravel() >= 2)
            model = GradientBoostingClassifier(n_estimators=60, max_depth=3, subsample=0.7, max_features=0.1, random_state=seed)
            model.fit(seen[:, columns].toarray(), lesson.malicious, sample_weight=lesson.balanced())
            kept[0] = np.asarray(model.decision_function(features.matrix(np.arange(len(features)))[:, columns].toarray()))
        return kept[0]

    return blended(recording, opinion)


@dataclass(slots=True)
class InUse:
    """The classifier of a loop."""

    odds: Floats | None = None
    share: float = 0.0
    """What they weigh."""
    labels: int = -EVERY
    """How many there were when one was last tried."""
    held_out: dict[int, float] = field(default_factory=dict)
    """Row of a verdict that taught it -> log odds by the learner that did not see it."""


def lstm(params: ClassifierParams) -> Make:
    """The LSTM alone, trained anew after every EVERY labels."""

    def make(recording: Recording, features: VariantFeatures, seed: int) -> Method:
        used = InUse()

        def opinion(verdicts: Verdicts, _lesson: Lesson) -> Floats | None:
            if _due(verdicts, used.labels):
                used.labels = len(verdicts)
                used.odds = taught(recording, features, verdicts, params, seed).log_odds(recording.base.corpus)
            return used.odds

        return blended(recording, opinion)

    return make


def synthetic_only(recording: Recording, _features: VariantFeatures, seed: int) -> Method:
    """The published recipe: names, 6,000 + 6,000 synthetic sequences, no labels and no detector."""
    odds = _published(seed).log_odds(recording.base.corpus)
    return lambda _: Told(odds)


@cache
def _published(seed: int) -> Classifier:
    """One for all recordings: its vocabulary is its own, as the published one's was."""
    made = [names_of(one) for one in published_set(seed, systems=(LINUX, WINDOWS))]
    return Classifier(published(device="cpu", seed=seed)).fit_examples(synthetic_set(made, RuleSet()), TaughtShapes(), RuleSet())


def product(with_lstm: bool) -> Make:
    """`rerank`, shapes included, and the LSTM when it passes the comparison on held-back labels."""

    def make(recording: Recording, features: VariantFeatures, seed: int) -> Method:
        used = InUse()

        def told(verdicts: Verdicts) -> Told:
            if with_lstm and _due(verdicts, used.labels):
                used.labels = len(verdicts)
                _challenge(recording, features, verdicts, used, seed)
            learnt = rerank(recording.base, verdicts, features, sequence=used.odds, share=used.share)
            place = np.empty(int(recording.base.rank.max()) + 1, dtype=np.int64)
            place[learnt.order] = np.arange(len(learnt.order))
            stop = learnt.metrics.get("stop")
            numbers = None if stop is None else {name: stop[name] for name in ("left", "low", "high")}
            return Told(-place[recording.base.rank].astype(np.float64), numbers)

        return told

    return make


def _challenge(recording: Recording, features: VariantFeatures, verdicts: Verdicts, used: InUse, seed: int) -> None:
    """Take a challenger that engine.jobs.classify would take into use."""
    base = recording.base
    division = divide(base, verdicts)
    if division is None:
        return
    odds, instant = (np.full(len(division.rows), np.nan) for _ in range(2))
    for part in range(division.parts):
        held = division.fold == part
        rows = division.rows[held]
        kept = verdicts.part(~np.isin(verdicts.rows, rows))
        odds[held] = taught(recording, features, kept, CPU, seed).log_odds(base.corpus)[rows]
        instant[held] = InstantLearner.fit(features, lesson_of(base, kept)).log_odds(features)[rows]
    rows = division.rows
    in_use = None
    if used.odds is not None:
        told = zip(rows.tolist(), used.odds[rows].tolist(), strict=True)
        in_use = Judged(np.array([used.held_out.get(row, own) for row, own in told]), used.share)
    share = share_of(skill_of(odds, division))
    if decide(instant, Judged(odds, share), in_use, division, judged_by(verdicts)).accepted:
        used.share = share
        used.odds = taught(recording, features, verdicts, CPU, seed).log_odds(base.corpus)
        used.held_out = dict(zip(rows.tolist(), odds.tolist(), strict=True))


def taught(
    recording: Recording, features: VariantFeatures, verdicts: Verdicts, params: ClassifierParams, seed: int
) -> Classifier:
    """An LSTM on these verdicts."""
    words = _words(recording.name, recording.base.corpus.paths)
    return Classifier(replace(params, seed=seed)).fit(recording.base, verdicts, features.shapes, RuleSet(), words)


@cache
def _words(_name: str, paths: tuple[str, ...]) -> Embedding:
    """FastText on the recording's paths: the product takes the detector's, which is not in the cache."""
    return train_embedding(paths, EmbeddingParams(), 1)


def _due(verdicts: Verdicts, last: int) -> bool:
    positive, negative = len(verdicts.malicious), len(verdicts.negative)
    enough = positive + negative >= NEEDED and min(positive, negative) >= OF_EACH
    return enough and positive + negative >= last + EVERY


CPU = ClassifierParams(device="cpu")
METHODS: dict[str, Make] = {
    "no labels": nothing,
    "logistic regression": regression,
    "gradient boosting": boosting,
    "LSTM": lstm(ClassifierParams(device="cpu", synthetic_weight=0.0)),
    "LSTM + synthetic": lstm(CPU),
    "synthetic only": synthetic_only,
    "product without LSTM": product(False),
    "product": product(True),
}
