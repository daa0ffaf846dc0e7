"""Re-rank a case by its labels: the slow part once, the fast part after every label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.classifier.model import Classifier
from engine.classifier.trust import trust_of
from engine.detector.persistence import read_rules
from engine.domain.arrays import Floats32
from engine.jobs.ports.models import ModelVault
from engine.jobs.ports.relearn import TeachingStore
from engine.progress import Run, Step
from engine.rules.rule import RuleSet
from engine.verdicts.ask import modes
from engine.verdicts.features import VariantFeatures
from engine.verdicts.queue import LearntQueue
from engine.verdicts.rerank import rerank, share_of
from engine.verdicts.shapes import Masks, VariantShapes, shape_key, variant_key
from engine.verdicts.verdicts import BaseQueue, Elsewhere, Remembered


@dataclass(frozen=True, slots=True)
class Prepared:
    """Whatever verdicts do not change: good until the case is scored again or uses another classifier."""

    base: BaseQueue
    features: VariantFeatures
    sequence: Floats32 | None
    """[v] log odds of malicious by the LSTM in use; None without one."""
    share: float
    """What they weigh, by the LSTM's skill (engine.verdicts.rerank.share_of); nothing while it is not trusted."""
    remembered: Remembered
    elsewhere: int
    """Newest label event of other cases that `remembered` reflects, 0 for none."""
    classifier: str | None


def prepare(case: str, store: TeachingStore, vault: ModelVault, run: Run) -> Prepared:
    """Read the queue, make features, ask the LSTM in use. Raises NotFound when nothing was scored, Cancelled."""
    base, features = queue_of(case, store, vault, run)
    detector = vault.in_use(case)
    elsewhere = Elsewhere() if detector is None else store.load_remembered(case, detector)
    remembered = remembered_of(elsewhere, case_rules(vault, case)) if elsewhere.chains else Remembered()
    classifier = vault.in_use(case, "classifier")
    if classifier is None:
        return Prepared(base, features, None, 0.0, remembered, elsewhere.event, None)

    folder, manifest = vault.open(classifier)
    trust, model = trust_of(manifest), Classifier.load(folder)
    taught = model.remembered(f"classifier {classifier}")
    if not trust.enough or _own(case, manifest, store.label_event(case), taught, base, features):
        taught = Remembered()
    sequence = model.log_odds(base, features, run).astype(np.float32)
    share = share_of(trust.skill) if trust.enough else 0.0
    return Prepared(base, features, sequence, share, both(remembered, taught), elsewhere.event, classifier)


def queue_of(case: str, store: TeachingStore, vault: ModelVault, run: Run) -> tuple[BaseQueue, VariantFeatures]:
    """The case's queue and what the learners see of it: as it was kept, or made and kept.

    No verdict changes either, and to tokenise each command line and mask each path takes most of the time of a label.
    """
    run.report(Step("read queue", 0, None, "chains"))
    found = store.load_kept(case)
    if found is None:
        base = store.load_queue(case)
        run.raise_if_cancelled()
        assert base.table is not None
        found = base, VariantFeatures.of(base.corpus, base.table, base.variants, case_rules(vault, case), base.signals)
        run.raise_if_cancelled()
        store.keep(*found)
    run.report(Step("read queue", len(found[0]), len(found[0]), "chains", last=True))
    run.raise_if_cancelled()
    return found


def relearn(case: str, store: TeachingStore, prepared: Prepared, run: Run) -> LearntQueue:
    """Re-rank by the effective verdicts of now, and keep the result."""
    verdicts = store.load_verdicts(case, prepared.base)
    learnt = rerank(
        prepared.base,
        verdicts,
        prepared.features,
        sequence=prepared.sequence,
        share=prepared.share,
        remembered=prepared.remembered,
        classifier=prepared.classifier,
    )
    asks = modes(prepared.base, learnt, verdicts, prepared.features)
    run.raise_if_cancelled()
    store.write_learnt(case, prepared.base, learnt, asks, prepared.elsewhere)
    run.report(Step("re-rank", len(prepared.base), len(prepared.base), "chains", last=True))
    return learnt


def _own(
    case: str, manifest: dict[str, Any], newest: int, taught: Remembered, base: BaseQueue, features: VariantFeatures
) -> bool:
    """Whether this very case taught the classifier: then its labels speak for themselves, and one taken back is silent.

    A name is not enough: the classifier may come from a case of the same name on another workstation.
    """
    event = manifest.get("label_event")
    if manifest.get("cases") != [case] or not isinstance(event, int) or event > newest:
        return False
    here = {*features.shapes.keys(), *VariantShapes.of(features.shapes, base.variants).keys(features.shapes)}
    return set(taught.keys) <= here


def both(one: Remembered, other: Remembered) -> Remembered:
    """What is remembered from two places; the first is named where both know a shape."""
    return Remembered(one.keys + other.keys, np.concatenate([one.verdict, other.verdict]), one.origin + other.origin)


def case_rules(vault: ModelVault, case: str) -> RuleSet:
    """The rules of the case's detector in use; none where there is none."""
    detector = vault.in_use(case)
    return RuleSet() if detector is None else rules_of(vault, detector)


def rules_of(vault: ModelVault, detector: str) -> RuleSet:
    """The normalisation rules that a detector was trained with."""
    return read_rules(vault.open(detector)[0])


def remembered_of(elsewhere: Elsewhere, rules: RuleSet) -> Remembered:
    """Variants with a verdict in other cases as shapes; each shape and verdict once."""
    masks = Masks.of(rules)
    found: dict[tuple[str, int], str] = {}
    for steps, command, verdict, origin in elsewhere.chains:
        key = shape_key(steps, masks)
        found.setdefault((key if command is None else variant_key(key, command), int(verdict)), origin)
    verdicts = np.array([verdict for _, verdict in found], dtype=np.int8)
    return Remembered(tuple(key for key, _ in found), verdicts, tuple(found.values()))
