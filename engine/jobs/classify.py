"""Teach a classifier by the labels of a case, compare it with the one in use, and publish or refuse it.

What teaches and what is judged are variants; the LSTM sees chains and no command line, and is taught those that are of one class.

Compared is on verdicts that were held back, each of them once: a learner for every part that is held back, and one on all that
is published. What its figures say is therefore said of learners that saw three quarters of what it saw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.classifier.comparison import Decision
from engine.classifier.decisions import decisions
from engine.classifier.model import Classifier
from engine.classifier.params import ClassifierParams
from engine.classifier.trial import Rival, TeachingCourse, TeachingTrial, try_out
from engine.classifier.trust import NEEDED, OF_EACH, TO_BEGIN, Named, Said, trust_of
from engine.detector.persistence import read_embedding
from engine.domain.verdicts import Verdict
from engine.errors import UsageError
from engine.jobs.ports.classify import TeachingVault
from engine.jobs.ports.relearn import TeachingStore
from engine.jobs.relearn import queue_of, rules_of
from engine.jobs.train import publish
from engine.progress import Run
from engine.rules.rule import RuleSet
from engine.verdicts.reliability import Bin
from engine.verdicts.rerank import share_of
from engine.verdicts.verdicts import Verdicts
from engine.words.embedding import Embedding

NEW, SHARE_NEW = 10, 0.2
"""Decisions (engine.classifier.decisions) that have to be others than at the last training before a background training is due:
at least so many, and this share of them. One key on a finding of many chains is one."""
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
    _enough(verdicts)
    detector = vault.in_use(case)
    rules = RuleSet() if detector is None else rules_of(vault, detector)
    in_use = vault.in_use(case, "classifier")
    rival = None if in_use is None else _rival(case, vault, in_use)
    embedding = None if detector is None else embedding_of(vault, detector)
    course = TeachingCourse(base, verdicts, features, rules, embedding, params, run)
    trial = try_out(course, rival)
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


def _rival(case: str, vault: TeachingVault, in_use: str) -> Rival | None:
    """None for one that is shown only: whoever moves nothing is nobody's rival."""
    folder, manifest = vault.open(in_use)
    trust = trust_of(manifest)
    if not trust.enough:
        return None
    return Rival(Classifier.load(folder), vault.taught_with(case, in_use), share_of(trust.skill))


def _enough(verdicts: Verdicts) -> None:
    positive, negative = len(verdicts.malicious), len(verdicts.negative)
    if positive + negative < NEEDED or min(positive, negative) < OF_EACH:
        raise UsageError(
            f"{positive} malicious and {negative} benign or false-positive variants are labelled; a classifier needs {TO_BEGIN}.",
            remedy="Go on labelling from the top of the queue: it is re-ranked after every label already.",
        )


def embedding_of(vault: TeachingVault, detector: str) -> Embedding:
    """The word vectors of a detector."""
    return read_embedding(vault.open(detector)[0])


def _manifest(case: str, verdicts: Verdicts, trial: TeachingTrial, in_use: str | None, *, forced: bool) -> dict[str, Any]:
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
