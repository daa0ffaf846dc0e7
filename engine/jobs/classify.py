"""Teach a classifier by the labels of a case, compare it with the one in use, and publish or refuse it.

What teaches and what is judged are variants; the LSTM sees chains and no command line, and is taught those that are of one class.

Compared is on verdicts that were held back, each of them once: a learner for every part that is held back, and one on all that
is published. What its figures say is therefore said of learners that saw three quarters of what it saw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine.classifier.comparison import Decision, Division, Judged, decide, divide, judged_by, skill_of, unjudged
from engine.classifier.decisions import decisions
from engine.classifier.model import Classifier
from engine.classifier.params import PUBLISHED, ClassifierParams
from engine.classifier.sequences import SequenceSet
from engine.classifier.trust import NEEDED, OF_EACH, TO_BEGIN, WHOLE, Named, Said, trust_of
from engine.detector.persistence import read_embedding
from engine.domain.arrays import Floats, Ints
from engine.domain.verdicts import Verdict
from engine.errors import UsageError
from engine.jobs.ports.classify import Taught, TeachingVault
from engine.jobs.ports.relearn import TeachingStore
from engine.jobs.relearn import queue_of, rules_of
from engine.jobs.train import publish
from engine.progress import Run, Step
from engine.rules.rule import RuleSet
from engine.verdicts.features import VariantFeatures
from engine.verdicts.instant import log_odds
from engine.verdicts.reliability import Bin, reliability
from engine.verdicts.rerank import learners, share_of
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
        if not trust_of(self.manifest).enough:
            return "The new classifier is not yet trusted"
        if self.in_use:
            return "The new classifier is in use"
        if self.decision.accepted and self.model_id is not None:
            return "Verdicts were taken back meanwhile: the new classifier is not in use"
        return "The new classifier was refused"


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

    One that was judged on too few verdicts is in use only where no trusted one is, forced or not: what it says is shown, and
    weighs nothing. Cancelled leaves nothing behind. Raises UsageError for too few labels, NotFound when nothing was scored.
    """
    base, features = queue_of(case, store, vault, run)
    verdicts = store.load_verdicts(case, base)
    _enough(verdicts, params)
    detector = vault.in_use(case)
    rules = RuleSet() if detector is None else rules_of(vault, detector)
    in_use = vault.in_use(case, "classifier")
    rival = None if in_use is None else _rival(case, vault, in_use)
    embedding = None if detector is None else embedding_of(vault, detector)
    course = _Course(base, verdicts, features, rules, embedding, params, run)
    trial = _trial(course, rival)
    forced = force and not trial.decision.accepted
    manifest = _manifest(case, verdicts, trial, in_use, forced=forced) | ({"name": name} if name else {})
    model_id, used = None, False
    trusted = trust_of(manifest).enough
    shown = not trusted and rival is None
    if not dry_run and (trial.decision.accepted or shown or force):
        model_id = publish(trial.classifier.save, manifest, vault, run)
        if trusted or shown:
            used = vault.adopt(case, model_id, trial.taught)
    return Classified(model_id, trial.decision, manifest, trial.reliability, used)


def due(now: Mapping[Named, Said], taught: Mapping[Named, Said]) -> bool:
    """Whether a background training is due: enough decisions, and enough of them others than those of the last training.

    By variant, of the verdicts that hold now and of those that taught. Counted is what differs and not how many there are:
    verdicts that were taken back or changed make another training due as new ones do. Few are enough to be shown what the LSTM
    says: whether it is trusted is another question.
    """
    held, before = ({key: one for key, one in said.items() if one.verdict in USABLE} for said in (now, taught))
    malicious = [one for one in held.values() if one.verdict == Verdict.MALICIOUS.word]
    others = [one for one in held.values() if one.verdict != Verdict.MALICIOUS.word]
    if min(_decided(malicious), _decided(others)) < OF_EACH:
        return False
    keys = held.keys() | before.keys()
    changed = [held.get(key) or before[key] for key in keys if _verdict(held, key) != _verdict(before, key)]
    return _decided(changed) >= max(NEW, SHARE_NEW * _decided(list(before.values())))


def _verdict(said: Mapping[Named, Said], key: Named) -> str | None:
    one = said.get(key)
    return None if one is None else one.verdict


def _decided(given: Sequence[Said]) -> int:
    return decisions(np.array([one.finding for one in given]), np.array([one.act for one in given]))


@dataclass(frozen=True, slots=True)
class _Course:
    """What every learner of one training has in common."""

    base: BaseQueue
    verdicts: Verdicts
    features: VariantFeatures
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
        """[m] log odds of the chains of some variants."""
        chain = self.base.variants.chain[rows].astype(np.int64)
        chains = SequenceSet.of_corpus(self.base.corpus, classifier.taught.rules).part(chain)
        return classifier.log_odds_of(chains, self.run.quiet())

    def named(self, rows: Ints) -> list[tuple[str, int]]:
        """[m] chain key and shape of the command line: what a store knows a variant by."""
        variants, keys = self.base.variants, self.base.corpus.keys
        return [(keys[variants.chain[row]], int(variants.shape[row])) for row in rows.tolist()]


@dataclass(frozen=True, slots=True)
class _Rival:
    """The classifier in use, and what was said of the verdicts that taught it before it saw them."""

    classifier: Classifier
    taught: Taught
    share: float

    def odds(self, course: _Course, rows: Ints) -> Floats:
        """[m] log odds of learners that did not see the row's finding: its own words only on what did not teach it."""
        odds = course.ask(self.classifier, rows)
        for place, name in enumerate(course.named(rows)):
            _, held_out = self.taught.get(name) or self.taught.get((name[0], WHOLE)) or ("", None)
            odds[place] = odds[place] if held_out is None else held_out
        return odds


def _rival(case: str, vault: TeachingVault, in_use: str) -> _Rival | None:
    """None for one that is shown only: whoever moves nothing is nobody's rival."""
    folder, manifest = vault.open(in_use)
    trust = trust_of(manifest)
    if not trust.enough:
        return None
    return _Rival(Classifier.load(folder), vault.taught_with(case, in_use), share_of(trust.skill))


@dataclass(frozen=True, slots=True)
class _Trial:
    classifier: Classifier
    decision: Decision
    reliability: tuple[Bin, ...]
    held: int
    taught: dict[tuple[str, int], tuple[str, float | None]]
    """Chain key and shape of the command line -> verdict, and the log odds of the learner that did not see it."""


def _enough(verdicts: Verdicts, params: ClassifierParams) -> None:
    if params.recipe == PUBLISHED:
        return
    positive, negative = len(verdicts.malicious), len(verdicts.negative)
    if positive + negative < NEEDED or min(positive, negative) < OF_EACH:
        raise UsageError(
            f"{positive} malicious and {negative} benign or false-positive variants are labelled; a classifier needs {TO_BEGIN}.",
            remedy="Go on labelling from the top of the queue: it is re-ranked after every label already.",
        )


def _trial(course: _Course, rival: _Rival | None) -> _Trial:
    """Train on everything, judge on every verdict by learners that did not see it."""
    verdicts = course.verdicts
    usable = np.concatenate([verdicts.malicious, verdicts.negative])
    words = [Verdict(one).word for one in verdicts.verdict[np.searchsorted(verdicts.rows, usable)].tolist()]
    said = dict(zip(course.named(usable), words, strict=True))
    division = divide(course.base, verdicts)
    if division is None:
        taught: dict[tuple[str, int], tuple[str, float | None]] = {name: (word, None) for name, word in said.items()}
        return _Trial(course.learner(verdicts, 0, 1), unjudged(len(said)), (), 0, taught)
    classifier, odds, instant, chance = _held_out(course, division)
    old = None if rival is None else Judged(rival.odds(course, division.rows), rival.share)
    decision = decide(instant, Judged(odds, share_of(skill_of(odds, division))), old, division, judged_by(verdicts))
    table = tuple(reliability(chance, division.malicious))
    places = zip(course.named(division.rows), odds.tolist(), strict=True)
    return _Trial(classifier, decision, table, len(odds), {name: (said[name], told) for name, told in places})


def _held_out(course: _Course, division: Division) -> tuple[Classifier, Floats, Floats, Floats]:
    """The classifier on everything, and [m] of each verdict's variant by learners that did not see its part: log odds of the LSTM
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
        kept = verdicts.part(~np.isin(verdicts.rows, rows))
        if not blind:
            odds[held] = course.ask(course.learner(kept, number, parts + 1), rows)
        opinion = learners(base, features, kept, None)
        instant[held] = log_odds(np.nan_to_num(opinion.instant[rows].astype(np.float64), nan=0.5))
        chance[held] = opinion.probability[rows]
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
