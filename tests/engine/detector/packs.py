"""A small starter of two sources, for tests."""

from __future__ import annotations

import numpy as np

from engine.signals.threat_features import ThreatFeatures
from engine.signals.threat_prior import ThreatPrior
from engine.starter.pack import ALL, Block, StarterPack
from tests.engine.detector.test_threat import BAD, BENIGN
from tests.engine.process_samples import make_table

LINUX = [(("/usr/sbin/sshd", "/usr/bin/bash"), -1, "bash -l"), (("/usr/sbin/sshd", "/usr/bin/bash", "/bin/ls"), 0, "ls /tmp")]
FIRST, SECOND = "a" * 64, "b" * 64


def make_pack() -> StarterPack:
    """`one` has Windows and Linux, `two` Windows; their files' digests are FIRST and SECOND."""
    blocks = (
        Block.of("one", True, *make_table(BENIGN[:20])),
        Block.of("one", False, *make_table(LINUX * 3)),
        Block.of("two", True, *make_table(BENIGN[20:])),
    )
    sources = {"one": {"digests": [FIRST[:16]]}, "two": {"digests": [SECOND[:16]]}}
    for entry in sources.values():
        entry |= {"licence": "MIT", "repository": "somebody/something"}
    manifest = {"built": "2026-01-31", "sha256": "0" * 64, "seed": 1, "sources": sources, "left_out": {}}
    return StarterPack(manifest, blocks, {ALL: prior(1), "one": prior(2), "two": prior(3)})


def prior(seed: int) -> ThreatPrior:
    corpus, table = make_table(BENIGN + BAD)
    features = ThreatFeatures.of(corpus, table)
    source = np.where(features.chain % 2 == 0, "a", "b")
    return ThreatPrior.fit(features, features.chain >= len(BENIGN), source, corpus, seed)
