"""Chains scored per second on one core, beside what the parts of it cost: `python tests/benchmarks/score_chains.py [CHAINS]`.

A forest of made-up processes, a chain for each, so that every chain is different; the network has its default size. The rate is
of CPU time: machines are shared. A saved and loaded model must score the same to the last bit, which is checked here too.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from engine.autoencoder.params import NetworkParams
from engine.detector import Detector, DetectorParams
from engine.domain.chains import ChainCorpus
from engine.domain.processes import CommandWords, ProcessTable, part_of
from engine.domain.records import MAX_STEPS
from engine.lineage.chainset import chain_keys
from engine.words.embedding import EmbeddingParams

ROOTS = 40
NAMES = 3_000
LINES = 40_000
WORDS = 12
"""Words of a command line."""
LEARNT = 5_000


def forest(count: int, seed: int = 1) -> tuple[ChainCorpus, ProcessTable]:
    """`count` processes on 50 hosts, each with a chain of its own and a command line."""
    draw = np.random.default_rng(seed)
    places = (
        "c:\\windows\\system32",
        "c:\\program files\\vendor",
        "c:\\users\\<user>\\appdata\\local\\tool",
        "/usr/bin",
        "/opt/app",
    )
    paths = tuple(f"{places[n % 5]}{'/' if n % 5 > 2 else chr(92)}prog{n}{'' if n % 5 > 2 else '.exe'}" for n in range(NAMES))
    steps = np.full((count, MAX_STEPS), -1, dtype=np.int32)
    lengths, parent = np.zeros(count, dtype=np.int32), np.full(count, -1, dtype=np.int32)
    seen: set[tuple[int, int]] = set()
    for row in range(count):
        above = -1 if row < ROOTS else int(draw.integers(row))
        above = -1 if above >= 0 and lengths[above] == MAX_STEPS else above
        leaf = int(draw.integers(NAMES))
        while (above, leaf) in seen:
            leaf = int(draw.integers(NAMES)) if above >= 0 else (leaf + 1) % NAMES
            above = above if above >= 0 or len(seen) < NAMES else int(draw.integers(ROOTS))
        seen.add((above, leaf))
        length = 0 if above < 0 else int(lengths[above])
        steps[row, :length] = steps[above, :length]
        steps[row, length], lengths[row], parent[row] = leaf, length + 1, above
    numbers = np.arange(count, dtype=np.int64)
    ones = np.ones(count, dtype=np.int64)
    corpus = ChainCorpus(
        numbers + 1, chain_keys(steps, paths), paths, steps, lengths, ones, ones.astype(np.int32), numbers * 1_000_000, 50, 100.0
    )
    words = np.sort(draw.integers(1 << 20, size=(LINES, WORDS)), axis=1).astype(np.int32)
    table = ProcessTable(
        row=numbers, chain=numbers.astype(np.int32), image=steps[numbers, lengths - 1], parent=parent,
        host=(numbers % 50).astype(np.int32), time_us=numbers * 1_000_000,
        command=draw.integers(LINES, size=count).astype(np.int32),
        privilege=np.ones(count, np.int8), recorded=np.ones(count, np.int8),
        commands=CommandWords(np.arange(LINES + 1, dtype=np.int64) * WORDS, words.ravel()),
    )  # fmt: skip
    return corpus, table


def seconds(work: Callable[[], object]) -> float:
    """CPU time of one call."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def main(count: int) -> None:
    """Print the table."""
    corpus, table = forest(count)
    known, known_table = part_of(corpus, table, np.arange(min(LEARNT, count)))
    params = DetectorParams(device="cpu", network=NetworkParams(steps=100), embedding=EmbeddingParams(epochs=3))
    detector = Detector(params).fit(known, processes=known_table)
    print(f"{len(corpus):,} different chains, mean length {corpus.lengths.mean():.1f}, {len(corpus.paths):,} paths")
    signals = seconds(lambda: detector.signals(corpus, processes=table))
    whole = seconds(lambda: detector.score(corpus, processes=table))
    print("| | CPU s | chains/s |\n|---|---|---|")
    for name, taken in (("signals", signals), ("score: and fused, grouped, explained", whole)):
        print(f"| {name} | {taken:.1f} | {len(corpus) / taken:,.0f} |")
    with tempfile.TemporaryDirectory() as folder:
        detector.save(Path(folder))
        loaded = Detector.load(Path(folder), device="cpu")
        same = np.array_equal(loaded.score(corpus, processes=table).score, detector.score(corpus, processes=table).score)
    print(f"saved and loaded: {'the same to the last bit' if same else 'NOT the same'}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 120_000)
