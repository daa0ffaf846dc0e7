"""What labels do to a queue: recordings with known labels as oracle, which answers from the top of the queue.

    python -m tests.benchmarks.label_loop RECORDINGS [--cache FOLDER] [--seeds 5] [--detector-seeds 5] [--base detector|random]
                                          [--methods NAME,...] [--only RECORDING,...] [--print]

Every recording is a loop of its own: the learner sees nothing but the verdicts given in it. The detector's queue is of setting
A+ (tests.benchmarks.label_queues, computed once). Chains of which nothing is known are left out. Figures after 0, 10, 25, 50,
100 labels:

    P20      share of attack chains among the next 20 unread, divided by what is possible with those that are left
    false    share of chains without an attack among the next 50 unread
    found    attack chains read, as a share of the recording's

Means are over recordings, each counted once, seeds averaged first. A recording leaves all means of a column when it has fewer
chains than labels, and those of P20 and false when any of the compared methods has no attack chain left unread there: all
methods of a table are compared on the same recordings. Both counts are given (`n` for P20 and false / for found).

`--base random` gives the learners a detector that knows nothing: what they can do alone. Results are kept in the cache, one file
for each loop, so that a run that was stopped goes on, and `--print` prints what there is.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from engine.domain.arrays import Floats, Ints, Ints8
from engine.domain.verdicts import Verdict
from engine.verdicts.verdicts import Verdicts
from tests.benchmarks.label_queues import Recording, features_of, queues, verdicts_on

AFTER = (0, 10, 25, 50, 100)


@dataclass(frozen=True, slots=True)
class Told:
    """What a method says after some verdicts."""

    score: Floats
    """[c] higher is earlier."""
    stop: dict[str, float] | None = None
    """`left`, `low`, `high` of the unread, where it estimates them."""


Method = Callable[[Verdicts], Told]
"""Effective verdicts -> order; called after every label."""


@dataclass(frozen=True, slots=True)
class Point:
    """Where a loop stands after some labels."""

    labels: int
    precision: float
    possible: float
    false: float
    found: float
    left: int
    unread: int
    stop: dict[str, float] | None = None


Runs = Mapping[str, Sequence[Sequence[Point]]]
"""Recording -> a loop per seed."""


def main() -> None:
    """Run and print."""
    from tests.benchmarks.label_methods import METHODS

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("/tmp/oddkin-labels"))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--detector-seeds", type=int, default=5)
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--base", choices=("detector", "random"), default="detector")
    parser.add_argument("--only", default="", help="names of recordings")
    parser.add_argument("--print", action="store_true", dest="only_print")
    chosen = parser.parse_args()
    names = chosen.methods.split(",")
    results = chosen.cache / f"loops-{chosen.base}"
    results.mkdir(parents=True, exist_ok=True)
    if not chosen.only_print:
        for seed in range(1, chosen.seeds + 1):
            recordings = queues(chosen.recordings, chosen.cache, (seed - 1) % chosen.detector_seeds + 1)
            some = [one for one in recordings if not chosen.only or one.name in chosen.only.split(",")]
            run(some, names, seed, chosen.base, results)
    table(results, names, queues(chosen.recordings, chosen.cache, 1))


def run(recordings: Sequence[Recording], names: Sequence[str], seed: int, base: str, results: Path) -> None:
    """Every loop of a seed that is not there yet."""
    from tests.benchmarks.label_methods import METHODS

    for name in names:
        for one in recordings:
            file = results / f"{name.replace(' ', '_')}-{one.name}-{seed}.json"
            if file.exists():
                continue
            recording = shuffled(one, seed) if base == "random" else one
            features = features_of(recording.base)
            begun = time.process_time()
            points = loop(recording, METHODS[name](recording, features, seed))
            told = {"points": [asdict(point) for point in points], "cpu": time.process_time() - begun}
            file.write_text(json.dumps(told), encoding="utf-8")


def shuffled(recording: Recording, seed: int) -> Recording:
    """The same recording under a detector that knows nothing."""
    rank = np.random.default_rng(seed).permutation(len(recording.base)) + 1
    return replace(recording, base=replace(recording.base, rank=rank, score=-rank.astype(np.float64)))


def loop(recording: Recording, method: Method, most: int = AFTER[-1]) -> list[Point]:
    """Ask for the top of the unread, answer, re-rank; one Point per entry of AFTER that the recording is long enough for."""
    truth, base = recording.truth, recording.base
    unread = truth >= 0
    said: list[int] = []
    points = []
    while True:
        rows = np.array(sorted(said), dtype=np.int64)
        verdict = np.where(truth[rows] == 1, Verdict.MALICIOUS, Verdict.FALSE_POSITIVE).astype(np.int8)
        told = method(verdicts_on(base, rows, verdict, len(said)))
        order = np.lexsort((base.rank, -told.score))
        order = order[unread[order]]
        if len(said) in AFTER and len(order):
            points.append(point(truth, order, len(said), told.stop))
        if len(said) == most or not len(order):
            return points
        said.append(int(order[0]))
        unread[order[0]] = False


def point(truth: Ints8, order: Ints, labels: int, stop: dict[str, float] | None) -> Point:
    """Metrics of the unread rest in its order."""
    attack = truth[order] == 1
    left, total = int(attack.sum()), int((truth == 1).sum())
    twenty, fifty = min(20, len(order)), min(50, len(order))
    return Point(
        labels=labels,
        precision=float(attack[:20].sum() / twenty),
        possible=min(left, twenty) / twenty,
        false=float((~attack[:50]).sum() / fifty),
        found=(total - left) / max(total, 1),
        left=left,
        unread=len(order),
        stop=stop,
    )


def table(results: Path, names: Sequence[str], recordings: Sequence[Recording]) -> None:
    """Markdown: all recordings, those that look like a real queue, the large ones; then the stop advice."""
    found: dict[str, dict[str, list[list[Point]]]] = defaultdict(lambda: defaultdict(list))
    took: dict[str, list[float]] = defaultdict(list)
    for name in names:
        for one in recordings:
            for file in sorted(results.glob(f"{name.replace(' ', '_')}-{one.name}-*.json")):
                told = json.loads(file.read_text(encoding="utf-8"))
                found[name][one.name].append([Point(**plain) for plain in told["points"]])
                took[name].append(told["cpu"])
    done = [one for one in recordings if all(found[name][one.name] for name in names)]  # others are not there yet
    size = {one.name: (len(one.truth), int((one.truth == 1).sum())) for one in done}
    real = [name for name, (chains, attacks) in size.items() if chains >= 60 and attacks <= 0.35 * chains]
    large = [name for name, (chains, attacks) in size.items() if chains >= 60 and attacks > 10]
    for title, chosen in (("All", list(size)), ("Queue-like", real), ("At least 60 chains, more than 10 with an attack", large)):
        print(f"\n### {title}: {len(chosen)} recordings\n")
        print("| method (seeds) | " + " | ".join(f"{n} labels: P20 · false · found" for n in AFTER) + " | CPU s a loop |")
        print("|---|" + "---|" * (len(AFTER) + 1))
        for method, by_name in found.items():
            seeds = max(len(runs) for runs in by_name.values())
            cells = [cell(found, by_name, [name for name in chosen if name in by_name], labels) for labels in AFTER]
            print(f"| {method} ({seeds}) | " + " | ".join(cells) + f" | {np.mean(took[method]):.1f} |")
    stop_table(found)


def cell(found: Mapping[str, Runs], own: Runs, names: Sequence[str], labels: int) -> str:
    """P20 · false · found; n."""
    share, false, done = [], [], []
    for name in names:
        at = [p for run in own[name] for p in run if p.labels == labels]
        if not at:
            continue
        done.append(np.mean([p.found for p in at]))
        if all(p.left for by in found.values() for run in by.get(name, ()) for p in run if p.labels == labels):
            share.append(np.mean([p.precision / p.possible for p in at]))
            false.append(np.mean([p.false for p in at]))
    if not done:
        return "–"
    first = f"{np.mean(share):.2f} · {np.mean(false):.2f}" if share else "– · –"
    return f"{first} · {np.mean(done):.2f}; n {len(share)}/{len(done)}"


def stop_table(found: Mapping[str, Runs]) -> None:
    """How often the interval holds the truth, and what the estimate says when it says stop."""
    rows = [
        (method, point)
        for method, by_name in found.items()
        for runs in by_name.values()
        for run in runs
        for point in run
        if point.stop is not None
    ]
    if not rows:
        return
    print("\n### Stop advice: 90 % interval of the malicious chains left\n")
    print("| method | labels | estimates | left, mean | estimate, mean | holds the truth | too low | too high | width, mean |")
    print("|---|---|---|---|---|---|---|---|---|")
    for method in dict.fromkeys(method for method, _ in rows):
        for labels in (*AFTER[1:], 0):
            at = [p for name, p in rows if name == method and labels in (0, p.labels)]
            told = [(p.left, p.stop["left"], p.stop["low"], p.stop["high"]) for p in at if p.stop is not None]
            if not told:
                continue
            left, mean, low, high = np.array(told).T
            held = (np.floor(low) <= left) & (left <= np.ceil(high))
            cells = [held.mean(), (left > np.ceil(high)).mean(), (left < np.floor(low)).mean()]
            print(
                f"| {method} | {labels or 'all'} | {len(told)} | {left.mean():.1f} | {mean.mean():.1f} | "
                + " | ".join(f"{value:.0%}" for value in cells) + f" | {(high - low).mean():.1f} |"
            )  # fmt: skip


if __name__ == "__main__":
    main()
