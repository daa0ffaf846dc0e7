from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.autoencoder.contrast import MARGIN, Impostors, margin_loss
from engine.autoencoder.params import NetworkParams
from engine.detector.params import DetectorParams
from engine.errors import UsageError

STEPS = np.array([[0, 1, 2], [0, 1, 3], [4, 5, -1]], dtype=np.int32)


def test_every_member_gets_the_same_number_and_one_step_changes():
    impostors = Impostors(STEPS, np.array([9, 4, 1]), 0.5, seed=1)
    chains = np.tile(np.array([[0, 1, 2]]), (20, 1))
    changed, rows, at = impostors.plant(chains, members=2)
    assert rows.tolist() == [*range(5), *range(10, 15)]
    differs = changed != chains
    assert (differs.sum(axis=1) <= 1).all()
    assert not differs[[*range(5, 10), *range(15, 20)]].any()
    assert set(np.flatnonzero(differs[rows, at])) == set(np.flatnonzero(differs[rows].any(axis=1)))
    assert set(changed.ravel().tolist()) <= {0, 1, 2, 3, 4, 5}


def test_chains_of_one_step_stay_as_they_are():
    changed, rows, at = Impostors(STEPS, np.ones(3, np.int64), 1.0, seed=1).plant(np.zeros((6, 1), np.int64), members=3)
    assert not changed.any()
    assert len(rows) == len(at) == 0


def test_the_same_seed_draws_the_same():
    chains = np.tile(np.array([[0, 1, 2]]), (30, 1))
    one, other, third = (Impostors(STEPS, np.ones(3, np.int64), 0.5, seed).plant(chains, 3)[0] for seed in (1, 1, 2))
    assert np.array_equal(one, other)
    assert not np.array_equal(one, third)


def test_the_loss_is_what_is_missing_to_the_margin():
    errors = torch.tensor([[1.0, 3.0, 0.0], [0.2, 0.0, 0.1], [5.0, 1.0, 1.0]])
    rows, at = np.array([0, 1, 2]), np.array([0, 0, 0])
    loss = margin_loss(errors, rows, at, np.array([True, True, True]))
    assert float(loss) == pytest.approx(((MARGIN + 2.0) + (MARGIN - 0.1) + 0.0) / 3)
    assert float(margin_loss(errors, rows, at, np.array([False, True, False]))) == pytest.approx((MARGIN - 0.1) / 3)


def test_a_share_is_a_share():
    with pytest.raises(UsageError):
        DetectorParams(network=NetworkParams(contrast=1.5))
