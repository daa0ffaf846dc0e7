"""The question in the verdict bar: what it says fits the narrowest terminal."""

from __future__ import annotations

import pytest

from engine.domain.verdicts import Verdict
from store.verdicts.chain_extent import Candidate, ChainExtent
from tui.actions.verdict_question import Question

BAR = 78
"""Columns of the bar on a terminal of 80."""


@pytest.mark.parametrize("flagged", [0, 1, 123])
@pytest.mark.parametrize("verdict", [Verdict.MALICIOUS.word, Verdict.FALSE_POSITIVE.word])
def test_the_short_question_fits_into_eighty_columns(flagged: int, verdict: str) -> None:
    chains = [Candidate(f"{place:032x}", place, 40, place < flagged, None) for place in range(999)]
    decided = [Candidate(f"{place:032x}", place, 1, False, "benign") for place in range(5_000, 5_123)]
    text = "".join(part for part, _ in Question(verdict, ChainExtent((*chains, *decided))).line("m", short=True))
    assert text.rstrip().endswith("esc no")
    assert len(text.rstrip()) <= BAR
