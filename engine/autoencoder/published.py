"""The published autoencoder over chains, readable in one sitting (engine.autoencoder.ensemble has the default one).

Imports torch: import this module inside functions only.

Batches hold chains of one length. So there is no padding in here and nothing to mask: the reverse direction starts at
the last real step, and a step's error does not depend on longer neighbours in its batch. It is also 2–3 times faster
than padding to the longest (and than packed sequences).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ChainAutoencoder(nn.Module):
    """Bidirectional LSTM encoder -> one code per chain -> bidirectional LSTM decoder.

    The code has far fewer numbers than a chain has (`code` against L * size): only what is regular fits through it.
    """

    def __init__(self, size: int, hidden: int, code: int) -> None:
        super().__init__()
        self.encoder = nn.LSTM(size, hidden, batch_first=True, bidirectional=True)
        self.squeeze = nn.Linear(2 * hidden, code)
        self.unfold = nn.Linear(code, hidden)
        self.decoder = nn.LSTM(hidden, hidden, batch_first=True, bidirectional=True)
        self.output = nn.Linear(2 * hidden, size)

    def forward(self, x: Tensor) -> Tensor:
        """[B, L, size] or [1, B, L, size] path vectors -> [1, B, L, size] their reconstruction: an ensemble of one."""
        chains = x.reshape(-1, *x.shape[-2:])
        seen, _ = self.encoder(chains)  # [B, L, 2 * hidden]
        code = torch.tanh(self.squeeze(seen.mean(dim=1)))  # [B, code]
        start = torch.tanh(self.unfold(code))  # [B, hidden]
        # The same input at every step: a bidirectional decoder tells positions apart by its distance from both ends.
        unfolded, _ = self.decoder(start.unsqueeze(1).expand(-1, chains.shape[1], -1))  # [B, L, 2 * hidden]
        out: Tensor = self.output(unfolded).unsqueeze(0)
        return out


def step_errors(x: Tensor, rebuilt: Tensor) -> Tensor:
    """[M, B, L] mean squared error of each step's vector in what each member made of it. x [B, L, d] or [M, B, L, d]."""
    return (x - rebuilt).square().mean(dim=-1)
