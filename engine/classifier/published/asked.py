"""The shipped model asked about chains of a case: information beside the score, which moves nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.classifier.published.answers import Answer, answers, opinions
from engine.classifier.published.network import probability
from engine.classifier.published.shipped import shipped


def answer_of(steps: Sequence[str]) -> Answer | None:
    """Of one chain, root first; None where it knows none of the names: then its answer would say nothing."""
    model = shipped().model
    return answers(model, [steps])[0] if any(map(model.knows, steps)) else None


def chances_of(chains: Sequence[Sequence[str]]) -> list[float | None]:
    """The probability of abnormal of each chain, four digits; None where it knows none of the names."""
    told = probability(opinions(shipped().model, chains)).tolist()
    return [None if math.isnan(one) else round(one, 4) for one in told]
