"""Where the intrusions that a simulated fleet was planted with landed in the queue."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from engine.domain.scores import ScoreSet
from engine.jobs.evaluate import match_labels
from engine.jobs.ports.evaluate import EvidenceIndex
from engine.measure.known_labels import ATTACK, read_labels
from engine.progress import Run
from engine.simulator import Fleet
from engine.simulator.logs.write import WrittenLogs

PLANTED = re.compile(r"planted: (?P<name>.*), stage \d+\Z")


@dataclass(frozen=True, slots=True)
class Landed:
    """Where one planted intrusion is in the queue."""

    name: str
    title: str
    hosts: tuple[str, ...]
    processes: int
    chains: int
    best_rank: int
    """1 = top of the queue."""
    flagged: int
    """Of its chains, how many are above the threshold."""


def landed(case: str, fleet: Fleet, logs: WrittenLogs, scores: ScoreSet, evidence: EvidenceIndex, run: Run) -> list[Landed]:
    """Every planted intrusion of the fleet. The labels only serve this report, nothing learns from them."""
    titles = {
        one.story.name: (one.story.title, tuple(dict.fromkeys(host.name for host, _ in one.stages))) for one in fleet.intrusions
    }
    labels = [label for label in read_labels(logs.ground_truth) if label.label == ATTACK]
    chains: dict[str, list[int]] = defaultdict(list)
    for match in match_labels(case, labels, evidence, run.quiet()):
        planted = PLANTED.match(match.label.reason)
        if planted and match.chain_id is not None:
            chains[planted["name"]].append(match.chain_id)
    order = np.argsort(-scores.score, kind="stable")
    rank = {int(scores.ids[row]): place for place, row in enumerate(order.tolist(), start=1)}
    flagged = set(scores.ids[scores.finding > 0].tolist())
    return [
        Landed(
            name, title, hosts, len(chains[name]), len(set(chains[name])),
            min((rank[chain] for chain in chains[name]), default=0), len(set(chains[name]) & flagged),
        )
        for name, (title, hosts) in titles.items()
    ]  # fmt: skip
