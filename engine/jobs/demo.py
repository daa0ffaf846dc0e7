"""Demo: a simulated fleet goes the whole way, from raw logs to a ranked queue, and tells where the planted intrusions landed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.domain.scores import ScoreSet
from engine.jobs.evaluate import match_labels
from engine.jobs.ingest.report import IngestReport
from engine.jobs.ingest.run import IngestRequest, ingest
from engine.jobs.ports.evaluate import EvidenceIndex
from engine.jobs.ports.ingest import IngestStore
from engine.jobs.ports.models import ModelVault
from engine.jobs.ports.rules import RuleStore
from engine.jobs.ports.score import ProcessStore
from engine.jobs.rules import rules_for_training
from engine.jobs.score import score
from engine.jobs.train import Trained, train
from engine.measure.known_labels import ATTACK, read_labels
from engine.progress import CancelToken, Listener
from engine.simulator import FleetPlan, simulate
from engine.simulator.logs.write import WrittenLogs, write_logs

if TYPE_CHECKING:
    from engine.detector import DetectorParams

CASE = "demo"
PLANTED = re.compile(r"planted: (?P<name>.*), stage \d+\Z")
STEPS = 1200
"""Batches of training: enough for a fleet this small, and the whole demo stays under 90 s on two cores."""


@dataclass(frozen=True, slots=True)
class Ports:
    """What the demo needs of a workspace."""

    ingest: IngestStore
    chains: ProcessStore
    vault: ModelVault
    evidence: EvidenceIndex
    rules: RuleStore


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


@dataclass(frozen=True, slots=True)
class Demonstration:
    """Everything that the demo has to tell."""

    logs: WrittenLogs
    ingested: IngestReport
    trained: Trained
    scores: ScoreSet
    intrusions: Sequence[Landed]


def demo(
    plan: FleetPlan, folder: Path, ports: Ports, params: DetectorParams, listener: Listener, token: CancelToken
) -> Demonstration:
    """Simulate into `folder`, ingest, train, rank. The labels only serve the last report, nothing learns from them."""
    fleet = simulate(plan)
    logs = write_logs(fleet, folder, listener, token)
    ingested = ingest(IngestRequest([logs.logs], CASE), ports.ingest, listener, token)
    params = replace(params, network=replace(params.network, steps=STEPS))
    rules = rules_for_training([CASE], ports.rules, listener, token)
    trained = train([CASE], params, ports.chains, ports.vault, listener, token, name="demo", rules=rules)
    scores = score(
        CASE, trained.model_id, ports.chains, ports.vault, listener, token, detector=trained.detector, loaded=trained.loaded
    )
    titles = {
        one.story.name: (one.story.title, tuple(dict.fromkeys(host.name for host, _ in one.stages))) for one in fleet.intrusions
    }
    return Demonstration(logs, ingested, trained, scores, _landed(logs, scores, ports.evidence, titles, token))


def _landed(
    logs: WrittenLogs,
    scores: ScoreSet,
    evidence: EvidenceIndex,
    titles: dict[str, tuple[str, tuple[str, ...]]],
    token: CancelToken,
) -> list[Landed]:
    labels = [label for label in read_labels(logs.ground_truth) if label.label == ATTACK]
    chains: dict[str, list[int]] = defaultdict(list)
    for match in match_labels(CASE, labels, evidence, lambda _step: None, token):
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
