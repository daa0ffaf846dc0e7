"""Columns piece by piece give what numpy gives of the whole, however large the pieces are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain import blocks
from engine.domain.blocks import counted, numbered, scatter
from engine.findings import alike
from engine.findings.alike import finding_scores
from engine.findings.incidents import incidents
from tests.engine.findings.forests import EVERYDAY, Process, forest

NUMBERS = st.lists(st.integers(-1, 12), max_size=40)
SIZES = st.sampled_from([1, 2, 7, 1_000])


def at_once(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setattr(blocks, "BLOCK", rows)
    monkeypatch.setattr(alike, "BLOCK", rows)


@given(NUMBERS, SIZES)
def test_counts_numbers_and_scattered_values_are_numpys(values, rows):
    index = np.array(values, dtype=np.int32)
    with pytest.MonkeyPatch.context() as patch:
        at_once(patch, rows)
        assert counted(index, 13).tolist() == np.bincount(index[index >= 0], minlength=13).tolist()
        different, place = numbered(index.astype(np.int64))
        expected, inverse = np.unique(index, return_inverse=True)
        assert (different.tolist(), place.tolist()) == (expected.tolist(), inverse.tolist())
        highest = np.full(14, -np.inf, dtype=np.float32)
        scatter(np.maximum, highest, index, np.arange(len(index), dtype=np.float32))
        for number in range(-1, 13):
            assert highest[number] == max((at for at, value in enumerate(values) if value == number), default=-np.inf)


FOREST: list[Process] = [
    ("/usr/lib/systemd/systemd", -1, 0, 0.1),
    *[(f"/opt/app/program{number % 4}", number // 3, number, 0.2 + 0.37 * (number % 7)) for number in range(40)],
    *[("/tmp/x", number, number, 3.0) for number in range(5, 30, 4)],
]


@pytest.mark.parametrize("rows", [1, 3, 16])
def test_the_size_of_a_piece_changes_no_finding(monkeypatch, rows):
    corpus, table, score = forest(FOREST)
    whole = incidents(corpus, table, score, np.array(EVERYDAY))
    at_once(monkeypatch, rows)
    pieces = incidents(corpus, table, score, np.array(EVERYDAY))
    assert len(whole.score) > 3
    assert pieces.keys == whole.keys
    for name in ("incident", "odd", "finding", "place", "top", "lead", "score", "of_chain"):
        assert np.array_equal(getattr(pieces, name), getattr(whole, name)), name


@given(st.lists(st.lists(st.floats(0, 9, width=32), min_size=1, max_size=14), min_size=1, max_size=9), SIZES, st.integers(1, 5))
def test_findings_are_worth_the_same_in_pieces(values, rows, kinds):
    owner = np.repeat(np.arange(len(values), dtype=np.int32), [len(some) for some in values])
    value = np.array([one for some in values for one in some], dtype=np.float32)
    start = np.cumsum([0, *(len(some) for some in values[:-1])])
    with pytest.MonkeyPatch.context() as patch:
        at_once(patch, rows)
        member, kind = np.arange(len(value), dtype=np.int32)[::-1].copy(), np.arange(len(value)) % kinds
        whole = finding_scores(owner, value.astype(float), kind[member], 1.0)
        assert np.array_equal(alike._worth(owner, value, kind, member, start, 1.0), whole)
