"""The second paper's data in kind: plain names of Linux commands, 6,000 normal and 6,000 abnormal sequences, and its ten tests.

    python -m tests.benchmarks.published_sequences [--seeds 3] [--each 6000]

The published repository prints no expected classes for its ten test sequences. They are read from the names here: the first six
follow its abnormal templates (web server to tool, privilege jump, miner, a shell in a shell), the last four are what dhclient
starts. The generated set is ours (engine.classifier.synthetic), a fifth of it held out by whole sequences: none is
in both.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

import numpy as np

from engine.classifier.model import Classifier
from engine.classifier.params import published
from engine.classifier.sequences import SequenceSet
from engine.classifier.state import TaughtShapes
from engine.classifier.synthetic import published_set
from engine.classifier.synthetic.sequences import Synthetic, names_of
from engine.classifier.training_set import synthetic_set
from engine.domain.arrays import Floats
from engine.metrics.ranking import roc_auc
from engine.rules.rule import RuleSet
from engine.verdicts.instant import probability

TESTS = (
    ("curl bash httpd systemd", True),
    ("nc bash bash httpd systemd", True),
    ("whoami dash sudoedit bash systemd", True),
    ("xmrig python3 bash bash httpd systemd", True),
    ("ifconfig python bash bash sudo bash httpd systemd", True),
    ("lscpu python bash bash bash systemd", True),
    ("bash dhclient systemd", False),
    ("hostname bash bash dhclient systemd", False),
    ("cat bash bash dhclient systemd", False),
    ("dbus-send bash dhclient systemd", False),
)
"""Leaf first, as the repository writes them; whether the names say abnormal."""


def main() -> None:
    """Train and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--each", type=int, default=6000)
    chosen = parser.parse_args()
    verdicts = []
    print("| seed | sequences (different) | held out | accuracy | ROC AUC | CPU s |")
    print("|---|---|---|---|---|---|")
    for seed in range(1, chosen.seeds + 1):
        begun = time.process_time()
        made = [names_of(one) for one in published_set(seed, each=chosen.each)]
        fitted, rest = divided(made, seed)
        scores, tests = fit_and_ask(fitted, rest, seed)
        truth = np.array([one.abnormal for one in rest])
        accuracy = float(((scores > 0) == truth).mean())
        different = len({one.steps for one in made})
        figures = f"{len(rest):,} | {accuracy:.3f} | {roc_auc(truth, scores):.3f} | {time.process_time() - begun:.0f}"
        print(f"| {seed} | {len(made):,} ({different:,}) | {figures} |", flush=True)
        verdicts.append(probability(tests))
    print("\n| sequence, leaf first | by its names | " + " | ".join(f"seed {n + 1}" for n in range(chosen.seeds)) + " | right |")
    print("|---|---|" + "---|" * (chosen.seeds + 1))
    for row, (text, abnormal) in enumerate(TESTS):
        chance = [one[row] for one in verdicts]
        right = sum((value > 0.5) == abnormal for value in chance)
        told = " | ".join(f"{value:.3f}" for value in chance)
        print(f"| {text} | {'abnormal' if abnormal else 'normal'} | {told} | {right} of {chosen.seeds} |")


def divided(made: Sequence[Synthetic], seed: int) -> tuple[list[Synthetic], list[Synthetic]]:
    """Four fifths and one fifth of the different sequences, with all their repeats; both classes keep what contradicts."""
    different = sorted({one.steps for one in made})
    out = set(np.random.default_rng(seed).permutation(len(different))[: len(different) // 5].tolist())
    held = {steps for number, steps in enumerate(different) if number in out}
    return [one for one in made if one.steps not in held], [one for one in made if one.steps in held]


def fit_and_ask(fitted: Sequence[Synthetic], rest: Sequence[Synthetic], seed: int) -> tuple[Floats, Floats]:
    """Log odds of the held-out sequences and of the ten tests."""
    model = Classifier(published(device="cpu", seed=seed)).fit_examples(
        synthetic_set(fitted, RuleSet()), TaughtShapes(), RuleSet()
    )

    def asked(sequences: Sequence[Sequence[str]]) -> Floats:
        return model.log_odds_of(SequenceSet.of_chains(sequences, RuleSet()))

    return asked([one.steps for one in rest]), asked([text.split()[::-1] for text, _ in TESTS])


if __name__ == "__main__":
    main()
