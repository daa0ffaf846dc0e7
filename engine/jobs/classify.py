"""Teach a classifier by the labels of a case, compare it with the one in use, and publish or refuse it.

Compared is on verdicts that were held back, each of them once: a learner for every part that is held back, and one on all that
is published. What its figures say is therefore said of learners that saw three quarters of what it saw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine.classifier.comparison import Decision, Division, decide, divide, judged_by, part_of, unjudged
from engine.classifier.decisions import decisions
from engine.classifier.model import Classifier
from engine.classifier.params import PUBLISHED, ClassifierParams
from engine.classifier.sequences import SequenceSet
from engine.classifier.trust import LEAST_JUDGED, NEEDED, OF_EACH, TO_BEGIN, Said, trust_of
from engine.detector.persistence import read_embedding
from engine.domain.arrays import Floats, Ints
from engine.domain.verdicts import Verdict
from engine.errors import UsageError
from engine.jobs.ports.classify import TeachingVault
from engine.jobs.ports.relearn import TeachingStore
from engine.jobs.relearn import queue_of, rules_of
from engine.jobs.train import publish
from engine.progress import Run, Step
from engine.rules.rule import RuleSet
from engine.verdicts.features import ChainFeatures
from engine.verdicts.instant import InstantLearner
from engine.verdicts.lessons import lesson_of
from engine.verdicts.reliability import Bin, reliability
from engine.verdicts.rerank import learners
from engine.verdicts.verdicts import BaseQueue, Verdicts
from engine.words.embedding import Embedding

NEW, SHARE_NEW = 10, 0.2
"""Decisions (engine.classifier.decisions) that have to be others than at the last training before a background training is due:
at least so many, and this share of them. One key on a finding of many chains is one."""
STAGE = "train classifier"
USABLE = tuple(verdict.word for verdict in Verdict if verdict.malicious is not None)


@dataclass(frozen=True, slots=True)
class Classified:
    """What came of training a classifier."""

    model_id: str | None
    """None when it was refused, or nothing was to be published."""
    decision: Decision
    manifest: dict[str, Any]
    reliability: tuple[Bin, ...]
    in_use: bool = False
    """Whether the case uses it now."""

    @property
    def outcome(self) -> str:
        """Accepted, refused, or not yet trusted, for a title."""
        if self.in_use:
            return "The new classifier is in use"
        if self.decision.accepted and self.model_id is not None:
            return "Verdicts were taken back meanwhile: the new classifier is not in use"
        return "The new classifier was refused" if trust_of(self.manifest).enough else "The new classifier is not yet trusted"


def classify(
    case: str,
    params: ClassifierParams,
    store: TeachingStore,
    vault: TeachingVault,
    run: Run,
    *,
    name: str | None = None,
    dry_run: bool = False,
    force: bool = False,
) -> Classified:
    """Train, compare, publish. Accepted ones are in use afterwards; `force` publishes a refused one, and the manifest says so.

    One that was judged on too few verdicts is never in use, forced or not. Cancelled leaves nothing behind.
    Raises UsageError for too few labels, NotFound when nothing was scored.
    """
    base, features = queue_of(case, store, vault, run)
    verdicts = store.load_verdicts(case, base)
    _enough(verdicts, params)
    detector = vault.in_use(case)
    rules = RuleSet() if detector is None else rules_of(vault, detector)
    in_use = vault.in_use(case, "classifier")
    rival = None
    if in_use is not None:
        rival = _Rival(Classifier.load(vault.open(in_use)[0]), vault.taught_with(case, in_use))
    embedding = None if detector is None else embedding_of(vault, detector)
    course = _Course(base, verdicts, features, rules, embedding, params, run)
    trial = _trial(course, rival)
    forced = force and not trial.decision.accepted
    manifest = _manifest(case, verdicts, trial, in_use, forced=forced) | ({"name": name} if name else {})
    model_id, used = None, False
    if not dry_run and (trial.decision.accepted or force):
        model_id = publish(trial.classifier.save, manifest, vault, run)
        if trust_of(manifest).enough:
            used = vault.adopt(case, model_id, trial.taught)
    return Classified(model_id, trial.decision, manifest, trial.reliability, used)


def due(now: Mapping[str, Said], taught: Mapping[str, Said]) -> bool:
    """Whether a background training is due: enough decisions, and enough of them others than those of the last training.

    By chain key, of the verdicts that hold now and of those that taught. Counted is what differs and not how many there are:
    verdicts that were taken back or changed make another training due as new ones do.
    """
    held, before = ({key: one for key, one in said.items() if one.verdict in USABLE} for said in (now, taught))
    malicious = [one for one in held.values() if one.verdict == Verdict.MALICIOUS.word]
    others = [one for one in held.values() if one.verdict != Verdict.MALICIOUS.word]
    if min(_decided(malicious), _decided(others)) < LEAST_JUDGED:
        return False
    keys = held.keys() | before.keys()
    changed = [held.get(key) or before[key] for key in keys if _verdict(held, key) != _verdict(before, key)]
    return _decided(changed) >= max(NEW, SHARE_NEW * _decided(list(before.values())))


def _verdict(said: Mapping[str, Said], key: str) -> str | None:
    one = said.get(key)
    return None if one is None else one.verdict


def _decided(given: Sequence[Said]) -> int:
    return decisions(np.array([one.finding for one in given]), np.array([one.act for one in given]))


@dataclass(frozen=True, slots=True)
class _Course:
    """What every learner of one training has in common."""

    base: BaseQueue
    verdicts: Verdicts
    features: ChainFeatures
    rules: RuleSet
    embedding: Embedding | None
    params: ClassifierParams
    run: Run

    def learner(self, verdicts: Verdicts, part: int, parts: int) -> Classifier:
        """A classifier taught with some of the verdicts; its progress is one part of that of all."""

        def told(step: Step) -> None:
            if step.stage == STAGE and step.total:
                done, whole = part * step.total + step.done, parts * step.total
                step = replace(step, done=done, total=whole, last=step.last and done == whole)
            self.run.report(step)

        classifier = Classifier(self.params)
        return classifier.fit(
            self.base, verdicts, self.features.shapes, self.rules, self.embedding, replace(self.run, listener=told)
        )

    def ask(self, classifier: Classifier, rows: Ints) -> Floats:
        """[m] log odds of some of the chains."""
        chains = SequenceSet.of_corpus(self.base.corpus, classifier.taught.rules).part(rows)
        return classifier.log_odds_of(chains, self.run.quiet())


@dataclass(frozen=True, slots=True)
class _Rival:
    """The classifier in use, and what was said of the verdicts that taught it before it saw them."""

    classifier: Classifier
    taught: Mapping[str, tuple[str, float | None]]

    def odds(self, course: _Course, rows: Ints) -> Floats:
        """[m] log odds of learners that did not see the row's finding: its own words only on what did not teach it."""
        odds = course.ask(self.classifier, rows)
        for place, row in enumerate(rows.tolist()):
            _, held_out = self.taught.get(course.base.corpus.keys[row], ("", None))
            odds[place] = odds[place] if held_out is None else held_out
        return odds


@dataclass(frozen=True, slots=True)
class _Trial:
    classifier: Classifier
    decision: Decision
    reliability: tuple[Bin, ...]
    held: int
    taught: dict[str, tuple[str, float | None]]
    """Chain key -> verdict, and the log odds of the learner that did not see it."""


def _enough(verdicts: Verdicts, params: ClassifierParams) -> None:
    if params.recipe == PUBLISHED:
        return
    positive, negative = len(verdicts.malicious), len(verdicts.negative)
    if positive + negative < NEEDED or min(positive, negative) < OF_EACH:
        raise UsageError(
            f"{positive} malicious and {negative} benign or false-positive chains are labelled; a classifier needs {TO_BEGIN}.",
            remedy="Go on labelling from the top of the queue: it is re-ranked after every label already.",
        )


def _trial(course: _Course, rival: _Rival | None) -> _Trial:
    """Train on everything, judge on every verdict by learners that did not see it."""
    verdicts, keys = course.verdicts, course.base.corpus.keys
    said = {keys[row]: Verdict(one).word for row, one in zip(verdicts.rows.tolist(), verdicts.verdict.tolist(), strict=True)}
    said = {key: word for key, word in said.items() if word in USABLE}
    division = divide(course.base, verdicts)
    if division is None:
        taught: dict[str, tuple[str, float | None]] = {key: (word, None) for key, word in said.items()}
        return _Trial(course.learner(verdicts, 0, 1), unjudged(len(said)), (), 0, taught)
    classifier, odds, instant, chance = _held_out(course, division)
    old = None if rival is None else rival.odds(course, division.rows)
    decision = decide(instant, odds, old, division.malicious, judged_by(verdicts), division.by)
    table = tuple(reliability(chance, division.malicious))
    places = zip(division.rows.tolist(), odds.tolist(), strict=True)
    return _Trial(classifier, decision, table, len(odds), {keys[row]: (said[keys[row]], told) for row, told in places})


def _held_out(course: _Course, division: Division) -> tuple[Classifier, Floats, Floats, Floats]:
    """The classifier on everything, and [m] of each verdict's chain by learners that did not see its part: log odds of the LSTM
    and of the instant learner, and the probability that the reader would be told (calibrated on the other parts).
    """
    base, features, verdicts = course.base, course.features, course.verdicts
    odds, instant, chance = (np.full(len(division.rows), np.nan) for _ in range(3))
    # The published recipe learns from no verdict: one learner has not seen any of them.
    blind = course.params.recipe == PUBLISHED
    parts = division.parts
    for number in range(parts):
        held = division.fold == number
        rows = division.rows[held]
        kept = part_of(verdicts, ~np.isin(verdicts.rows, rows))
        if not blind:
            odds[held] = course.ask(course.learner(kept, number, parts + 1), rows)
        model = InstantLearner.fit(features, lesson_of(base, kept))
        instant[held] = features.matrix(rows) @ model.weights + model.bias
        chance[held] = learners(base, features, kept, None).probability[rows]
        course.run.raise_if_cancelled()
    classifier = course.learner(verdicts, 0, 1) if blind else course.learner(verdicts, parts, parts + 1)
    if blind:
        odds = course.ask(classifier, division.rows)
    return classifier, odds, instant, chance


def embedding_of(vault: TeachingVault, detector: str) -> Embedding:
    """The word vectors of a detector."""
    return read_embedding(vault.open(detector)[0])


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
