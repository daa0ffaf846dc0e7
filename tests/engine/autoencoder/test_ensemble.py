from __future__ import annotations

import pytest
import torch

from engine.autoencoder.ensemble import BiRNN, EnsembleAutoencoder
from engine.autoencoder.published import step_errors


@pytest.fixture
def module():
    torch.manual_seed(3)
    return EnsembleAutoencoder(6, 5, 4, 3)


def test_every_member_is_a_plain_recurrent_layer_in_both_directions():
    torch.manual_seed(1)
    layer = BiRNN(2, 4, 3)
    plain = torch.nn.RNN(4, 3, batch_first=True, bidirectional=True)
    member = 1
    with torch.no_grad():
        plain.weight_ih_l0.copy_(layer.inward[member, :, :3].T)
        plain.weight_ih_l0_reverse.copy_(layer.inward[member, :, 3:].T)
        plain.weight_hh_l0.copy_(layer.onward[2 * member].T)
        plain.weight_hh_l0_reverse.copy_(layer.onward[2 * member + 1].T)
        plain.bias_ih_l0.copy_(layer.bias[member, 0, :3])
        plain.bias_ih_l0_reverse.copy_(layer.bias[member, 0, 3:])
        plain.bias_hh_l0.zero_()
        plain.bias_hh_l0_reverse.zero_()
        x = torch.randn(2, 5, 7, 4)
        assert torch.allclose(layer(x)[member], plain(x[member])[0], atol=1e-6)


def test_members_do_not_touch_each_other(module):
    x = torch.randn(3, 2, 4, 6)
    step_errors(x, module(x))[1].sum().backward()
    for parameter in module.parameters():
        by_member = parameter.grad.reshape(3, -1).abs().sum(dim=1)
        assert by_member[1] > 0
        assert by_member[[0, 2]].tolist() == [0, 0]


def test_the_same_chains_for_all_or_for_each(module):
    x = torch.randn(2, 4, 6)
    assert torch.equal(module(x), module(x.expand(3, 2, 4, 6)))
    assert step_errors(x, module(x)).shape == (3, 2, 4)
