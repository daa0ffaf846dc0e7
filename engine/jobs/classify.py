"""Teach a classifier by the labels of a case, compare it with the one in use, and publish or refuse it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.classifier.params import PUBLISHED, ClassifierParams
from engine.classifier.verdicts import BaseQueue, Verdict, Verdicts
from engine.errors import UsageError
from engine.jobs.publish import publish
from engine.jobs.relearn import queue_of, rules_of
from engine.ports import TeachingStore, TeachingVault
from engine.progress import CancelToken, Listener
from engine.rules.rule import RuleSet

if TYPE_CHECKING:
    from engine.classifier.comparison import Decision
    from engine.classifier.features import ChainFeatures
    from engine.classifier.model import Classifier
    from engine.classifier.reliability import Bin
    from engine.embedding import Embedding
    from engine.tables import Floats

NEEDED, OF_EACH = 10, 5
"""Labels in all, and malicious and other ones, before an LSTM is worth its time; the instant learner needs none of this."""
NEW = 10
"""New usable labels after which a background training is due."""
DUE_OF_EACH = 10


@dataclass(frozen=True, slots=True)
class Classified:
    """What came of it."""

    model_id: str | None
    """None when it was refused, or nothing was to be published."""
    decision: Decision
    manifest: dict[str, Any]
    reliability: tuple[Bin, ...]


def classify(
    case: str,
    params: ClassifierParams,
    store: TeachingStore,
    vault: TeachingVault,
    listener: Listener,
    token: CancelToken,
    *,
    name: str | None = None,
    dry_run: bool = False,
    force: bool = False,
) -> Classified:
    """Train, compare, publish. Accepted ones are in use afterwards; `force` publishes a refused one, and the manifest says so.

    What is published is what was compared: the held-back labels are not learnt afterwards. Cancelled leaves nothing behind.
    Raises UsageError for too few labels, NotFound when nothing was scored.
    """
    from engine.classifier.model import Classifier

    base, features = queue_of(case, store, vault, listener, token)
    verdicts = store.load_verdicts(case, base)
    _enough(verdicts, params)
    detector = vault.in_use(case)
    rules = RuleSet() if detector is None else rules_of(vault, detector)
    in_use = vault.in_use(case, "classifier")
    rival = None if in_use is None else Classifier.load(vault.open(in_use)[0])
    embedding = None if detector is None else embedding_of(vault, detector)
    trial = _trial(base, verdicts, features, rules, embedding, params, rival, listener, token)
    manifest = _manifest(case, verdicts, trial, in_use, forced=force and not trial.decision.accepted) | (
        {"name": name} if name else {}
    )
    model_id = None
    if not dry_run and (trial.decision.accepted or force):
        model_id = publish(trial.classifier.save, manifest, vault, token)
        vault.use(case, model_id, "classifier")
    return Classified(model_id, trial.decision, manifest, trial.reliability)


def due(verdicts: Verdicts, taught: dict[str, int]) -> bool:
    """Whether a background training is due: enough labels, and enough of them new. `taught`: the manifest's "labels"."""
    before = sum(taught.get(verdict.word, 0) for verdict in Verdict if verdict is not Verdict.UNDETERMINED)
    positive, negative = len(verdicts.malicious), len(verdicts.negative)
    return min(positive, negative) >= DUE_OF_EACH and positive + negative >= before + NEW


@dataclass(frozen=True, slots=True)
class _Trial:
    classifier: Classifier
    decision: Decision
    reliability: tuple[Bin, ...]
    held: int


def _enough(verdicts: Verdicts, params: ClassifierParams) -> None:
    if params.recipe == PUBLISHED:
        return
    positive, negative = len(verdicts.malicious), len(verdicts.negative)
    if positive + negative < NEEDED or min(positive, negative) < OF_EACH:
        raise UsageError(
            f"{positive} malicious and {negative} benign or false-positive chains are labelled; a classifier needs"
            f" {NEEDED} labels with at least {OF_EACH} of each.",
            remedy="Go on labelling from the top of the queue: it is re-ranked after every label already.",
        )


def _trial(
    base: BaseQueue, verdicts: Verdicts, features: ChainFeatures, rules: RuleSet, embedding: Embedding | None,
    params: ClassifierParams, rival: Classifier | None, listener: Listener, token: CancelToken,
) -> _Trial:  # fmt: skip
    """Train on what is kept, judge on what is held back; on everything where nothing can be held back."""
    from engine.classifier.comparison import decide, split, unjudged
    from engine.classifier.instant import InstantLearner
    from engine.classifier.model import Classifier
    from engine.classifier.training_set import lesson_of

    parts = split(base, verdicts)
    kept = verdicts if parts is None else parts.kept
    classifier = Classifier(params).fit(base, kept, features.shapes, rules, embedding, listener, token)
    if parts is None:
        return _Trial(classifier, unjudged(rival is not None, len(verdicts)), (), 0)
    odds = classifier.log_odds(base.corpus, listener, token)
    old = None if rival is None else rival.log_odds(base.corpus, listener, token)
    instant = InstantLearner.fit(features, lesson_of(base, kept)).log_odds(features)
    table = _reliability(base, parts.kept, parts.held, features, odds)
    return _Trial(classifier, decide(instant, odds, old, parts.held, parts.by), table, len(parts.held))


def embedding_of(vault: TeachingVault, detector: str) -> Embedding:
    """The word vectors of a detector."""
    from engine.detector.persistence import read_embedding

    return read_embedding(vault.open(detector)[0])


def _reliability(base: BaseQueue, kept: Verdicts, held: Verdicts, features: ChainFeatures, odds: Floats) -> tuple[Bin, ...]:
    """Of the probability that the reader would be told: calibrated on the kept labels, judged on those held back."""
    from engine.classifier.comparison import held_rows
    from engine.classifier.reliability import reliability
    from engine.classifier.rerank import learners

    chance = learners(base, features, kept, odds.astype(np.float32)).probability
    rows, malicious = held_rows(held)
    return tuple(reliability(chance[rows].astype(np.float64), malicious))


def _manifest(case: str, verdicts: Verdicts, trial: _Trial, in_use: str | None, *, forced: bool) -> dict[str, Any]:
    labels = {verdict.word: int((verdicts.verdict == verdict).sum()) for verdict in Verdict}
    decision = {"accepted": trial.decision.accepted, "sentence": trial.decision.sentence, "figures": trial.decision.figures}
    return trial.classifier.manifest() | {
        "cases": [case],
        "labels": labels,
        "label_event": verdicts.event,
        "held_back": trial.held,
        "compared_with": in_use,
        "decision": decision | {"forced": forced},
        "reliability": [[one.low, one.high, one.predicted, one.malicious, one.count] for one in trial.reliability],
    }
