"""Wrong steps in training, so that the step with the highest error is the one that does not belong.

An autoencoder that only ever sees real chains spreads one odd step's error over its neighbours: the code has to tell of all of
them. So in a share of every batch one step is replaced by another path of the training data, and that step has to err more than
every other one of its chain by a margin. What the network makes of such a chain is otherwise left to it: made to rebuild the true
one (as a denoising autoencoder is), it ranked recorded attacks worse.

Source: the margin is that of ranking losses (Schroff et al., "FaceNet", 2015).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Ints, Ints32

if TYPE_CHECKING:
    from torch import Tensor

MARGIN = 0.5
"""In units of the error: 1 is what guessing the mean costs."""


class Impostors:
    """Draws wrong steps: half of them evenly from all paths, half as often as the paths occur.

    Only rare ones would teach the network that rare is wrong; only common ones, that it need not look at rare ones.
    """

    def __init__(self, steps: Ints32, counts: Ints, share: float, seed: int) -> None:
        used = steps >= 0
        self._paths, place = np.unique(steps[used], return_inverse=True)
        weight = np.bincount(place, weights=np.broadcast_to(np.sqrt(counts)[:, None], steps.shape)[used])
        self._edges = np.cumsum(weight)
        self._share = share
        self._random = np.random.default_rng([seed, 1])

    def plant(self, chains: Ints, members: int) -> tuple[Ints, Ints, Ints]:
        """Chains [N, L] of `members` equal parts -> [N, L] with wrong steps, [k] rows that have one, [k] where.

        As many in every part; the chains of a part were drawn at random, so its first ones will do. Chains of one step keep it:
        no neighbour could tell.
        """
        size, length = len(chains) // members, chains.shape[1]
        count = round(self._share * size) if length > 1 else 0
        rows = (np.arange(members)[:, None] * size + np.arange(count)).ravel()
        at = self._random.integers(length, size=len(rows))
        evenly = self._paths[self._random.integers(len(self._paths), size=len(rows))]
        drawn = np.searchsorted(self._edges, self._random.random(len(rows)) * self._edges[-1], side="right")
        common = self._paths[np.minimum(drawn, len(self._paths) - 1)]
        changed = chains.copy()
        changed[rows, at] = np.where(self._random.random(len(rows)) < 0.5, evenly, common)
        return changed, rows, at


def margin_loss(errors: Tensor, rows: Ints, at: Ints, wrong: npt.NDArray[np.bool_]) -> Tensor:
    """How far, on average, the replaced steps are from erring most: mean of max(0, MARGIN + highest other error − own).

    errors [N, L] against the changed chains; wrong [k] false where the drawn path was the true one, which costs nothing.
    """
    import torch

    chosen = errors[torch.from_numpy(rows).to(errors.device)]
    place = torch.from_numpy(at).to(errors.device).unsqueeze(1)
    own = chosen.gather(1, place).squeeze(1)
    others = chosen.scatter(1, place, float("-inf")).amax(dim=1)
    short = torch.relu(MARGIN + others - own)
    return (short * torch.from_numpy(wrong.astype(np.float32)).to(errors.device)).mean()
