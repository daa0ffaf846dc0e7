"""Weights of labels: many chains of one finding are one opinion more often than not."""

from __future__ import annotations

import numpy as np
import pytest

from engine.classifier.training_set import label_weights


def test_chains_of_one_finding_weigh_the_root_of_their_number_together() -> None:
    weight = label_weights(np.array([7, 7, 7, 7, 2, 0, 0]))
    assert weight[:4].sum() == pytest.approx(2.0)
    assert weight[4] == 1.0
    assert weight[5:].tolist() == [1.0, 1.0]  # without a finding each stands for itself


def test_no_labels_have_no_weights() -> None:
    assert len(label_weights(np.zeros(0, dtype=np.int64))) == 0
