"""A classifier taught by verdicts, and judged on every one of them by learners that did not see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from engine.classifier.comparison import Decision, Division, Judged, decide, divide, judged_by, skill_of, unjudged
from engine.classifier.model import Classifier
from engine.classifier.params import ClassifierParams
from engine.classifier.trust import WHOLE
from engine.domain.arrays import Floats, Ints
from engine.domain.verdicts import Verdict
from engine.progress import Run, Step
from engine.rules.rule import RuleSet
from engine.verdicts.features import VariantFeatures
from engine.verdicts.reliability import Bin, reliability
from engine.verdicts.rerank import learners, share_of
from engine.verdicts.verdicts import BaseQueue, Verdicts
from engine.words.embedding import Embedding

STAGE = "train classifier"


@dataclass(frozen=True, slots=True)
class TeachingCourse:
    """What every learner of one training has in common."""

    base: BaseQueue
    verdicts: Verdicts
    features: VariantFeatures
    rules: RuleSet
    embedding: Embedding | None
    params: ClassifierParams
    run: Run

    def learner(self, verdicts: Verdicts, part: int, parts: int) -> Classifier:
        """A classifier taught with some of the verdicts; its progress is one part of that of all.

        All but the last one only judge, with one member each: what is told of the ensemble is then told of less than it is, and
        takes half of the time.
        """
        judge = part < parts - 1

        def told(step: Step) -> None:
            if step.stage == STAGE and step.total:
                size = self.params.steps
                done, whole = part * size + size * step.done // step.total, parts * size
                step = replace(step, done=done, total=whole, last=step.last and done == whole)
            self.run.report(step)

        classifier = Classifier(replace(self.params, members=1) if judge else self.params)
        return classifier.fit(self.base, self.features, verdicts, self.rules, self.embedding, replace(self.run, listener=told))

    def ask(self, classifier: Classifier, rows: Ints) -> Floats:
        """[m] log odds of some variants."""
        return classifier.log_odds(self.base, self.features, self.run.quiet(), rows)

    def named(self, rows: Ints) -> list[tuple[str, int]]:
        """[m] chain key and shape of the command line: what a store knows a variant by."""
        variants, keys = self.base.variants, self.base.corpus.keys
        return [(keys[variants.chain[row]], int(variants.shape[row])) for row in rows.tolist()]


@dataclass(frozen=True, slots=True)
class Rival:
    """The classifier in use, and what was said of the verdicts that taught it before it saw them."""

    classifier: Classifier
    taught: Mapping[tuple[str, int], tuple[str, float | None]]
    share: float

    def odds(self, course: TeachingCourse, rows: Ints) -> Floats:
        """[m] log odds of learners that did not see the row's finding: its own words only on what did not teach it."""
        odds = course.ask(self.classifier, rows)
        for place, name in enumerate(course.named(rows)):
            _, held_out = self.taught.get(name) or self.taught.get((name[0], WHOLE)) or ("", None)
            odds[place] = odds[place] if held_out is None else held_out
        return odds


@dataclass(frozen=True, slots=True)
class TeachingTrial:
    """What came of it; nothing is published yet."""

    classifier: Classifier
    decision: Decision
    reliability: tuple[Bin, ...]
    held: int
    taught: dict[tuple[str, int], tuple[str, float | None]]
    """Chain key and shape of the command line -> verdict, and the log odds of the learner that did not see it."""


def try_out(course: TeachingCourse, rival: Rival | None) -> TeachingTrial:
    """Train on everything, judge on every verdict by learners that did not see it."""
    verdicts = course.verdicts
    usable = np.concatenate([verdicts.malicious, verdicts.negative])
    words = [Verdict(one).word for one in verdicts.verdict[np.searchsorted(verdicts.rows, usable)].tolist()]
    said = dict(zip(course.named(usable), words, strict=True))
    division = divide(course.base, verdicts)
    if division is None:
        taught: dict[tuple[str, int], tuple[str, float | None]] = {name: (word, None) for name, word in said.items()}
        return TeachingTrial(course.learner(verdicts, 0, 1), unjudged(len(said)), (), 0, taught)
    classifier, odds, instant, chance = _held_out(course, division)
    old = None if rival is None else Judged(rival.odds(course, division.rows), rival.share)
    decision = decide(instant, Judged(odds, share_of(skill_of(odds, division))), old, division, judged_by(verdicts))
    table = tuple(reliability(chance, division.malicious))
    places = zip(course.named(division.rows), odds.tolist(), strict=True)
    return TeachingTrial(classifier, decision, table, len(odds), {name: (said[name], told) for name, told in places})


def _held_out(course: TeachingCourse, division: Division) -> tuple[Classifier, Floats, Floats, Floats]:
    """The classifier on everything, and [m] of each verdict's variant by learners that did not see its part: log odds of the LSTM
    and of the instant learner, and the probability that the reader would be told (calibrated on the other parts).
    """
    base, features, verdicts = course.base, course.features, course.verdicts
    odds, instant, chance = (np.full(len(division.rows), np.nan) for _ in range(3))
    parts = division.parts
    for number in range(parts):
        held = division.fold == number
        rows = division.rows[held]
        kept = verdicts.part(~np.isin(verdicts.rows, rows))
        odds[held] = course.ask(course.learner(kept, number, parts + 1), rows)
        opinion = learners(base, features, kept, None)
        instant[held] = opinion.odds[rows]
        chance[held] = opinion.probability[rows]
        course.run.raise_if_cancelled()
    return course.learner(verdicts, parts, parts + 1), odds, instant, chance
