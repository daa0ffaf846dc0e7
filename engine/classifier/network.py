"""The published classifier, readable in one sitting. Imports torch: import this module inside functions only.

Embedding(64) -> bidirectional LSTM(64), whole sequence -> LSTM(32), last step -> sigmoid. Mended: padding is masked (the second
LSTM ends at the last real step, in the published one it went on over the padding), a step is the sum of what is known of it
(path, name, classes, and FastText's vector where wanted) instead of a row of a closed vocabulary, and numbers of the whole chain
may come in beside the last state.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

EMBEDDING, BOTH, LAST = 64, 64, 32
INPUTS = ("names", "paths", "classes", "vectors", "commands", "errors")
SUREST = 8.0
"""Log odds beyond which a member of an ensemble is not heard more."""


class SequenceClassifier(nn.Module):
    """Log odds of malicious for chains of at most 10 steps, root first."""

    def __init__(
        self, buckets: int, *, names: bool, paths: bool, classes: int, vectors: int, commands: int, errors: int, numbers: int
    ) -> None:
        """buckets: rows of each embedding; which embeddings there are; sizes of the further inputs, 0 without."""
        super().__init__()
        self.names = _embedding(buckets) if names else None
        self.paths = _embedding(buckets) if paths else None
        self.classes = nn.Linear(classes, EMBEDDING, bias=False) if classes else None
        self.vectors = nn.Linear(vectors, EMBEDDING, bias=False) if vectors else None
        self.commands = nn.Linear(commands, EMBEDDING, bias=False) if commands else None
        self.errors = nn.Linear(errors, EMBEDDING, bias=False) if errors else None
        self.both = nn.LSTM(EMBEDDING, BOTH, batch_first=True, bidirectional=True)
        self.last = nn.LSTM(2 * BOTH, LAST, batch_first=True)
        self.drop = nn.Dropout(0.2)
        self.output = nn.Linear(LAST + numbers, 1)

    def forward(self, steps: dict[str, Tensor], lengths: Tensor, numbers: Tensor | None) -> Tensor:
        """steps: "names", "paths" [B, L] ids (0: padding), the other inputs [B, L, …]; lengths [B] -> [B] log odds."""
        known = ((name, getattr(self, name)) for name in INPUTS)
        x = torch.stack([layer(steps[name]) for name, layer in known if layer is not None]).sum(dim=0)
        packed = pack_padded_sequence(self.drop(x), lengths, batch_first=True, enforce_sorted=False)
        seen, _ = self.both(packed)
        _, (state, _) = self.last(seen)  # of a packed sequence: the state at each chain's last real step
        end = self.drop(state[-1])
        if numbers is not None:
            end = torch.cat([end, numbers], dim=1)
        out: Tensor = self.output(end).squeeze(1)
        return out


class ClassifierEnsemble(nn.Module):
    """Several of them: what each says, cut where it is surer than it can be, averaged."""

    def __init__(self, members: list[SequenceClassifier]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, steps: dict[str, Tensor], lengths: Tensor, numbers: Tensor | None) -> Tensor:
        """As SequenceClassifier."""
        said = [member(steps, lengths, numbers).clamp(-SUREST, SUREST) for member in self.each()]
        return torch.stack(said).mean(dim=0)

    def each(self) -> list[SequenceClassifier]:
        """The members, to be trained one by one."""
        return [member for member in self.members if isinstance(member, SequenceClassifier)]


def _embedding(buckets: int) -> nn.Embedding:
    """Small at first: a name that training never saw is a row never touched, and must say little. Row 0 is padding."""
    table = nn.Embedding(buckets, EMBEDDING, padding_idx=0, sparse=True)
    with torch.no_grad():
        nn.init.normal_(table.weight, std=0.1)
        table.weight[0] = 0.0
    return table
