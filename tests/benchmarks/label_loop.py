"""What labels do to a queue: recordings with known labels as oracle, which answers from the top of the queue.

    python -m tests.benchmarks.label_loop RECORDINGS [--cache FOLDER] [--seeds 5] [--methods NAME,...] [--base detector|random]

Every recording is a loop of its own: the learner sees nothing but the verdicts given in it. The detector's queue is of setting
A+ (tests.benchmarks.label_queues, computed once). Chains of which nothing is known are left out. Figures after 0, 10, 25, 50,
100 labels:

    precision@20   attack chains among the next 20 unread, and in brackets the same divided by what is possible
    false in 50    chains without an attack among the next 50 unread, and the share that no order could avoid
    found          attack chains read, as a share of the recording's

Means are over recordings, each counted once, seeds averaged first. A recording leaves a mean when it has no unread attack chain
left under the method (precision, false in 50: nothing can be right any more) or fewer chains than labels (all columns); `n`
says how many were in. So that methods are compared on the same recordings, `possible` decides by the best method's rest.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.classifier.features import ChainFeatures
from engine.classifier.verdicts import Verdict, Verdicts
from engine.tables import Floats, Ints
from tests.benchmarks.label_queues import Recording, queues

AFTER = (0, 10, 25, 50, 100)
Runs = Mapping[str, Sequence[Sequence["Point"]]]
"""Recording -> a loop per seed."""
Score = Callable[[Verdicts], Floats]
"""Effective verdicts -> [c] higher is earlier; called after every label."""


@dataclass(frozen=True, slots=True)
class Point:
    """Where a loop stands after some labels."""

    labels: int
    precision: float
    possible: float
    false: float
    unavoidable: float
    found: float
    left: int


def main() -> None:
    """Run and print."""
    from tests.benchmarks.label_methods import METHODS

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("/tmp/oddkin-labels"))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--base", choices=("detector", "random"), default="detector")
    chosen = parser.parse_args()
    found: dict[str, dict[str, list[list[Point]]]] = defaultdict(lambda: defaultdict(list))
    took: dict[str, float] = defaultdict(float)
    shape: dict[str, tuple[int, int]] = {}
    for seed in range(1, chosen.seeds + 1):
        for one in queues(chosen.recordings, chosen.cache, seed):
            recording = shuffled(one, seed) if chosen.base == "random" else one
            features = ChainFeatures.of(recording.base.corpus, recording.base.table)
            shape[one.name] = (len(recording.judged), int((one.truth == 1).sum()))
            for name in chosen.methods.split(","):
                begun = time.process_time()
                found[name][one.name].append(loop(recording, METHODS[name](recording, features, seed)))
                took[name] += time.process_time() - begun
    table(found, shape, took)


def shuffled(recording: Recording, seed: int) -> Recording:
    """The same recording under a detector that knows nothing."""
    rank = np.random.default_rng(seed).permutation(len(recording.base)) + 1
    base = replace(recording.base, rank=rank, score=-rank.astype(np.float64))
    return replace(recording, base=base)


def loop(recording: Recording, score: Score, most: int = AFTER[-1]) -> list[Point]:
    """Ask for the top of the unread, answer, re-rank; one Point per entry of AFTER that the recording is long enough for."""
    truth, base = recording.truth, recording.base
    unread = truth >= 0
    said: list[int] = []
    points = []
    while True:
        rows = np.array(sorted(said), dtype=np.int64)
        verdict = np.where(truth[rows] == 1, Verdict.MALICIOUS, Verdict.FALSE_POSITIVE).astype(np.int8)
        value = score(Verdicts(rows, verdict, base.finding[rows], len(said)))
        order = np.lexsort((base.rank, -value))
        order = order[unread[order]]
        if len(said) in AFTER:
            points.append(point(truth, order, len(said)))
        if len(said) == most or not len(order):
            return points
        said.append(int(order[0]))
        unread[order[0]] = False


def point(truth: Ints, order: Ints, labels: int) -> Point:
    """Metrics of the unread rest in its order."""
    attack = truth[order] == 1
    left, total = int(attack.sum()), int((truth == 1).sum())
    twenty, fifty = min(20, len(order)), min(50, len(order))
    return Point(
        labels=labels,
        precision=float(attack[:20].sum() / max(twenty, 1)),
        possible=min(left, twenty) / max(twenty, 1),
        false=float((~attack[:50]).sum() / max(fifty, 1)),
        unavoidable=max(fifty - left, 0) / max(fifty, 1),
        found=(total - left) / max(total, 1),
        left=left,
    )


def table(
    found: Mapping[str, Mapping[str, Sequence[Sequence[Point]]]], shape: Mapping[str, tuple[int, int]], took: Mapping[str, float]
) -> None:
    """Markdown: all recordings, then those that look like a real queue."""
    real = [name for name, (chains, attacks) in shape.items() if chains >= 60 and attacks <= 0.35 * chains]
    large = [name for name, (chains, _) in shape.items() if chains >= 150]
    for title, names in (("all recordings", list(shape)), ("queue-like recordings", real), ("at least 150 chains", large)):
        print(f"\n### {title}: {len(names)}\n")
        print("| method | " + " | ".join(f"{n} labels" for n in AFTER) + " | CPU s |")
        print("|---|" + "---|" * (len(AFTER) + 1))
        for method, by_name in found.items():
            cells = [cell(found, by_name, names, labels) for labels in AFTER]
            print(f"| {method} | " + " | ".join(cells) + f" | {took[method]:.0f} |")


def cell(
    found: Mapping[str, Mapping[str, Sequence[Sequence[Point]]]],
    own: Mapping[str, Sequence[Sequence[Point]]],
    names: Sequence[str],
    labels: int,
) -> str:
    """precision@20 (of possible) · false in 50 · found."""
    precision, share, false, done = [], [], [], []
    for name in names:
        at = [p for run in own[name] for p in run if p.labels == labels]
        if not at:
            continue
        done.append(np.mean([p.found for p in at]))
        if all(any(p.left for run in by[name] for p in run if p.labels == labels) for by in found.values()):
            precision.append(np.mean([p.precision for p in at]))
            share.append(np.mean([p.precision / p.possible if p.possible else 1.0 for p in at]))
            false.append(np.mean([p.false for p in at]))
    if not precision:
        return f"– · – · {np.mean(done):.2f}" if done else "–"
    counted = f"n {len(precision)}/{len(done)}"
    return f"{np.mean(precision):.2f} ({np.mean(share):.2f}) · {np.mean(false):.2f} · {np.mean(done):.2f}; {counted}"


if __name__ == "__main__":
    main()
