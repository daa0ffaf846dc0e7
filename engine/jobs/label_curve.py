"""Label curves of a case: what verdicts would do to its queue, read by somebody who knows the truth, with several detectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.classifier.comparison import judged_by
from engine.classifier.params import ClassifierParams
from engine.classifier.trial import Rival, TeachingCourse, try_out
from engine.classifier.trust import SKILL
from engine.detector import Detector
from engine.domain.arrays import Floats32, Ints8
from engine.domain.chains import ChainCorpus
from engine.domain.processes import ProcessTable
from engine.errors import UsageError
from engine.jobs.classify import NEW, SHARE_NEW
from engine.jobs.evaluate import match_labels
from engine.jobs.ports.evaluate import EvidenceIndex
from engine.jobs.ports.score import ProcessStore
from engine.measure.known_labels import ATTACK, BACKGROUND, Label, Match, of_processes
from engine.measure.label_curve import AFTER, Compared, CurvePoint, CurveUnit, KnownQueue, curve, read_on
from engine.progress import Run, Step
from engine.verdicts.features import VariantFeatures
from engine.verdicts.queue import LearntQueue
from engine.verdicts.rerank import rerank, share_of
from engine.verdicts.signals import ChainSignals
from engine.verdicts.variants import ChainVariants
from engine.verdicts.verdicts import BaseQueue, Verdicts


@dataclass(frozen=True, slots=True)
class LabelCurve:
    """Both orders of one case, over the seeds."""

    unit: CurveUnit
    wrong: float
    seeds: int
    units: int
    """Findings or chains that something is known of, with the first seed."""
    attacks: int
    """Those of them with an attack."""
    figures: Mapping[int, Mapping[str, Compared]]
    """Verdicts -> "found", "P20"."""


def label_curve(
    case: str,
    labels: Sequence[Label],
    detector_of: Callable[[int, ChainCorpus, ProcessTable], Detector],
    chains: ProcessStore,
    index: EvidenceIndex,
    run: Run,
    *,
    seeds: Sequence[int],
    unit: CurveUnit = CurveUnit.FINDING,
    wrong: float = 0.0,
    params: ClassifierParams | None = None,
) -> LabelCurve:
    """`detector_of` gives the detector of a seed. Nothing is written. Raises UsageError without an attack among the labels that
    match, Cancelled between two verdicts.
    """
    matches = match_labels(case, labels, index, run)
    corpus = chains.load_corpus([case])
    table = chains.load_processes([case], corpus)
    label = known_of(matches, table)
    if not (label == 1).any():
        raise UsageError("No process of the case is labelled as an attack.", remedy="Name the labels of this case with --known.")
    ours: list[list[CurvePoint]] = []
    theirs: list[list[CurvePoint]] = []
    first: KnownQueue | None = None
    for seed in seeds:
        detector = detector_of(seed, corpus, table)
        queue = queue_of(detector, corpus, table, label, unit, run)
        first = first or queue
        ours.append(read_on(queue, None, wrong=wrong, seed=seed))
        reader = CurveReader(queue, detector, params or ClassifierParams(seed=seed), run, f"seed {seed}")
        theirs.append(read_on(queue, reader, wrong=wrong, seed=seed))
        run.report(Step("label curve", AFTER[-1], AFTER[-1], "verdicts", f"seed {seed}", last=seed == seeds[-1]))
    assert first is not None
    attacks = int(((first.attacks > 0) & first.known).sum())
    return LabelCurve(unit, wrong, len(seeds), int(first.known.sum()), attacks, curve(ours, theirs))


def known_of(matches: Sequence[Match], table: ProcessTable) -> Ints8:
    """[n] what is known of each process: 1 attack, 0 background, -1 nothing."""
    order, told = of_processes(matches, table)
    label = np.full(len(table), -1, dtype=np.int8)
    label[order] = [{ATTACK: 1, BACKGROUND: 0}.get(one.label, -1) for one in told]
    return label


def queue_of(detector: Detector, corpus: ChainCorpus, table: ProcessTable, label: Ints8, unit: CurveUnit, run: Run) -> KnownQueue:
    """The queue that scoring by the detector gives, without a store."""
    scores = detector.score(corpus, run.quiet(), processes=table)
    assert scores.findings is not None
    order = np.argsort(-np.nan_to_num(scores.score, nan=-np.inf), kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(1, len(order) + 1)
    found = scores.findings
    variants = ChainVariants.of(table, len(corpus), scores.process_score, found.of_process().astype(np.int64), found.odd)
    signals = ChainSignals.of_scores(scores)
    base = BaseQueue(corpus, table, scores.score, rank, found.of_chain, variants, found.score, None, signals)
    features = VariantFeatures.of(corpus, table, variants, detector.fitted.rules, signals)
    if unit is CurveUnit.CHAIN:
        return KnownQueue.of_chains(base, features, table, label)
    return KnownQueue.of_findings(base, features, table, found, label)


@dataclass(slots=True)
class CurveReader:
    """The product's order after each verdict: the instant learner and, once it is trusted, the classifier, taught when it is due.

    One that would not be trusted moves nothing, and is not trained.
    """

    queue: KnownQueue
    detector: Detector
    params: ClassifierParams
    run: Run
    detail: str
    sequence: Floats32 | None = None
    share: float = 0.0
    decided: int = 0
    """Decisions that the last training was taught with."""
    rival: Rival | None = field(default=None)

    def __call__(self, verdicts: Verdicts) -> LearntQueue:
        """Raises Cancelled."""
        self.run.raise_if_cancelled()
        self.run.report(Step("label curve", min(verdicts.event, AFTER[-1] - 1), AFTER[-1], "verdicts", self.detail))
        judged = judged_by(verdicts)
        decided = judged.malicious + judged.others
        if judged.enough and decided - self.decided >= max(NEW, SHARE_NEW * self.decided):
            self.decided = decided
            self._train(verdicts)
        base, features = self.queue.base, self.queue.features
        return rerank(base, verdicts, features, sequence=self.sequence, share=self.share)

    def _train(self, verdicts: Verdicts) -> None:
        fitted = self.detector.fitted
        base, features = self.queue.base, self.queue.features
        course = TeachingCourse(base, verdicts, features, fitted.rules, fitted.embedding, self.params, self.run.quiet())
        trial = try_out(course, self.rival)
        if not trial.decision.accepted:
            return
        self.share = share_of(trial.decision.figures[SKILL])
        self.sequence = trial.classifier.log_odds(base, features, self.run.quiet()).astype(np.float32)
        self.rival = Rival(trial.classifier, trial.taught, self.share)
