"""The autoencoder's shapes, and that it can learn at all."""

from __future__ import annotations

import pytest
import torch

from engine.autoencoder.published import ChainAutoencoder, step_errors


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("length", [1, 2, 10])
def test_reconstruction_has_the_shape_of_its_input(length):
    module = ChainAutoencoder(64, 16, 8)
    x = torch.randn(3, length, 64)
    assert module(x).shape == module(x.unsqueeze(0)).shape == (1, *x.shape)
    assert step_errors(x, module(x)).shape == (1, 3, length)


def test_error_is_the_mean_square_per_step():
    x = torch.zeros(1, 2, 4)
    rebuilt = torch.tensor([[[0.0, 0, 0, 0], [2.0, 0, 0, 0]]])
    assert step_errors(x, rebuilt).tolist() == [[0.0, 1.0]]


def test_it_learns_three_chains_and_their_order():
    torch.manual_seed(0)
    x = torch.randn(3, 4, 16)
    module = ChainAutoencoder(16, 32, 8)
    optimiser = torch.optim.Adam(module.parameters(), lr=1e-2)
    for _ in range(150):
        loss = step_errors(x, module(x)).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    reversed_chains = x.flip(1)
    assert step_errors(x, module(x)).mean() < 0.1
    assert step_errors(reversed_chains, module(reversed_chains)).mean() > 1.0
