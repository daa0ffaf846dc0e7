"""What clusters add to the recognised kinds: rules learnt as ever, and with every word set to noise.

    python -m tests.benchmarks.rules_clusters SIZE|WORKSPACE ...

A number is a size of the made-up paths (tests.variety; 1 is 745,379), anything else a workspace, all cases of which are taken.
Prints a table; nothing is asserted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np

from engine.progress import Run
from engine.rules.learning import learn as learning
from engine.rules.learning.clustering import Clustering
from engine.rules.learning.learn import LearntRules, learn
from engine.rules.learning.report import reduction
from engine.rules.rule import LEARNT
from store.workspace import open_workspace
from tests.variety.paths import paper_paths

COLUMNS = ("paths of", "way", "rules", "learnt from clusters", "paths", "words", "words in no cluster")


def main() -> None:
    """Measure."""
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}", flush=True)
    for given in sys.argv[1:]:
        paths = paths_of(given)
        row(given, "clusters", paths, learn(paths, 1, Run()))
        with patch.object(learning, "cluster", all_noise):
            row(given, "all noise", paths, learn(paths, 1, Run()))


def paths_of(given: str) -> Sequence[str]:
    """Of a size or of a workspace."""
    try:
        return [one.path for one in paper_paths(float(given))]
    except ValueError:
        pass
    workspace = open_workspace(Path(given))
    try:
        return workspace.rules.load_paths(workspace.cases.names()).paths
    finally:
        workspace.close()


def all_noise(vectors: np.ndarray, seed: int, run: Run) -> Clustering:
    """As if nothing were alike."""
    from engine.rules.learning.clustering import cluster

    found = cluster(vectors, seed, run)
    return replace(found, labels=np.full_like(found.labels, -1))


def row(name: str, way: str, paths: Sequence[str], learnt: LearntRules) -> None:
    """One line of the table."""
    found = reduction(paths, learnt.rule_set)
    from_clusters = sum(rule.kind == LEARNT for rule in learnt.rule_set.rules)
    shares = [
        f"{found.paths_before:,} → {found.paths_after:,} ({found.path_factor:.2f}×)",
        f"{found.words_before:,} → {found.words_after:,} ({found.word_factor:.2f}×)",
        f"{(learnt.clustering.labels < 0).mean():.1%}",
    ]
    cells = (name, way, len(learnt.rule_set), from_clusters, *shares)
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


if __name__ == "__main__":
    main()
