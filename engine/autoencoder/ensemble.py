"""Several small autoencoders at once, readable in one sitting. Imports torch: import this module inside functions only.

The members differ in start weights and in the batches they see; their errors are averaged, and their disagreement is
shown. All members and both directions of a recurrent layer are one batch of small matrix products: three members cost a
third more than one, where three networks one after the other cost three times as much (small products are mostly overhead).

Batches hold chains of one length, so nothing is padded or masked and a step's error does not depend on its neighbours.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class BiRNN(nn.Module):
    """Plain recurrent layer (tanh) in both directions, for each member its own weights."""

    def __init__(self, members: int, size: int, hidden: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.inward = nn.Parameter(_uniform(hidden, members, size, 2 * hidden))
        self.bias = nn.Parameter(_uniform(hidden, members, 1, 2 * hidden))
        self.onward = nn.Parameter(_uniform(hidden, 2 * members, hidden, hidden))
        """[2M, H, H] forward and backward matrices of each member in turn."""

    def forward(self, x: Tensor) -> Tensor:
        """[M, B, L, size] -> [M, B, L, 2 * hidden]"""
        members, batch, length, size = x.shape
        into = torch.baddbmm(self.bias, x.reshape(members, batch * length, size), self.inward)
        into = into.reshape(members, batch, length, 2, self.hidden).permute(0, 3, 2, 1, 4)  # [M, 2, L, B, H]
        into = torch.stack([into[:, 0], into[:, 1].flip(1)], dim=1).reshape(2 * members, length, batch, self.hidden)
        first, *later = into.unbind(1)  # one node of the graph; an index per step would fill a whole gradient for each
        state = torch.tanh(first)
        states = [state]
        for step in later:
            state = torch.tanh(torch.baddbmm(step, state, self.onward))
            states.append(state)
        out = torch.stack(states, dim=1).reshape(members, 2, length, batch, self.hidden)
        return torch.cat([out[:, 0], out[:, 1].flip(1)], dim=-1).permute(0, 2, 1, 3)


class EnsembleAutoencoder(nn.Module):
    """Encoder -> mean over the steps -> one code per chain -> decoder, for each member its own weights.

    The code has far fewer numbers than a chain has (`code` against L * size): only what is regular fits through it.
    """

    def __init__(self, size: int, hidden: int, code: int, members: int) -> None:
        super().__init__()
        self.members = members
        self.encoder = BiRNN(members, size, hidden)
        self.squeeze = nn.Parameter(_uniform(2 * hidden, members, 2 * hidden, code))
        self.squeeze_bias = nn.Parameter(_uniform(2 * hidden, members, 1, code))
        self.decoder = BiRNN(members, code, hidden)
        self.output = nn.Parameter(_uniform(2 * hidden, members, 2 * hidden, size))
        self.output_bias = nn.Parameter(_uniform(2 * hidden, members, 1, size))

    def forward(self, x: Tensor) -> Tensor:
        """[B, L, size] the same chains for all members, or [M, B, L, size] -> [M, B, L, size] their reconstructions."""
        if x.dim() == 3:
            x = x.expand(self.members, *x.shape)
        members, batch, length, size = x.shape
        seen = self.encoder(x).mean(dim=2)  # [M, B, 2H]
        code = torch.tanh(torch.baddbmm(self.squeeze_bias, seen, self.squeeze))  # [M, B, code]
        # The same input at every step: a bidirectional decoder tells positions apart by its distance from both ends.
        unfolded = self.decoder(code.unsqueeze(2).expand(-1, -1, length, -1))
        flat = torch.baddbmm(self.output_bias, unfolded.reshape(members, batch * length, -1), self.output)
        return flat.reshape(members, batch, length, size)


def _uniform(fan_in: int, *shape: int) -> Tensor:
    """The usual start for recurrent layers: uniform within 1 / √fan-in."""
    bound = fan_in**-0.5
    return torch.empty(*shape).uniform_(-bound, bound)
