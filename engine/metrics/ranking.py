"""Metrics of a ranked queue against known labels. Higher score = nearer to the top.

Ties are common among counting scores, and the order in which a store returns equal rows is no merit: every metric here is
independent of it. Average precision and the ROC take equal scores as one block (as scikit-learn does); recall@k and the
rank of the first attack are expected values over random orders of each block.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Floats, Ints

Truth = npt.NDArray[np.bool_]
"""[c] true where the chain holds an attack."""

CUTS = (10, 20, 50)


@dataclass(frozen=True, slots=True)
class Blocks:
    """The queue from the top, in blocks of equal score. b blocks."""

    size: Ints
    """[b] chains."""
    attacks: Ints
    """[b] attack chains among them."""

    @classmethod
    def of(cls, truth: Truth, score: Floats) -> Blocks:
        """NaN scores make the last block."""
        _values, place = np.unique(-np.where(np.isnan(score), -np.inf, score), return_inverse=True)
        size = np.bincount(place)
        attacks = np.bincount(place, weights=truth, minlength=len(size))
        return cls(size.astype(np.int64), attacks.astype(np.int64))


def average_precision(truth: Truth, score: Floats) -> float:
    """Σ (recall step × precision) over blocks; NaN without attacks. In random order its mean is about the prevalence."""
    blocks = Blocks.of(truth, score)
    total = blocks.attacks.sum()
    if not total:
        return math.nan
    precision = np.cumsum(blocks.attacks) / np.cumsum(blocks.size)
    return float((precision * blocks.attacks).sum() / total)


def roc_auc(truth: Truth, score: Floats) -> float:
    """Chance that a random attack ranks above a random other chain, ties half; NaN when one of the two is missing."""
    blocks = Blocks.of(truth, score)
    others = blocks.size - blocks.attacks
    if not blocks.attacks.sum() or not others.sum():
        return math.nan
    below = others.sum() - np.cumsum(others)
    won = (blocks.attacks * (below + others / 2)).sum()
    return float(won / (blocks.attacks.sum() * others.sum()))


def weighted_auc(truth: Truth, score: Floats, weight: Floats) -> float:
    """Chance that an attack, drawn by weight, is above something else, drawn by weight; ties half. NaN without one of the two."""
    _, place = np.unique(score, return_inverse=True)
    attacks = np.bincount(place, weights=np.where(truth, weight, 0.0))
    others = np.bincount(place, weights=np.where(truth, 0.0, weight))
    if not attacks.sum() or not others.sum():
        return math.nan
    below = np.cumsum(others) - others
    return float((attacks * (below + others / 2)).sum() / (attacks.sum() * others.sum()))


def recall_at(truth: Truth, score: Floats, k: int) -> float:
    """Expected attacks among the first k, divided by min(k, attacks); NaN without attacks."""
    blocks = Blocks.of(truth, score)
    total = int(blocks.attacks.sum())
    if not total:
        return math.nan
    before = np.cumsum(blocks.size) - blocks.size
    taken = np.clip(k - before, 0, blocks.size)
    return float((blocks.attacks * taken / blocks.size).sum() / min(k, total))


def first_attack(truth: Truth, score: Floats) -> float:
    """Expected rank of the first attack, 1 = top; NaN without attacks.

    The first of a attacks in random order among n chains stands at (n + 1) / (a + 1) on average.
    """
    blocks = Blocks.of(truth, score)
    hit = np.flatnonzero(blocks.attacks)
    if not len(hit):
        return math.nan
    block = hit[0]
    return float(blocks.size[:block].sum() + (blocks.size[block] + 1) / (blocks.attacks[block] + 1))


def alerts_per_thousand(score: Floats, attack_events: Ints, background_events: Ints, recall: float = 0.8) -> float:
    """Chains without an attack that are read, per 1,000 background processes, until `recall` of the attack processes is found.

    attack_events, background_events [c]: processes of each chain. Blocks of equal score are read whole. NaN without
    attacks or background.
    """
    attacks, background = int(attack_events.sum()), int(background_events.sum())
    if not attacks or not background:
        return math.nan
    _values, place = np.unique(-np.where(np.isnan(score), -np.inf, score), return_inverse=True)
    found = np.cumsum(np.bincount(place, weights=attack_events))
    benign = np.cumsum(np.bincount(place, weights=attack_events == 0))
    at = int(np.searchsorted(found, recall * attacks - 1e-9))
    return float(benign[at] * 1000.0 / background)


def finding_metrics(attack_events: Ints, recall: float = 0.8) -> dict[str, float]:
    """Findings to read until `recall` of the attack processes are found, and the share of them in the first ten.

    attack_events [f]: attack processes of the findings in the order of reading. {} without attacks.
    """
    found = np.cumsum(attack_events)
    if not len(found) or not found[-1]:
        return {}
    at = int(np.searchsorted(found, recall * found[-1] - 1e-9))
    return {"findings": float(at + 1), "in_10_findings": float(found[min(9, len(found) - 1)] / found[-1])}


def metrics_of(truth: Truth, score: Floats, attack_events: Ints, background_events: Ints) -> dict[str, float]:
    """All metrics of one queue by one method."""
    return {
        "ap": average_precision(truth, score),
        "auc": roc_auc(truth, score),
        **{f"recall@{k}": recall_at(truth, score, k) for k in CUTS},
        "first": first_attack(truth, score),
        "alerts": alerts_per_thousand(score, attack_events, background_events),
    }


def random_metrics(truth: Truth, attack_events: Ints, background_events: Ints) -> dict[str, float]:
    """The same for random order: everything is one block, AP is the prevalence.

    Only alerts are different: read one by one, a random order finds 80 % of the attacks at 80 % of the queue.
    """
    out = metrics_of(truth, np.zeros(len(truth)), attack_events, background_events)
    return out | {"alerts": out["alerts"] * 0.8}


def macro_average(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Mean of each metric over queues, each queue counted once; NaN values are left out of their metric's mean."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = {}
    for name in names:
        known = [row[name] for row in rows if name in row and not math.isnan(row[name])]
        out[name] = float(np.mean(known)) if known else math.nan
    return out
