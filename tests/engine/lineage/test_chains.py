"""Chains: identity, length, hosts of extreme shape."""

from __future__ import annotations

import hashlib
import time

import numpy as np

from engine.domain.lineage import HostEvents
from engine.domain.records import MAX_STEPS, ProcessEvent
from engine.lineage import chains, link
from tests.engine.lineage.columns import columns_from_events


def event(image: str, pid: int, ppid: int, at: int) -> ProcessEvent:
    return ProcessEvent(kind="auditd", os="linux", image=image, pid=pid, ppid=ppid, time_us=at)


def test_key_is_the_hash_of_the_texts_root_first() -> None:
    events = columns_from_events([event("/usr/sbin/sshd", 2, 0, 0), event("/bin/b\udc80sh", 3, 2, 1)])
    result = chains(events, link(events))
    text = b"/usr/sbin/sshd\x1f" + "/usr/bin/b\udc80sh".encode("utf-8", "surrogatepass")
    assert result.keys[result.of_node[1]] == hashlib.blake2b(text, digest_size=16).hexdigest()


def test_only_the_last_steps_count_and_named_parents_are_in() -> None:
    rows = [ProcessEvent(kind="sequence", image="leaf", parent_image="p0", ancestors=tuple(f"p{n}" for n in range(1, 40)))] * 3
    events = columns_from_events(rows)
    result = chains(events, link(events))
    assert len(set(result.of_node[:3])) == 1
    steps = [events.paths[step] for step in result.steps[result.of_node[0]]]
    assert steps == [f"p{n}" for n in range(MAX_STEPS - 2, -1, -1)] + ["leaf"]


def test_nodes_without_an_image_are_skipped_and_end_no_chain() -> None:
    events = columns_from_events([event("/a", 2, 0, 0), event("", 3, 2, 1), event("/b", 4, 3, 2)])
    result = chains(events, link(events))
    assert result.of_node[1] == -1
    assert [events.paths[step] for step in result.steps[result.of_node[2]][:2]] == ["/a", "/b"]


def test_depth_costs_nothing() -> None:
    n = 100_000
    none = np.full(n, -1)
    events = HostEvents(
        host="", row=np.arange(n), kind=np.zeros(n, np.int8), kinds=("auditd",), source=np.zeros(n, np.int32),
        position=np.arange(n),        time_us=np.arange(n), pid=np.arange(n) + 2, ppid=np.arange(n) + 1,
        guid=[None] * n, parent_guid=[None] * n,
        image=(np.arange(n) % 3).astype(np.int32), parent_image=none.astype(np.int32), ancestors={}, command=none,
        paths=("/a", "/b", "/c"),
    )  # fmt: skip
    started = time.process_time()
    lineage = link(events)
    result = chains(events, lineage)
    assert time.process_time() - started < 5
    assert lineage.parent[1:n].tolist() == list(range(n - 1))
    assert len(result.keys) == MAX_STEPS + 2
