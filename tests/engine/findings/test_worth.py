"""Of which processes a finding's score is made: their weighted scores are it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.findings.incidents import Levels, incidents
from engine.findings.worth import worth
from tests.engine.findings.forests import EVERYDAY, Process, forest

IMAGES = st.sampled_from(["/bin/sh", "/bin/ls", "/opt/a", "/opt/b", "/opt/c", "/usr/sbin/cron"])
SCORES = st.floats(0.1, 9)


@st.composite
def trees(draw: st.DrawFn) -> list[Process]:
    size = draw(st.integers(1, 25))
    return [(draw(IMAGES), draw(st.integers(-1, number - 1)), float(number), draw(SCORES)) for number in range(size)]


@given(trees(), st.lists(st.sampled_from([None, "a -b", "c 1", "d x"]), min_size=25, max_size=25))
def test_the_weighted_scores_are_the_finding_s(rows: list[Process], lines: list[str | None]) -> None:
    corpus, table, score = forest(rows, lines=lines[: len(rows)])
    levels = np.array(EVERYDAY)
    findings = incidents(corpus, table, score, levels)
    made = worth(corpus, table, findings, score, Levels.of(levels).everyday)
    total = np.bincount(made.finding, weights=made.weight * score[made.process].astype(np.float64), minlength=len(findings.score))
    assert total == pytest.approx(findings.score, rel=1e-9)
    assert (made.weight > 0).all()
    assert (np.bincount(made.finding, minlength=len(findings.score)) <= 10).all()


def test_nothing_odd_is_worth_nothing() -> None:
    corpus, table, score = forest([("/bin/sh", -1, 0.0, float("nan"))])
    findings = incidents(corpus, table, score, np.array(EVERYDAY))
    assert len(worth(corpus, table, findings, score, 0.65).process) == 0
