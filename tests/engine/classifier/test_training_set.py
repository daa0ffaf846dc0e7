"""Weights of labels: many chains of one finding are one opinion more often than not."""

from __future__ import annotations

import numpy as np
import pytest

from engine.verdicts.calibration import LogisticCalibration
from engine.verdicts.lessons import label_weights


def test_chains_of_one_finding_weigh_the_root_of_their_number_together() -> None:
    weight = label_weights(np.array([7, 7, 7, 7, 2, 0, 0]))
    assert weight[:4].sum() == pytest.approx(2.0)
    assert weight[4] == 1.0
    assert weight[5:].tolist() == [1.0, 1.0]  # without a finding each stands for itself


def test_no_labels_have_no_weights() -> None:
    assert len(label_weights(np.zeros(0, dtype=np.int64))) == 0


def test_decisions_that_count_less_leave_the_curve_less_sure() -> None:
    random = np.random.default_rng(4)
    surprise, odds = random.exponential(1.0, 80), random.normal(0.0, 2.0, 80)
    malicious = odds + random.normal(0.0, 1.0, 80) > 0
    whole = LogisticCalibration.fit(surprise, odds, malicious, np.ones(80))
    tenth = LogisticCalibration.fit(surprise, odds, malicious, np.full(80, 0.1))
    assert np.diag(tenth.covariance) == pytest.approx(np.diag(tenth.covariance).clip(np.diag(whole.covariance)))
    assert np.trace(tenth.covariance) > 1.5 * np.trace(whole.covariance)
    assert whole.mean == pytest.approx(LogisticCalibration.fit(surprise, odds, malicious).mean)
