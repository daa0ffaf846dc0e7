"""What lists of known-bad hashes name stands at the top whatever else is said; known products stand lower, tools do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.detector import AlertBudget, Detector, DetectorParams
from engine.detector.certain import MARGIN
from engine.detector.params import PUBLISHED
from engine.domain.budgets import SETTLED
from engine.domain.processes import Listing, ProcessTable
from engine.domain.scores import ScoreSet
from engine.verdicts.signals import signal_names
from tests.engine.detector.conftest import QUICK
from tests.engine.detector.test_process_scores import case
from tests.engine.detector.test_shares import PUBLISHED_QUICK
from tests.engine.process_samples import with_lists

EVIL, NSRL = Listing(bad=("evil.txt",)), Listing(good=("nsrl.zip",))
FIRST_TOOL = 63
"""Of the table of `case`: three processes of each tool from here on, everyday ones."""


@pytest.fixture(scope="module")
def fitted() -> Detector:
    corpus, table = case()
    return Detector(QUICK).fit(corpus, processes=table)


@pytest.fixture(scope="module")
def published() -> Detector:
    corpus, table = case()
    return Detector(DetectorParams(**PUBLISHED_QUICK)).fit(corpus, processes=table)


def scored(detector: Detector, of: dict[int, Listing]) -> tuple[ScoreSet, ProcessTable]:
    corpus, table = case()
    table = with_lists(table, of)
    return detector.score(corpus, processes=table), table


def own(scores: ScoreSet) -> np.ndarray:
    assert scores.process_score is not None
    return scores.process_score


@pytest.mark.parametrize("score", ["fused", PUBLISHED])
def test_a_known_bad_program_is_first_and_above_every_threshold(score: str, fitted: Detector, published: Detector) -> None:
    detector = published if score == PUBLISHED else fitted
    corpus, table = case()
    plain = detector.score(corpus, processes=table)
    everyday = int(np.nanargmin(own(plain)))
    scores, table = scored(detector, {everyday: EVIL})
    rest = np.delete(own(scores), everyday)
    assert own(scores)[everyday] > np.nanmax(rest)
    assert scores.score[table.chain[everyday]] == scores.score.max() >= scores.threshold
    assert own(scores)[everyday] >= np.float32(scores.threshold)
    assert scores.findings is not None
    assert scores.findings.of_process()[everyday] == 1
    assert scores.findings.above(own(scores), scores.threshold)[0]
    assert scores.metrics[SETTLED] == pytest.approx(own(scores)[everyday], abs=1e-5)


def test_the_others_keep_their_scores_to_the_last_bit(fitted: Detector) -> None:
    corpus, table = case()
    plain = fitted.score(corpus, processes=table)
    scores, table = scored(fitted, {FIRST_TOOL: EVIL})
    others = np.arange(len(corpus)) != table.chain[FIRST_TOOL]
    assert scores.score[others].tobytes() == plain.score[others].tobytes()
    assert np.delete(own(scores), FIRST_TOOL).tobytes() == np.delete(own(plain), FIRST_TOOL).tobytes()


def test_only_the_process_whose_hash_it_is_and_not_its_chain(fitted: Detector) -> None:
    scores, table = scored(fitted, {FIRST_TOOL: EVIL})
    same = np.flatnonzero(table.chain == table.chain[FIRST_TOOL])
    assert len(same) == 3
    assert own(scores)[same[1]] == own(scores)[same[2]] < own(scores)[FIRST_TOOL] - MARGIN / 2


def test_several_keep_the_order_of_their_scores(fitted: Detector) -> None:
    corpus, table = case()
    plain = own(fitted.score(corpus, processes=table))
    chosen = [61, 62, FIRST_TOOL, FIRST_TOOL + 3, 1]
    scores, _ = scored(fitted, dict.fromkeys(chosen, EVIL))
    assert own(scores)[chosen] - plain[chosen] == pytest.approx(np.full(len(chosen), own(scores)[61] - plain[61]), abs=1e-4)
    assert own(scores)[chosen].min() > np.nanmax(np.delete(own(scores), chosen))


@pytest.mark.parametrize("budget", [AlertBudget(per_host_day=0, at_least=0), AlertBudget(false_positives=0.0), AlertBudget(1, 1)])
def test_no_budget_is_too_small_for_them(budget: AlertBudget, fitted: Detector) -> None:
    small = Detector(replace(fitted.params, budget=budget))
    small.fitted_ = fitted.fitted
    chosen = [FIRST_TOOL, FIRST_TOOL + 3, FIRST_TOOL + 6, 1, 61]
    scores, table = scored(small, dict.fromkeys(chosen, EVIL))
    assert (scores.score[table.chain[chosen]] >= scores.threshold).all()
    assert (own(scores)[chosen] >= np.float32(scores.threshold)).all()


@pytest.mark.parametrize("score", ["fused", PUBLISHED])
def test_parts_add_up_and_the_list_has_what_is_beyond(score: str, fitted: Detector, published: Detector) -> None:
    scores, _ = scored(published if score == PUBLISHED else fitted, {FIRST_TOOL: EVIL, 62: EVIL})
    assert scores.parts is not None
    assert scores.findings is not None
    assert scores.parts.names[-1] == "known_bad"
    assert scores.parts.values.sum(axis=1) == pytest.approx(scores.findings.score, rel=1e-5)
    named = {int(scores.findings.of_process()[process]) for process in (FIRST_TOOL, 62)}
    assert set((np.flatnonzero(scores.parts.values[:, -1]) + 1).tolist()) == named == set(range(1, len(named) + 1))
    assert (scores.parts.values >= 0).all()


def test_what_is_said_of_it(fitted: Detector) -> None:
    both = Listing(good=("nsrl.zip",), bad=("evil.txt", "more.csv"))
    scores, table = scored(fitted, {FIRST_TOOL: EVIL, 1: both})
    told = scores.expectations[int(table.chain[FIRST_TOOL])].reasons.sentences["known_bad"]
    assert told == "of 1 of its 3 processes the program's hash is on the known-bad list evil.txt"
    told = scores.expectations[int(table.chain[1])].reasons.sentences["known_bad"]
    assert told == (
        "of 1 of its 61 processes the program's hash is on the known-bad list evil.txt and more.csv;"
        " that it is on the known-good list nsrl.zip too does not count"
    )


def test_it_is_the_first_reason_and_no_ones_lesson(fitted: Detector) -> None:
    from engine.signals.sentences import reasons

    scores, table = scored(fitted, dict.fromkeys((FIRST_TOOL, FIRST_TOOL + 1, FIRST_TOOL + 2), EVIL))
    row = int(table.chain[FIRST_TOOL])
    columns = [(signal.name, float(signal.value[row]), float(signal.tail[row])) for signal in scores.signals]
    said = reasons(columns, scores.expectations[row].reasons.sentences)
    assert said[0] == "its program's hash is on the known-bad list evil.txt"
    assert {"known_bad", "known_good"}.isdisjoint(signal_names())


def test_a_known_product_is_less_odd_and_says_what_that_does_not_mean(fitted: Detector) -> None:
    corpus, table = case()
    plain = fitted.score(corpus, processes=table)
    tools = dict.fromkeys((0, FIRST_TOOL, FIRST_TOOL + 1, FIRST_TOOL + 2), NSRL)  # and cron, which starts them
    scores, table = scored(fitted, tools)
    row = int(table.chain[FIRST_TOOL])
    assert scores.score[row] < plain.score[row]
    values = {signal.name: signal.value for signal in scores.signals}
    assert np.flatnonzero(values["known_good"]).tolist() == [row]
    assert "known_bad" not in values
    if row in scores.expectations:
        assert scores.expectations[row].reasons.sentences["known_good"] == (
            "its program is on the known-good list nsrl.zip; that says nothing about what it was told to do"
        )


def test_lists_that_name_nothing_change_nothing(fitted: Detector) -> None:
    corpus, table = case()
    plain = fitted.score(corpus, processes=table)
    scores, _ = scored(fitted, {})
    assert scores.score.tobytes() == plain.score.tobytes()
    assert own(scores).tobytes() == own(plain).tobytes()
    assert [signal.name for signal in scores.signals] == [signal.name for signal in plain.signals]
    assert scores.metrics == plain.metrics


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.integers(0, 152), st.sampled_from([EVIL, NSRL, Listing(("a",), ("b",))]), max_size=40))
def test_whatever_lists_name(fitted: Detector, of: dict[int, Listing]) -> None:
    scores, _ = scored(fitted, of)
    bad = [process for process, listing in of.items() if listing.bad]
    assert scores.findings is not None
    assert scores.parts is not None
    assert scores.parts.values.sum(axis=1) == pytest.approx(scores.findings.score, rel=1e-4)
    assert (np.diff(scores.findings.score) <= 1e-9).all()
    if bad:
        rest = np.delete(own(scores), bad)
        assert own(scores)[bad].min() > np.nanmax(rest, initial=-np.inf)
        first = set(scores.findings.of_process()[bad].tolist())
        assert first == set(range(1, len(first) + 1))
        assert (own(scores)[bad] >= np.float32(scores.threshold)).all()
