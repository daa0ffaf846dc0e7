"""A drift report in a few lines: what the model does not know of a case, and what to do about it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

from engine.detector.drift import Drift
from tui.words.signals import title

ADVICE = {
    "use": "The case is like what the model learnt: use it.",
    "caution": "The case has changed since the model learnt: its queue is worth reading, but train anew when the case is clean.",
    "retrain": "The case is another estate than the one that the model learnt, which calls most of it odd. Best is a model of"
    " logs of this estate that you believe clean (oddkin train --case OTHER, then oddkin rank --model NAME); one of the case"
    ' itself learns its attack as normal too, and gains less (docs/detection.md, "Which model"). With neither, the ready'
    " detector ranks it.",
}


def lines(found: Drift) -> Iterator[str]:
    """For a terminal."""
    yield (
        f"New to the model: {found.images:.1%} of the processes by program, {found.pairs:.1%} by parent and program, "
        f"{found.chains:.1%} of the chains, {found.words:.1%} of the words in paths"
    )
    if found.shifts:
        told = ", ".join(f"{title(name)} {value:.2f}" for name, value in sorted(found.shifts.items(), key=lambda one: -one[1]))
        yield f"Signals shifted (0 alike, 1 apart): middle {found.shift:.2f}; {told}"
    yield ADVICE[found.advice.value]


def as_json(found: Drift) -> str:
    """Everything."""
    return json.dumps(asdict(found) | {"shift": found.shift, "advice": found.advice.value}, indent=1)
