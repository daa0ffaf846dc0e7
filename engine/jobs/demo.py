"""Where the intrusions that a simulated fleet was planted with landed in the queue."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from engine.domain.arrays import Ints
from engine.domain.distinct import distinct
from engine.domain.scores import ScoreSet
from engine.jobs.evaluate import match_labels
from engine.jobs.ports.evaluate import EvidenceIndex
from engine.measure.known_labels import ATTACK, Match, intrusion_of, read_labels
from engine.progress import Run
from engine.simulator import Fleet
from engine.simulator.logs.write import WrittenLogs


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
    findings: tuple[int, ...]
    """Numbers of the findings that cover a process of it, the best first."""


def landed(case: str, fleet: Fleet, logs: WrittenLogs, scores: ScoreSet, evidence: EvidenceIndex, run: Run) -> list[Landed]:
    """Every planted intrusion of the fleet. The labels only serve this report, nothing learns from them."""
    titles = {
        one.story.name: (one.story.title, tuple(dict.fromkeys(host.name for host, _ in one.stages))) for one in fleet.intrusions
    }
    labels = [label for label in read_labels(logs.ground_truth) if label.label == ATTACK]
    found: dict[str, list[Match]] = defaultdict(list)
    for match in match_labels(case, labels, evidence, run.quiet()):
        if match.chain_id is not None:
            found[intrusion_of(match.label)[0]].append(match)
    order = np.argsort(-scores.score, kind="stable")
    rank = {int(scores.ids[row]): place for place, row in enumerate(order.tolist(), start=1)}
    flagged = set(scores.ids[scores.finding > 0].tolist())
    out = []
    for name, (title, hosts) in titles.items():
        chains = {match.chain_id for match in found[name] if match.chain_id is not None}
        processes = distinct(np.array([match.process_id for match in found[name]], dtype=np.int64))
        best = min((rank[chain] for chain in chains), default=0)
        numbers = covering(processes, scores)
        out.append(Landed(name, title, hosts, len(processes), len(chains), best, len(chains & flagged), numbers))
    return out


def covering(processes: Ints, scores: ScoreSet) -> tuple[int, ...]:
    """The different findings that cover some processes, by their keys; none where the scores know of no processes."""
    if scores.findings is None or scores.processes is None:
        return ()
    place = scores.processes.index_of(processes)
    return tuple(number for number in distinct(scores.findings.of_process()[place[place >= 0]]).tolist() if number)
