"""Incidents and findings of millions of processes: CPU time and bytes a process beside the table, and how linear both are.

    python -P tests/benchmarks/incidents.py --processes 1000000 --processes 5000000

Each forest and size runs in a process of its own. CPU seconds, not wall: shared machines make wall times meaningless. Bytes are
the highest that `engine.findings.incidents.incidents` held at once, its result included, as tracemalloc counts numpy's arrays;
the table, the corpus and the scores, which were there before, are not among them. A second call counts them: counting costs time.

Forests, of processes on a hundred hosts; but for what is said, trees of one to twenty processes below services and servers,
2,000 chains with eight shapes of command lines each, one chain in fifty odd:

    kind         a thousand kinds of trees, again and again
    mixed        trees of any chains, each of which is the only one of its kind
    chains       a chain for every other process
    deep         trees that are lines of 1,000
    line         one line of 100,000 among the others
    hub          all of them below one server
    halves       scores that are halved sixteen times, which takes as many passes as there can be
    apart        each below one server, with a chain and an hour of its own: as many findings as processes. A finding costs more
                 than a process (its key is a text), so this one is shown and is not held to the bar
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from engine.domain.arrays import Floats, Floats32, Ints  # noqa: E402
from engine.domain.chains import ChainCorpus  # noqa: E402
from engine.domain.processes import CommandWords, ProcessTable  # noqa: E402
from engine.domain.records import MAX_STEPS  # noqa: E402
from engine.findings.incidents import incidents  # noqa: E402

ALLOWED = 60
"""Bytes a process beside the table: 22 million processes would fit into the memory of a laptop."""
UNHELD = "apart"
HOSTS, LARGEST, CHAINS, LINES = 100, 20, 2_000, 100_000
TOPS = ("/usr/lib/systemd/systemd", "/usr/sbin/apache2")
"""The first processes: a trusted hub for the even hosts, a server for the odd ones."""
PATHS = (*TOPS, *(f"/opt/app/bin/program{number}" for number in range(3_000)))
SECOND = 1_000_000


def trees(count: int, draw: np.random.Generator) -> Ints:
    """[n] parents: of the first HOSTS none, then trees whose tops are below one of these."""
    start, nth = places(count, draw)
    parent = np.where(nth == 0, draw.integers(HOSTS, size=count), start + (draw.random(count) * nth).astype(np.int64))
    parent[:HOSTS] = -1
    return np.where(parent >= np.arange(count), np.arange(count) % HOSTS, parent)


def places(count: int, draw: np.random.Generator) -> tuple[Ints, Ints]:
    """[n] where each one's tree begins, and its place in there."""
    size = draw.integers(1, LARGEST + 1, size=count)
    size = size[: int(np.searchsorted(np.cumsum(size), count)) + 1]
    start = np.repeat(np.cumsum(size) - size, size)[:count]
    return start, np.arange(count) - start


def kinds_of_trees(count: int, draw: np.random.Generator) -> Ints:
    """[n] parents: trees of which there are few kinds, by the place where they begin; see `kind_of`."""
    start, nth = places(count, draw)
    parent = np.where(nth == 0, kind_of(start) % HOSTS, start + nth // 2)
    parent[:HOSTS] = -1
    return np.where(parent >= np.arange(count), np.arange(count) % HOSTS, parent)


def kind_of(start: Ints) -> Ints:
    """Which of a thousand kinds of trees begins there."""
    return start * 7_919 % 1_000


def lines(count: int, length: int, draw: np.random.Generator, until: int | None = None) -> Ints:
    """[n] parents: the same forest, its first `until` processes as lines of `length`."""
    parent = trees(count, draw)
    number = np.arange(HOSTS, min(until or count, count))
    parent[number] = np.where((number - HOSTS) % length == 0, number % HOSTS, number - 1)
    return parent


def below_one(count: int) -> Ints:
    """[n] parents: everything below the second process, a server."""
    parent = np.ones(count, dtype=np.int64)
    parent[:HOSTS] = -1
    return parent


FORESTS: dict[str, Callable[[int, np.random.Generator], Ints]] = {
    "kind": kinds_of_trees,
    "mixed": trees,
    "chains": trees,
    "deep": lambda count, draw: lines(count, 1_000, draw),
    "line": lambda count, draw: lines(count, 100_000, draw, HOSTS + 100_000),
    "hub": lambda count, draw: below_one(count),
    "halves": trees,
    "apart": lambda count, draw: below_one(count),
}


def corpus_of(chains: int) -> ChainCorpus:
    """Chains by number; incidents read their keys and the paths of the corpus."""
    ones = np.ones(chains, dtype=np.int64)
    return ChainCorpus(
        np.arange(1, chains + 1), [f"{number:032x}" for number in range(chains)], PATHS,
        np.zeros((chains, MAX_STEPS), np.int32), ones.astype(np.int32), ones, ones.astype(np.int32), ones, HOSTS, float(HOSTS),
    )  # fmt: skip


def case_of(forest: str, count: int, seed: int = 1) -> tuple[ChainCorpus, ProcessTable, Floats32, Floats]:
    """A corpus, its processes, their scores and those of the chains."""
    draw = np.random.default_rng(seed)
    chains = {"chains": count // 2, "apart": count}.get(forest, CHAINS)
    parent = FORESTS[forest](count, draw)
    chain = np.arange(count) % chains if forest in {"chains", "apart"} else draw.integers(chains, size=count)
    line = (chain * 8 + draw.integers(8, size=count)) % LINES
    if forest == "kind":
        start, nth = places(count, np.random.default_rng(seed))  # the same trees again
        chain = (kind_of(start) * LARGEST + nth) % chains
        line = chain * 8
    image = 2 + chain % (len(PATHS) - len(TOPS))
    image[:HOSTS] = np.arange(HOSTS) % len(TOPS)
    above = np.where(parent >= HOSTS, parent, np.arange(count))
    while (above != above[above]).any():  # looked up in steps that double
        above = above[above]
    host = np.where(parent[above] >= 0, parent[above], above)
    spread = 3_600 * SECOND if forest == "apart" else 40 * SECOND // max(count // 100_000, 1)
    score = np.where(draw.random(chains) < 0.02, 3.0 + draw.random(chains), draw.random(chains) * 1.5)
    if forest == "halves":
        score = 4.0 * 0.5 ** (16 * draw.random(chains))
    ones = np.ones(count, np.int8)
    table = ProcessTable(
        row=np.arange(count), chain=chain.astype(np.int32), image=image.astype(np.int32), parent=parent.astype(np.int32),
        host=host.astype(np.int32), time_us=np.arange(count) * spread, command=line.astype(np.int32),
        privilege=ones, recorded=ones,
        commands=CommandWords(np.zeros(LINES + 1, np.int64), np.zeros(0, np.int32), draw.integers(1, 1 << 62, size=LINES)),
    )  # fmt: skip
    own = score[chain] * (0.9 + 0.1 * draw.random(count))
    own[:HOSTS] = 0.1
    return corpus_of(chains), table, own.astype(np.float32), score


def run_one(forest: str, count: int) -> dict[str, Any]:
    """CPU seconds of one call, and the bytes of another one."""
    case = case_of(forest, count)
    begun = time.process_time()
    found = incidents(*case)
    taken = time.process_time() - begun
    result = {"forest": forest, "processes": count, "incidents": len(found.finding), "findings": len(found.score), "cpu": taken}
    del found
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    kept = incidents(*case)
    held, highest = tracemalloc.get_traced_memory()
    assert len(kept.score) == result["findings"]
    return result | {"highest": (highest - before) / count, "kept": (held - before) / count}


def main() -> None:
    """Run every forest in every size, print the table, compare with linear and with what is allowed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, action="append")
    parser.add_argument("--forest", choices=FORESTS, action="append")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    sizes, forests = arguments.processes or [1_000_000, 5_000_000], arguments.forest or list(FORESTS)
    if arguments.one:
        print(json.dumps(run_one(forests[0], sizes[0])))
        return
    print("| forest | processes | incidents | findings | CPU s | µs/process | bytes/process | of these kept | of linear |")
    print("|---|---|---|---|---|---|---|---|---|")
    highest = 0.0
    for forest in forests:
        first = None
        for size in sizes:
            command = [sys.executable, "-P", __file__, "--one", "--forest", forest, "--processes", str(size)]
            one = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            each = one["cpu"] / size * 1e6
            first = first or each
            highest = highest if forest == UNHELD else max(highest, one["highest"])
            print(
                f"| {forest} | {size:,} | {one['incidents']:,} | {one['findings']:,} | {one['cpu']:.1f} | {each:.2f} "
                f"| {one['highest']:.0f} | {one['kept']:.0f} | {each / first:.2f} |",
                flush=True,
            )
    print(f"\nBut for `{UNHELD}` at most {highest:.0f} bytes a process beside the table; {ALLOWED} are allowed.")


if __name__ == "__main__":
    main()
