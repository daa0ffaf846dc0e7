"""Does the worst step point at what is wrong? One step of a normal chain is replaced by an unlikely one; which step errs most?

By chance it is the planted one in 1 / length of the cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from engine.autoencoder.scoring import chain_errors, step_errors
from engine.detector import Detector
from engine.device import resolve, threads_of
from engine.domain.arrays import Ints, Ints32
from engine.domain.chains import ChainCorpus
from engine.domain.distinct import distinct
from engine.knowledge.roles import is_windows
from engine.paths import basename
from engine.progress import Run


@dataclass(frozen=True, slots=True)
class Planted:
    """m chains of the corpus, each with one step replaced."""

    rows: Ints
    """[m] the chain it was made of."""
    at: Ints
    """[m] the step that was replaced, 0 the root."""
    steps: Ints32
    """[m, MAX_STEPS]"""


def plant(corpus: ChainCorpus, count: int, seed: int) -> Planted:
    """`count` planted changes: a random step of a random chain of two steps or more becomes a random path that never stood
    between such neighbours. The system stays: a Linux program in a Windows chain would be too easy.
    """
    random = np.random.default_rng(seed)
    pairs = _pairs(corpus)
    names = [basename(path) for path in corpus.paths]
    windows = np.array([is_windows(path) for path in corpus.paths])
    used = distinct(corpus.steps[corpus.steps >= 0])
    pools = {kind: used[windows[used] == kind] for kind in (False, True)}
    candidates = np.flatnonzero(corpus.lengths >= 2)
    rows: list[int] = []
    places: list[int] = []
    changed: list[Ints32] = []
    for _ in range(20 * count):
        if len(rows) == count or not len(candidates):
            break
        row = int(random.choice(candidates))
        length = int(corpus.lengths[row])
        at = int(random.integers(length))
        steps = corpus.steps[row].copy()
        new = int(random.choice(pools[bool(windows[steps[at]])]))
        edges = [(steps[at - 1], new)] if at else []
        edges += [(new, steps[at + 1])] if at + 1 < length else []
        if new == steps[at] or any((names[a], names[b]) in pairs for a, b in edges):
            continue
        steps[at] = new
        rows.append(row)
        places.append(at)
        changed.append(steps)
    blank = np.zeros((0, corpus.steps.shape[1]), dtype=np.int32)
    return Planted(np.array(rows, np.int64), np.array(places, np.int64), np.stack(changed) if changed else blank)


def _pairs(corpus: ChainCorpus) -> set[tuple[str, str]]:
    names = [basename(path) for path in corpus.paths]
    return {
        (names[one], names[two])
        for steps, length in zip(corpus.steps.tolist(), corpus.lengths.tolist(), strict=True)
        for one, two in pairwise(steps[:length])
    }


def found(detector: Detector, corpus: ChainCorpus, planted: Planted) -> npt.NDArray[np.bool_]:
    """[m] whether the step with the highest error is the planted one."""
    device, state = resolve(detector.params.device, detector.params.threads), detector.fitted
    lengths = corpus.lengths[planted.rows]
    with threads_of(device):
        vectors = state.vectors(corpus.paths)
        errors = step_errors(state.network, vectors, planted.steps, lengths, device, Run(), "planted steps")
    return np.asarray(chain_errors(errors, lengths)[2] == planted.at)


def report(hits: npt.NDArray[np.bool_], planted: Planted, lengths: Ints32) -> dict[str, float]:
    """Shares found: all, by chance, and by position (root, middle, leaf)."""
    length = lengths[planted.rows]
    root, leaf = planted.at == 0, planted.at == length - 1
    groups = {"all": np.ones(len(hits), bool), "root": root, "middle": ~root & ~leaf, "leaf": leaf}
    out = {name: float(hits[chosen].mean()) if chosen.any() else float("nan") for name, chosen in groups.items()}
    return out | {"chance": float((1 / length).mean()) if len(length) else float("nan")}
