"""What workspaces keep of features is only as good as the version that it is filed under."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest

from engine.domain.chains import ChainCorpus
from engine.domain.processes import ProcessTable
from engine.domain.records import MAX_STEPS
from engine.paths import fold
from engine.simulator import FleetPlan, simulate
from engine.simulator.processes import SimProcess
from engine.verdicts.features import VERSION, VariantFeatures
from engine.verdicts.signals import signal_names
from engine.verdicts.variants import ChainVariants
from tests.engine.process_samples import Row, make_table

PROCESSES = 400
"""Of each host."""
MADE = {5: ("16130c28eace380dffd906c89e9f100f", [14.35, 5.25, 0.3, 0.9, 8.4, 4.55, 103.3, 43.237, 10.9, 247.5001])}
"""Version -> digest of integers and texts, sums of the numbers. Whoever changes features raises VERSION and writes both here."""


def small_fleet() -> tuple[ChainCorpus, ProcessTable]:
    """Some everyday life and an intrusion on Windows and Linux, as a table."""
    fleet = simulate(FleetPlan(hosts=5, days=1, seed=7))
    rows: list[Row] = []
    for host in fleet.hosts:
        for _, process in zip(range(PROCESSES), fleet.events(host), strict=False):
            rows.append((chain_of(process), -1, process.command))
    return make_table(rows)


def chain_of(process: SimProcess) -> tuple[str, ...]:
    steps: list[str] = []
    at: SimProcess | None = process
    while at is not None and len(steps) < MAX_STEPS:
        steps.append(fold(at.image, "windows" if "\\" in at.image else "linux"))
        at = at.parent
    return tuple(reversed(steps))


def test_other_features_have_another_version() -> None:
    corpus, table = small_fleet()
    features = VariantFeatures.of(corpus, table, ChainVariants.of(table, len(corpus)))
    shapes = features.shapes
    made = hashlib.blake2b(digest_size=16)
    bags = (array for one in (features.steps, features.own) for array in (one.start, one.words))
    for array in (features.chain, *bags, features.privilege, shapes.steps, shapes.of_chain, features.programs):
        made.update(np.ascontiguousarray(array, dtype="<i8").tobytes())
    made.update(json.dumps(shapes.paths).encode())
    told, sums = MADE[VERSION]
    assert made.hexdigest() == told
    assert features.numbers.sum(axis=0).tolist() == pytest.approx([*sums, *[0.0] * len(signal_names())], rel=1e-4)
