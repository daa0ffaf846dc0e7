"""The classifier as one object: fit, ask, save, load."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from engine.classifier.params import ClassifierParams
from engine.classifier.persistence import load, manifest, save
from engine.classifier.sequences import CaseInputs, SequenceSet
from engine.classifier.state import Taught, TaughtShapes
from engine.classifier.training import ask, train
from engine.classifier.training_set import ExampleSet, training_set
from engine.device import Device, resolve, threads_of
from engine.domain.arrays import Floats, Floats32, Ints
from engine.errors import ModelCorrupt, ModelError
from engine.progress import Run
from engine.rules.rule import RuleSet
from engine.verdicts.features import VariantFeatures
from engine.verdicts.verdicts import BaseQueue, Remembered, Verdicts
from engine.words.embedding import Embedding, EmbeddingParams, train_embedding


def vectors_of(chains: SequenceSet, embedding: Embedding | None) -> Floats32 | None:
    """[p + 1, d] of the paths, zeros behind the last; None without an embedding."""
    if embedding is None:
        return None
    return np.vstack([embedding.transform(chains.paths), np.zeros((1, embedding.size), dtype=np.float32)])


class Classifier:
    """The LSTM over chains. Parameters in, `fit` or `load`, then `log_odds`."""

    def __init__(self, params: ClassifierParams | None = None) -> None:
        self.params = params or ClassifierParams()
        self.taught_: Taught | None = None

    def fit(
        self, base: BaseQueue, features: VariantFeatures, verdicts: Verdicts, rules: RuleSet, embedding: Embedding | None = None,
        run: Run = Run(),
    ) -> Classifier:  # fmt: skip
        """Learn from the verdicts. Cancelled leaves the classifier as it was.

        `embedding`: the detector's; where there is none, FastText is trained on the paths of the queue.
        """
        lesson = training_set(base, features, verdicts, rules)
        return self.fit_examples(lesson, TaughtShapes.of(features.shapes, base.variants, verdicts), rules, embedding, run)

    def fit_examples(
        self, lesson: ExampleSet, shapes: TaughtShapes, rules: RuleSet, embedding: Embedding | None = None,
        run: Run = Run(),
    ) -> Classifier:  # fmt: skip
        """Learn from examples that are of no case."""
        device = self._device()
        if not self.params.vectors:
            embedding = None
        elif embedding is None:
            embedding = train_embedding(lesson.chains.paths, EmbeddingParams(), self.params.seed, run)
        with threads_of(device):
            network, metrics = train(lesson, vectors_of(lesson.chains, embedding), self.params, device, run)
        self.taught_ = Taught(network, rules, embedding, shapes, lesson.counts(), metrics, device.line)
        return self

    @property
    def taught(self) -> Taught:
        """The fitted state. Raises ModelError before `fit` or `load`."""
        if self.taught_ is None:
            raise ModelError("This classifier has not been trained.", remedy="Run: oddkin classify")
        return self.taught_

    def log_odds(self, base: BaseQueue, features: VariantFeatures, run: Run = Run(), rows: Ints | None = None) -> Floats:
        """[v] log odds of malicious for every variant of a queue, which may be of another case; or [m] of some `rows`."""
        rows = np.arange(len(features)) if rows is None else rows
        chains = SequenceSet.of_corpus(base.corpus, self.taught.rules).part(base.variants.chain[rows].astype(np.int64))
        beside = CaseInputs.of(features, rows) if self.params.commands or self.params.errors else None
        return self.log_odds_of(chains, run, beside)

    def log_odds_of(self, chains: SequenceSet, run: Run = Run(), beside: CaseInputs | None = None) -> Floats:
        """[n] the same for sequences, with what is known beside their paths."""
        beside = beside or CaseInputs.unknown(len(chains))
        device = self._device()
        with threads_of(device):
            network = self.taught.network.to(device.kind)
            vectors = vectors_of(chains, self.taught.embedding)
            odds = ask(network, chains, beside, self.params, vectors, device, run)
        if not np.isfinite(odds).all():
            raise ModelCorrupt("The classifier gives some chains no number.", remedy="Train again: oddkin classify")
        return odds

    def remembered(self, origin: str) -> Remembered:
        """The shapes that it was taught with, for a case that did not give these labels."""
        shapes = self.taught.shapes
        return Remembered(shapes.keys, shapes.verdict, (origin,) * len(shapes.keys))

    def save(self, folder: Path) -> None:
        """Write into an existing folder: safetensors and JSON, nothing that unpickles."""
        save(self.params, self.taught, folder)

    @classmethod
    def load(cls, folder: Path, device: str = "auto", threads: int = 1) -> Classifier:
        """Open a saved classifier; it says bit for bit the same on the same kind of device. Raises ModelCorrupt."""
        params, state = load(folder, device, threads)
        classifier = cls(params)
        classifier.taught_ = state
        return classifier

    def manifest(self) -> dict[str, Any]:
        """What a model store should know."""
        return manifest(self.params, self.taught)

    def _device(self) -> Device:
        return resolve(self.params.device, self.params.threads)
