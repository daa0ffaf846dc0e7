"""Rates of linking and chaining; run with -m benchmark -s. Processor time, so that a busy machine does not count."""

from __future__ import annotations

import time

import numpy as np
import pytest

from engine.domain.arrays import Ints
from engine.domain.lineage import HostEvents
from engine.lineage import chains, link

pytestmark = pytest.mark.benchmark

ROWS = 1_000_000
DEEP = 100_000
PATHS = tuple(f"c:\\windows\\program{number}.exe" for number in range(500))


def host(
    pid: Ints, ppid: Ints, image: Ints, parent_image: Ints, guids: tuple[list[str | None], list[str | None]] | None = None
) -> HostEvents:
    n = len(pid)
    guid, parent_guid = guids or ([None] * n, [None] * n)
    zeros = np.zeros(n, np.int32)
    return HostEvents(
        host="h", row=np.arange(n), kind=zeros.astype(np.int8), kinds=("sysmon1",), source=zeros, position=np.arange(n),
        time_us=np.arange(n) * 1000, pid=pid, ppid=ppid, guid=guid, parent_guid=parent_guid, image=image.astype(np.int32),
        parent_image=parent_image.astype(np.int32), ancestors={}, command=np.full(n, -1), paths=PATHS, record_id=[None] * n,
    )  # fmt: skip


def forest(n: int, with_guids: bool, named: bool = True) -> HostEvents:
    """Random forest with few chain shapes: parents among the last 2,000 processes, 30 % of them not recorded."""
    random = np.random.default_rng(1)
    parent = np.arange(n) - random.integers(1, 2000, n)
    parent[(random.random(n) < 0.3) | (parent < 0)] = -1
    pid = random.integers(4, 30_000, n) * 4
    image = random.zipf(1.5, n) % len(PATHS)
    ppid = np.where(parent >= 0, pid[parent], random.integers(4, 30_000, n) * 4)
    parent_image = np.where(parent >= 0, image[parent], image[::-1]) if named else np.full(n, -1)
    guids = None
    if with_guids:
        names = [f"b669e388-4a98-5ee0-0000-{number:012d}" for number in range(n)]
        guids = (list[str | None](names), [names[p] if p >= 0 else None for p in parent.tolist()])
    return host(pid, ppid, image, parent_image, guids)


def deep(n: int) -> HostEvents:
    return host(np.arange(n) + 10, np.arange(n) + 9, np.arange(n) % 7, np.full(n, -1))


def one_pid(n: int) -> HostEvents:
    return host(np.full(n, 77), np.full(n, 42), np.arange(n) % 7, np.arange(n) % 11)


def random_pids(n: int) -> HostEvents:
    random = np.random.default_rng(2)
    return host(
        random.integers(1, 65_536, n), random.integers(1, 65_536, n), random.integers(0, 500, n), random.integers(0, 500, n)
    )


CASES = {
    "guids": lambda: forest(ROWS, with_guids=True),
    "pids and names": lambda: forest(ROWS, with_guids=False),
    "pids only": lambda: forest(ROWS, with_guids=False, named=False),
    "random": lambda: random_pids(ROWS),
    "chain 100,000 deep": lambda: deep(DEEP),
    "100,000 of one pid": lambda: one_pid(DEEP),
}


@pytest.mark.parametrize("name", CASES)
def test_rate(name: str) -> None:
    events = CASES[name]()
    started = time.process_time()
    lineage = link(events)
    linked = time.process_time()
    result = chains(events, lineage)
    ended = time.process_time()
    n = len(events.row)
    print(f"\n{name}: {n:,} records, link {linked - started:.2f} s, chains {ended - linked:.2f} s, {len(result.keys):,} chains")
    assert n / (linked - started) > 150_000
