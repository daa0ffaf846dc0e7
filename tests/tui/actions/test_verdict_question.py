"""The question in the verdict bar: what it says fits the narrowest terminal."""

from __future__ import annotations

import pytest

from engine.domain.verdicts import Verdict
from store.verdicts.extent import Cell, Extent
from tui.actions.verdict_question import Question

BAR = 78
"""Columns of the bar on a terminal of 80."""


@pytest.mark.parametrize("flagged", [0, 1, 123])
@pytest.mark.parametrize("verdict", [Verdict.MALICIOUS.word, Verdict.FALSE_POSITIVE.word])
def test_the_short_question_fits_into_eighty_columns(flagged: int, verdict: str) -> None:
    open_ones = {Cell(place, place, None, place < flagged, False): 40 for place in range(999)}
    decided = {Cell(place, 1, "benign", False, False): 1 for place in range(5_000, 5_123)}
    text = "".join(part for part, _ in Question(verdict, Extent(open_ones | decided, True)).line("m", short=True))
    assert text.rstrip().endswith("esc no")
    assert len(text.rstrip()) <= BAR
