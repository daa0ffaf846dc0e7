"""Class, probability, the step that decided, unknown names."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.classifier.published.answers import answers, chances, opinions
from engine.classifier.published.asked import answer_of, chances_of
from engine.classifier.published.figures import Outcome, figures_of
from engine.classifier.published.network import UNKNOWN, probability
from engine.classifier.published.shipped import shipped
from engine.classifier.published.ten import TEN
from tests.engine.classifier.published.odds import odds_and_truth

MODEL = shipped().model
STEPS = st.one_of(st.sampled_from(MODEL.names), st.sampled_from(["zz9", "q1"]))


def test_the_ten_sequences_of_the_repository() -> None:
    found = answers(MODEL, [one.steps for one in TEN])
    assert [one.called == "abnormal" for one in found] == [one.by_names for one in TEN]
    assert all(one.unknown == () for one in found)
    (differs,) = (at for at, one in enumerate(TEN) if one.released != one.by_names)
    assert found[differs].probability > 0.5


@given(st.lists(STEPS, min_size=1, max_size=13))
@settings(max_examples=80, deadline=None)
def test_the_step_that_decided_is_the_one_whose_absence_takes_most(steps: list[str]) -> None:
    (answer,) = answers(MODEL, [steps])
    last = steps[-10:]
    assert answer.unread == len(steps) - len(last)
    sign = 1 if answer.called == "abnormal" else -1
    if len(last) == 1:
        rows = MODEL.rows_of([last])
        rows[0, 0] = UNKNOWN
        taken = [sign * float(answer.log_odds - MODEL.log_odds(rows)[0])]
    else:
        without = [last[:at] + last[at + 1 :] for at in range(len(last))]
        taken = [sign * (answer.log_odds - odds) for odds in chances(MODEL, without).tolist()]
    if answer.decisive is None and not any(map(MODEL.knows, last)):
        assert answer.without is None
        return
    if answer.decisive is None:
        assert max(taken) <= 1e-5
        return
    at = answer.decisive - answer.unread
    assert taken[at] == pytest.approx(max(taken), abs=1e-4)
    left = answer.log_odds - sign * taken[at]
    assert answer.without == pytest.approx(1 / (1 + math.exp(-left)), abs=1e-4)


def test_unknown_names_are_told_with_their_places() -> None:
    (answer,) = answers(MODEL, [["x"] * 5 + ["systemd", "zz9", "bash"] + ["ls"] * 4])
    assert answer.unread == 2
    assert answer.unknown == (2, 3, 4, 6)


def test_where_no_name_is_known_no_step_decided() -> None:
    first, second, third = answers(MODEL, [["zz8", "zz9", "q1"], ["bash"] + ["zz9"] * 10, ["bash", "zz9", "q1"]])
    assert [(one.decisive, one.without) for one in (first, second)] == [(None, None)] * 2
    assert third.decisive is not None


def test_equal_sequences_get_equal_answers_in_their_order() -> None:
    one, two = ["systemd", "httpd", "bash", "xmrig"], ["systemd", "sshd", "bash", "ls"]
    first, second, third = answers(MODEL, [one, two, one])
    assert first == third
    assert (first.called, second.called) == ("abnormal", "normal")
    assert answers(MODEL, []) == []


def test_of_a_chain_without_a_known_name_nothing_is_said() -> None:
    assert answer_of(["explorer.exe", "winword.exe"]) is None
    known = answer_of(["/usr/lib/systemd/systemd", "/opt/zz9"])
    assert known is not None
    chain = ["systemd", "httpd", "bash"]
    assert np.isnan(opinions(MODEL, [["explorer.exe"], chain])).tolist() == [True, False]
    assert chances_of([["explorer.exe"], chain]) == [None, round(float(probability(chances(MODEL, [chain]))[0]), 4)]


def test_figures_against_known_classes() -> None:
    figures = figures_of(*odds_and_truth([(2.0, True), (1.0, True), (-1.0, True), (3.0, False), (-2.0, False)]))
    assert (figures.hits, figures.missed, figures.false, figures.passed) == (2, 1, 1, 1)
    assert figures.accuracy == pytest.approx(0.6)
    assert figures.auc == pytest.approx(3 / 6)
    assert Outcome.from_dict(figures.to_dict()) == figures
    alone = figures_of(*odds_and_truth([(2.0, True)]))
    assert math.isnan(alone.auc)
    assert alone.to_dict()["auc"] is None
