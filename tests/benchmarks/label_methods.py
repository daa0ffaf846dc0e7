"""The methods that label_loop compares. Each gets a recording and gives a function from effective verdicts to an order."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.classifier.features import ChainFeatures
from engine.classifier.instant import InstantLearner, Lesson
from engine.classifier.rerank import HALF, MOST_WEIGHT, rerank, surprise_of
from engine.classifier.training_set import lesson_of
from engine.classifier.verdicts import Verdicts
from engine.tables import Floats
from tests.benchmarks.label_loop import Score
from tests.benchmarks.label_queues import Recording

Method = Callable[[Recording, ChainFeatures, int], Score]


def nothing(recording: Recording, features: ChainFeatures, seed: int) -> Score:
    """The detector's order, whatever is said."""
    return lambda verdicts: -recording.base.rank.astype(np.float64)


def blended(recording: Recording, opinion: Callable[[Lesson], Floats], every: int = 1) -> Score:
    """Detector and learner as in the product, without shapes; the learner is asked anew after `every` labels."""
    base = surprise_of(-recording.base.rank.astype(np.float64))
    kept: dict[int, Floats] = {}

    def score(verdicts: Verdicts) -> Floats:
        count = len(verdicts)
        if not len(verdicts.malicious):
            return base
        if not kept or count % every == 0:
            kept[0] = surprise_of(opinion(lesson_of(recording.base, verdicts)))
        return base + MOST_WEIGHT * count / (count + HALF) * kept[0]

    return score


def regression(recording: Recording, features: ChainFeatures, seed: int) -> Score:
    """Logistic regression on the hashed identities and classes."""
    return blended(recording, lambda lesson: InstantLearner.fit(features, lesson).log_odds(features))


def boosting(recording: Recording, features: ChainFeatures, seed: int) -> Score:
    """Gradient boosting on the same vectors (columns that occur among the labels), asked every five labels."""
    from sklearn.ensemble import GradientBoostingClassifier

    def opinion(lesson: Lesson) -> Floats:
        seen = features.matrix(lesson.rows)
        columns = np.flatnonzero(np.asarray((seen != 0).sum(axis=0)).ravel() >= 2)
        model = GradientBoostingClassifier(n_estimators=60, max_depth=3, subsample=0.7, max_features=0.2, random_state=seed)
        model.fit(seen[:, columns].toarray(), lesson.malicious, sample_weight=lesson.balanced())
        every = features.matrix(np.arange(len(features)))[:, columns].toarray()
        return np.asarray(model.decision_function(every))

    return blended(recording, opinion, every=5)


def product(recording: Recording, features: ChainFeatures, seed: int) -> Score:
    """The product's combination, shapes included; without an LSTM."""

    def score(verdicts: Verdicts) -> Floats:
        learnt = rerank(recording.base, verdicts, features)
        place = np.empty(int(recording.base.rank.max()) + 1, dtype=np.int64)
        place[learnt.order] = np.arange(len(learnt.order))
        return -place[recording.base.rank].astype(np.float64)

    return score


METHODS: dict[str, Method] = {"no labels": nothing, "regression": regression, "boosting": boosting, "product": product}
