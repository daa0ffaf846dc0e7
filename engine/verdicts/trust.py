"""How much of the order is the instant learner's: by its skill on verdicts that it did not see, of both classes.

A few verdicts of one kind teach a learner to put more of that kind on top, whatever else there is: on a fleet with five attacks
in a hundred chains a weight that grew with the number of verdicts alone pushed attacks of another kind out of the first twenty.
So it is HALF until there is evidence, and what was measured takes its place as verdicts of both classes come (docs/labels.md).
"""

from __future__ import annotations

import numpy as np

from engine.domain.arrays import Ints
from engine.domain.distinct import distinct
from engine.metrics.ranking import weighted_auc
from engine.verdicts.instant import InstantLearner, Lesson
from engine.verdicts.verdicts import Verdicts

HALF = 0.5
"""Trust before anything was measured."""
JUDGES = 10.0
"""Findings of each class whose verdicts weigh as much as HALF; as many as an LSTM must be judged by (engine.classifier.trust)."""


def trust_in(model: InstantLearner, lesson: Lesson, verdicts: Verdicts) -> float:
    """0 … 1: HALF, and with every decided finding more of its skill, 2 · ROC AUC − 1, on verdicts held back with their finding.

    m findings of each class (the harmonic mean of both numbers: a hundred false positives and one attack are one) have the weight
    m against JUDGES. Skill below chance is none. One that never saw one of the classes has no skill that could be told.
    """
    lesson = lesson.bounded()
    judged = np.flatnonzero((lesson.fold >= 0) & ~np.isnan(model.held_out))
    malicious = lesson.malicious[judged]
    auc = weighted_auc(malicious, model.held_out[judged], lesson.weight[judged])
    if np.isnan(auc):
        return HALF
    finding = verdicts.finding[np.searchsorted(verdicts.rows, lesson.rows[judged])]
    sides = [_findings(finding[malicious == side]) for side in (True, False)]
    judges = 2 * sides[0] * sides[1] / (sides[0] + sides[1])
    return (JUDGES * HALF + judges * max(0.0, 2 * auc - 1)) / (JUDGES + judges)


def _findings(numbers: Ints) -> int:
    """How many; what is of none (0) stands for itself."""
    return len(distinct(numbers[numbers > 0])) + int((numbers == 0).sum())
