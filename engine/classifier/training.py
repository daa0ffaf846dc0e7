"""Training the LSTM: one visible loop."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.classifier.params import ClassifierParams
from engine.classifier.sequences import BUCKETS, CLASSES, COMMAND, CaseInputs, Inputs, SequenceSet
from engine.classifier.training_set import ExampleSet
from engine.device import Device
from engine.domain.arrays import Floats, Floats32, Ints
from engine.progress import Run, Step

if TYPE_CHECKING:
    from torch import Tensor, nn

    from engine.classifier.network import ClassifierEnsemble, SequenceClassifier

SCORED = 2048
"""Chains at a time when asked."""
NEXT_MEMBER = 7919
"""From one member's seed to the next: the members of seed 1 are not those of seed 2."""


def network_of(params: ClassifierParams, width: int, vectors: int) -> SequenceClassifier | ClassifierEnsemble:
    """A network, or as many as the settings ask for, with start weights; torch's global random state is left as it was."""
    import torch

    from engine.classifier.network import ClassifierEnsemble, SequenceClassifier

    members = []
    with torch.random.fork_rng(devices=[]):
        for number in range(params.members):
            torch.manual_seed(params.seed + number * NEXT_MEMBER)
            members.append(
                SequenceClassifier(
                    BUCKETS,
                    names=params.embedding,
                    paths=params.embedding and not params.names_only,
                    classes=CLASSES if params.classes else 0,
                    vectors=vectors,
                    commands=COMMAND if params.commands else 0,
                    errors=1 if params.errors else 0,
                    numbers=width if params.numbers else 0,
                )
            )
    return ClassifierEnsemble(members) if len(members) > 1 else members[0]


def train(
    examples: ExampleSet,
    vectors: Floats32 | None,
    params: ClassifierParams,
    device: Device,
    run: Run,
) -> tuple[SequenceClassifier | ClassifierEnsemble, dict[str, float]]:
    """Fit the members one after the other; examples are drawn by weight, so that every batch has both classes. Raises Cancelled
    between two batches.

    vectors [p + 1, d] of the paths, zeros behind the last; None where they are no input. Repeats bit for bit on the CPU with the
    same seed.
    """
    import torch

    from engine.classifier.network import SequenceClassifier

    inputs = Inputs.of(examples.chains, names_only=params.names_only)
    size = 0 if vectors is None else vectors.shape[1]
    network = network_of(params, inputs.width, size).to(device.kind).train()
    tensors = Tensors.of(examples.chains, examples.beside, inputs, vectors, device)
    target = torch.from_numpy(examples.malicious).to(device.kind)
    edges, begun = np.cumsum(examples.weight), time.monotonic()
    members = [network] if isinstance(network, SequenceClassifier) else network.each()
    losses = [_fit(member, tensors, target, edges, params, number, begun, run) for number, member in enumerate(members)]
    network.eval()
    steps = float(params.steps * params.members)
    return network, {"loss": sum(losses) / len(losses), "batches": steps, "seconds": time.monotonic() - begun}


def _fit(
    network: nn.Module, tensors: Tensors, target: Tensor, edges: Floats, params: ClassifierParams, number: int, begun: float,
    run: Run,
) -> float:  # fmt: skip
    """One member; its last loss, smoothed."""
    import torch

    rows_of, rest = _parameters(network)
    # Of an embedding only the rows of the batch move: Adam over all of them took half of the time.
    optimisers: list[torch.optim.Optimizer] = [torch.optim.Adam(rest, lr=params.learning_rate, weight_decay=params.decay)]
    if rows_of:
        optimisers.append(torch.optim.SparseAdam(rows_of, lr=params.learning_rate))
    seed, shown, whole = params.seed + number * NEXT_MEMBER, 0.0, params.steps * params.members
    random = np.random.default_rng(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)  # dropout
        for step in range(1, params.steps + 1):
            run.raise_if_cancelled()
            draws = random.random(params.batch) * edges[-1]
            rows = np.minimum(np.searchsorted(edges, draws, side="right"), len(edges) - 1)
            odds = network(*tensors.batch(rows, params))
            loss = torch.nn.functional.binary_cross_entropy_with_logits(odds, target[torch.from_numpy(rows)])
            for optimiser in optimisers:
                optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(rest, 1.0)
            for optimiser in optimisers:
                optimiser.step()
            shown = loss.item() if step == 1 else 0.9 * shown + 0.1 * loss.item()
            if step % 10 == 0 or step == params.steps:
                done = number * params.steps + step
                told = {"loss": shown, "chains/s": done * params.batch / max(time.monotonic() - begun, 1e-9)}
                run.report(Step("train classifier", done, whole, "batches", metrics=told, last=done == whole))
    return shown


def _parameters(network: nn.Module) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """Embeddings, whose gradients are sparse, and the rest."""
    from torch import nn

    known = {id(part.weight) for part in network.modules() if isinstance(part, nn.Embedding)}
    return [p for p in network.parameters() if id(p) in known], [p for p in network.parameters() if id(p) not in known]


def ask(
    network: nn.Module, chains: SequenceSet, beside: CaseInputs, params: ClassifierParams, vectors: Floats32 | None,
    device: Device, run: Run,
) -> Floats:  # fmt: skip
    """[n] log odds of sequences. Raises Cancelled between two batches."""
    import torch

    inputs = Inputs.of(chains, names_only=params.names_only)
    tensors = Tensors.of(chains, beside, inputs, vectors, device)
    out = np.zeros(len(chains))
    with torch.inference_mode():
        for begin in range(0, len(chains), SCORED):
            run.raise_if_cancelled()
            rows = np.arange(begin, min(begin + SCORED, len(chains)))
            rows = rows[chains.lengths[rows] > 0]
            if len(rows):
                out[rows] = network(*tensors.batch(rows, params)).double().cpu().numpy()
            run.report(Step("ask classifier", begin + len(rows), len(chains), "chains"))
    run.report(Step("ask classifier", len(chains), len(chains), "chains", last=True))
    return out


@dataclass(frozen=True, slots=True)
class Tensors:
    """The inputs of the network as tensors on the device."""

    chains: SequenceSet
    beside: CaseInputs
    tables: dict[str, Tensor]
    numbers: Tensor
    device: Device

    @classmethod
    def of(cls, chains: SequenceSet, beside: CaseInputs, inputs: Inputs, vectors: Floats32 | None, device: Device) -> Tensors:
        """Tables of the paths; the row behind the last is padding."""
        import torch

        arrays = {"names": inputs.names, "paths": inputs.paths, "classes": inputs.classes}
        arrays |= {} if vectors is None else {"vectors": vectors}
        tables = {name: torch.from_numpy(array).to(device.kind) for name, array in arrays.items()}
        return cls(chains, beside, tables, torch.from_numpy(inputs.numbers).to(device.kind), device)

    def batch(self, rows: Ints, params: ClassifierParams) -> tuple[dict[str, Tensor], Tensor, Tensor | None]:
        """The arguments of the network for some rows."""
        import torch

        lengths = self.chains.lengths[rows]
        steps = self.chains.steps[rows, : int(lengths.max())].astype(np.int64)
        index = torch.from_numpy(np.where(steps < 0, len(self.tables["names"]) - 1, steps)).to(self.device.kind)
        numbers = self.numbers[torch.from_numpy(rows).to(self.device.kind)] if params.numbers else None
        known = {name: table[index] for name, table in self.tables.items()}
        if params.commands:
            command = np.zeros((*steps.shape, COMMAND), dtype=np.float32)
            command[np.arange(len(rows)), lengths - 1] = self.beside.command[rows]
            known["commands"] = torch.from_numpy(command).to(self.device.kind)
        if params.errors:
            errors = self.beside.errors[rows, : steps.shape[1], None]
            known["errors"] = torch.from_numpy(errors).to(self.device.kind)
        return known, torch.from_numpy(lengths.astype(np.int64)), numbers
