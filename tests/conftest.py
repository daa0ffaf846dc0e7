"""Fixtures for every test."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests import postgres

# How long an example takes says how busy the machine is: no test fails by it.
UNTIMED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
# The same examples in every run, so that a red suite means a change and not luck. --hypothesis-profile=random looks for new ones.
settings.register_profile("steady", derandomize=True, **UNTIMED)
settings.register_profile("random", derandomize=False, print_blob=True, **UNTIMED)
# For mutants: that an example fails is all one wants to know, and the smallest one is sought for minutes.
settings.register_profile("unshrunk", derandomize=True, phases=(Phase.explicit, Phase.generate), **UNTIMED)
settings.load_profile("steady")

# Two intra-op threads are far slower than one on a busy two-core machine, and tests run side by side.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shell starts what it puts in the background with interrupts ignored, nohup ignores hangups, and both are inherited. Tested is
# the way of a terminal.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes a picture is found by `-m snapshot`, without anybody having to remember the mark."""
    for item in items:
        if "snap_compare" in getattr(item, "fixturenames", ()):
            item.add_marker("snapshot")


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    """A throw-away server of PostgreSQL; skips where none can be had."""
    if why := postgres.why_not():
        pytest.skip(why)
    with postgres.cluster() as found:
        yield found


@pytest.fixture(scope="module")
def few_passes() -> Iterator[None]:
    """Rules are learnt in a fraction of the time, from poor word vectors: for tests of what is done with rules."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.rules.learning.words.MOST_PASSES", 10)
        yield


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of real recordings beside the project; tests that need it skip without it."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "recordings"
    if not (folder / "labels.csv.gz").is_file():
        pytest.skip("recordings are not here")
    return folder
