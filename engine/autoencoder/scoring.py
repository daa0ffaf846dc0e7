"""Reconstruction errors of chains by a trained network, and the two signals they make."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.autoencoder.training import TrainedNetwork
from engine.device import Device
from engine.domain.arrays import Floats, Floats32, Ints, Ints32
from engine.domain.distinct import distinct
from engine.domain.records import MAX_STEPS
from engine.progress import Run, Step
from engine.threads import in_order

BATCH = 1024


def step_errors(
    network: TrainedNetwork,
    vectors: Floats32,
    steps: Ints32,
    lengths: Ints32,
    device: Device,
    run: Run,
    stage: str = "score",
    spread: Floats | None = None,
) -> Floats32:
    """[c, MAX_STEPS] mean squared error of each step in units of the training variance, NaN behind the end; the members'
    mean. `spread` [c], when given, is filled with the standard deviation over the members of the chain's mean error.

    vectors [p, d] of paths, steps [c, MAX_STEPS] indices into them. Batches of a CPU run on all cores, with the same
    result. Raises Cancelled between two batches.
    """
    import torch

    from engine.autoencoder.published import step_errors as errors_of

    out = np.full(steps.shape, np.nan, dtype=np.float32)
    network.module.to(device.kind)
    table = torch.from_numpy(network.inputs(vectors)).to(device.kind)

    def read(rows: Ints) -> int:
        length = int(lengths[rows[0]])
        with torch.inference_mode():  # of a thread, and not of the process
            x = table[torch.from_numpy(steps[rows, :length].astype(np.int64)).to(device.kind)]
            errors = errors_of(x, network.module(x))
            if spread is not None:
                spread[rows] = errors.mean(dim=2).std(dim=0, correction=0).cpu().numpy()
            out[rows, :length] = errors.mean(dim=0).cpu().numpy()
        return len(rows)

    done = 0
    threads = None if device.kind == "cpu" else 1
    for read_now in in_order(read, batches_by_length(lengths, BATCH), run.raise_if_cancelled, threads):
        done += read_now
        run.report(Step(stage, done, len(lengths), "chains"))
    return out


def reconstruct(network: TrainedNetwork, chains: Floats32, device: Device) -> Floats32:
    """[B, L, d] path inputs of chains of one length -> what the network makes of them, in the same terms."""
    import torch

    network.module.to(device.kind)
    with torch.inference_mode():
        rebuilt = network.module(torch.from_numpy(network.inputs(chains)).to(device.kind)).cpu().numpy()
    out: Floats32 = rebuilt.mean(axis=0) * np.float32(network.scale) + network.centre
    return out


def batches_by_length(lengths: Ints32, size: int) -> Iterator[Ints]:
    """Rows in batches of one length each, shortest first; chains without steps are left out."""
    for length in distinct(lengths[lengths > 0]):
        rows = np.flatnonzero(lengths == length)
        for start in range(0, len(rows), size):
            yield rows[start : start + size]


def chain_errors(errors: Floats32, lengths: Ints32) -> tuple[Floats, Floats, Ints32]:
    """Mean [c] and highest [c] error over each chain's steps, and where the highest is [c]; 0 for a chain without steps.

    The mean is the published chain error; in a long chain it dilutes one odd step, which the highest does not.
    """
    filled = np.where(np.arange(MAX_STEPS) < lengths[:, None], errors, -np.inf).astype(np.float64)
    worst_step = filled.argmax(axis=1).astype(np.int32)
    worst = np.where(lengths > 0, filled.max(axis=1), 0.0)
    total = np.where(np.isfinite(filled), filled, 0.0).sum(axis=1)
    return total / np.maximum(lengths, 1), worst, worst_step
