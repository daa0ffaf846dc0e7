"""Every sample. A format without one fails tests/robustness/test_samples.py."""

from __future__ import annotations

from functools import cache

from tests.robustness.samples.agents import agent_samples
from tests.robustness.samples.linux import linux_samples
from tests.robustness.samples.sample import Sample
from tests.robustness.samples.tables import table_samples
from tests.robustness.samples.windows import windows_samples

ELSEWHERE = {
    "evtx": "its records stand in chunks with checksums: attack_evtx flips their bits",
    "evt": "nothing of it is read: it is named as what it is",
}
"""Formats without a sample here, and why."""


@cache
def all_samples() -> tuple[Sample, ...]:
    """Those of every family."""
    return (*windows_samples(), *linux_samples(), *agent_samples(), *table_samples())
