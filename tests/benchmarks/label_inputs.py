"""Which inputs the LSTM needs: learnt embeddings, FastText vectors, classes, numbers of the chain.

    python -m tests.benchmarks.label_inputs RECORDINGS [--cache FOLDER] [--seeds 2] [--labels 40] [--least 90]

Each recording with enough chains is labelled once from the top of the detector's queue. The rest, in which no label is, is ranked
by the LSTM alone (log odds) and by detector and LSTM together: average precision and ROC AUC. FastText is trained on the
recording's own paths.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.classifier.model import Classifier
from engine.classifier.params import ClassifierParams
from engine.classifier.state import TaughtShapes
from engine.classifier.training_set import training_set
from engine.domain.arrays import Floats
from engine.domain.verdicts import Verdict
from engine.metrics.ranking import average_precision, roc_auc
from engine.rules.rule import RuleSet
from engine.signals.fusion import surprise
from engine.verdicts.instant import InstantLearner
from engine.verdicts.lessons import lesson_of
from engine.verdicts.verdicts import Verdicts
from engine.words.embedding import Embedding, EmbeddingParams, train_embedding
from tests.benchmarks.label_queues import Recording, features_of, queues, verdicts_on

PLAIN = ClassifierParams(device="cpu")
BARE = replace(PLAIN, vectors=False, embedding=True)
VARIANTS = {
    "names, as published": replace(BARE, names_only=True),
    "embeddings of names and paths": BARE,
    "embeddings and FastText": replace(BARE, vectors=True),
    "embeddings and classes": replace(BARE, classes=True),
    "embeddings, classes, numbers": replace(BARE, classes=True, numbers=True),
    "embeddings, classes, numbers, FastText": replace(BARE, classes=True, numbers=True, vectors=True),
    "classes, numbers": replace(BARE, embedding=False, classes=True, numbers=True),
    "FastText instead of embeddings (the product's)": PLAIN,
    "FastText and classes": replace(PLAIN, classes=True),
    "the product's without synthetic chains": replace(PLAIN, synthetic_weight=0.0),
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("/tmp/oddkin-labels"))
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--labels", type=int, default=40)
    parser.add_argument("--least", type=int, default=90)
    chosen = parser.parse_args()
    large = [one for one in queues(chosen.recordings, chosen.cache, 1) if len(one.truth) >= chosen.least]
    large = [one for one in large if (one.truth[one.base.rank > chosen.labels] == 1).sum() >= 3]
    print(f"{', '.join(one.name for one in large)}; {chosen.labels} labels, {chosen.seeds} seeds\n")
    print("| inputs | LSTM alone: AP | AUC | with the detector: AP | AUC |")
    print("|---|---|---|---|---|")
    parts = [(one, verdicts_of(one, chosen.labels), words_of(one)) for one in large]
    row("detector, no labels", [figures(one, said, one.base.score, one.base.score) for one, said, _ in parts])
    row("instant learner", [judged(one, said, instant(one, said)) for one, said, _ in parts])
    for name, params in VARIANTS.items():
        found = []
        for seed in range(1, chosen.seeds + 1):
            found += [judged(one, said, lstm(one, said, replace(params, seed=seed), words)) for one, said, words in parts]
        row(name, found)


def verdicts_of(one: Recording, labels: int) -> Verdicts:
    """The top of the detector's queue."""
    rows = np.flatnonzero(one.base.rank <= labels)
    verdict = np.where(one.truth[rows] == 1, Verdict.MALICIOUS, Verdict.FALSE_POSITIVE).astype(np.int8)
    return verdicts_on(one.base, rows, verdict, labels)


def words_of(one: Recording) -> Embedding:
    """FastText on the recording's paths."""
    return train_embedding(one.base.corpus.paths, EmbeddingParams(), 1)


def instant(one: Recording, said: Verdicts) -> Floats:
    """Log odds of the instant learner."""
    features = features_of(one.base)
    return InstantLearner.fit(features, lesson_of(one.base, said)).log_odds(features)


def lstm(one: Recording, said: Verdicts, params: ClassifierParams, words: Embedding) -> Floats:
    """Log odds of an LSTM."""
    made = training_set(one.base, said, RuleSet(), params)
    return Classifier(params).fit_examples(made, TaughtShapes(), RuleSet(), words).log_odds(one.base.corpus)


def judged(one: Recording, said: Verdicts, odds: Floats) -> list[float]:
    """Alone, and with the detector."""
    return figures(one, said, odds, surprise(-one.base.rank.astype(np.float64)) + 1.5 * surprise(odds))


def figures(one: Recording, said: Verdicts, alone: Floats, together: Floats) -> list[float]:
    """AP and AUC of what is unread, for both orders."""
    rest = np.ones(len(one.truth), dtype=np.bool_)
    rest[said.rows] = False
    truth = one.truth[rest] == 1
    return [metric(truth, order[rest]) for order in (alone, together) for metric in (average_precision, roc_auc)]


def row(name: str, found: list[list[float]]) -> None:
    """A line of the table."""
    print(f"| {name} | " + " | ".join(f"{value:.2f}" for value in np.mean(found, axis=0)) + " |", flush=True)


if __name__ == "__main__":
    main()
