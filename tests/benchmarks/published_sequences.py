"""The second paper's recipe with several seeds: held-out figures, its ten tests, and real chains where the recordings are.

    python -m tests.benchmarks.published_sequences [--seeds 5] [--random 0.5] [--recordings ../shared/recordings]

The figures of one seed are `oddkin classify --published-tests` and, on real chains, the row `sequences, as published` of
`oddkin evaluate`; this tells how far they depend on the seed, and on the share of random sequences among the abnormal ones.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.classifier.published.answers import chances, opinions
from engine.classifier.published.figures import Outcome
from engine.classifier.published.make import make
from engine.classifier.published.network import SequenceModel, probability
from engine.classifier.published.recipe import PaperRecipe
from engine.classifier.published.ten import TEN
from engine.domain.arrays import Floats
from engine.jobs.evaluate import match_labels
from engine.jobs.ingest.request import IngestRequest
from engine.jobs.ingest.run import ingest
from engine.measure.known_labels import ATTACK, BACKGROUND, read_labels
from engine.metrics.ranking import Truth, average_precision, roc_auc
from engine.progress import Run
from store.workspace import open_workspace

LINUX = "linux_auditd"
Chains = tuple[list[list[str]], Truth]


def main() -> None:
    """Train and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--random", type=float, default=PaperRecipe().random_share)
    parser.add_argument("--recordings", type=Path, default=Path("../shared/recordings"))
    chosen = parser.parse_args()
    real = labelled(chosen.recordings) if chosen.recordings.is_dir() else None
    print("| seed | held out | accuracy | ROC AUC | ten as their names say | auditd_web: AP | ROC AUC | CPU s |")
    print("|---|---|---|---|---|---|---|---|")
    tests: list[Floats] = []
    for seed in range(1, chosen.seeds + 1):
        begun = time.process_time()
        made = make(replace(PaperRecipe(), seed=seed, random_share=chosen.random))
        spent = time.process_time() - begun
        held = Outcome.from_dict(made.manifest["held_out"])
        tests.append(probability(chances(made.model, [one.steps for one in TEN])))
        right = sum((chance >= 0.5) == one.by_names for chance, one in zip(tests[-1], TEN, strict=True))
        figures = f"{held.count:,} | {held.accuracy:.3f} | {held.auc:.3f} | {right} | {on_real(made.model, real)} | {spent:.0f}"
        print(f"| {seed} | {figures} |", flush=True)
    print("\n| leaf first | " + " | ".join(f"seed {seed}" for seed in range(1, chosen.seeds + 1)) + " |")
    print("|---|" + "---|" * chosen.seeds)
    for row, one in enumerate(TEN):
        print(f"| {', '.join(one.leaf_first)} | " + " | ".join(f"{chance[row]:.3f}" for chance in tests) + " |")


def on_real(model: SequenceModel, real: Chains | None) -> str:
    """AP and ROC AUC on labelled chains."""
    if real is None:
        return "– | –"
    odds = opinions(model, real[0])
    return f"{average_precision(real[1], odds):.3f} | {roc_auc(real[1], odds):.3f}"


def labelled(recordings: Path) -> Chains:
    """The different chains of the Linux recording and which of them are attacks, as `oddkin evaluate` counts them."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = open_workspace(Path(folder))
        ingest(IngestRequest((recordings / LINUX,), "web"), workspace.ingest, Run())
        corpus = workspace.chains.load_corpus(["web"])
        matches = match_labels("web", read_labels(recordings / "labels.csv.gz"), workspace.evidence, Run())
        workspace.close()
    sides = {
        side: {one.chain_id for one in matches if one.chain_id is not None and one.label.label == side}
        for side in (ATTACK, BACKGROUND)
    }
    rows = [row for row, chain in enumerate(corpus.ids.tolist()) if chain in sides[ATTACK] | sides[BACKGROUND]]
    chains = [[corpus.paths[step] for step in corpus.steps[row].tolist() if step >= 0] for row in rows]
    return chains, np.array([corpus.ids[row] in sides[ATTACK] for row in rows])


if __name__ == "__main__":
    main()
