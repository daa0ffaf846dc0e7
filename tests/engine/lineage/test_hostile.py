"""Random hostile logs of 2 to 6 records: no circle, no lost subtree, every chain ends. With ends, clocks that were set, twins."""

from __future__ import annotations

import random

import numpy as np
import pytest
from msgspec.structs import replace

from engine.domain.lineage import HostEvents, Lineage
from engine.domain.records import MAX_STEPS, ProcessEnd, ProcessEvent
from engine.lineage import chains, link
from tests.engine.lineage.columns import columns_from_events

SYSTEMS = {
    "windows": (("sysmon1", "security4688", "ecs", "eql"), ("c:\\a.exe", "c:\\t\\a.exe", "a.exe", "")),
    "linux": (("auditd", "sysmon-linux", "strace", "ecs"), ("/bin/sh", "/tmp/sh", "sh", "")),
}
GUIDS = (None, None, "g0", "g1", "g2", "00000000-0000-0000-0000-000000000000")
TIMES = (None, 0, 1, 50_000, 1_000_000, 3_000_000, 200_000_000, 90_000_000_000, -(2**62), 2**62)
SHORT, LONG = 400, 4_000


def hostile(draw: random.Random, system: str) -> tuple[HostEvents, int]:
    """Columns of a log, and how many records it has."""
    events, ends = hostile_records(draw, system)
    set_at = [at for at in draw.choices(TIMES, k=draw.randint(0, 2)) if at is not None]
    sources = [1, 1, *draw.choices((1, 2), k=len(events) - 2)]
    return columns_from_events(events, "h", sources, [(end, draw.randint(1, 3)) for end in ends], set_at), len(events)


def hostile_records(draw: random.Random, system: str) -> tuple[list[ProcessEvent], list[ProcessEnd]]:
    """A log of 2 to 6 records, and ends."""
    kinds, images = SYSTEMS[system]

    def some(values: tuple[int | None, ...] | range) -> int | None:
        return draw.choice(values)

    def one(position: int) -> ProcessEvent:
        return ProcessEvent(
            kind=draw.choice(kinds), image=draw.choice(images), os=draw.choice([system, ""]), time_us=some(TIMES),
            pid=some((None, 0, 1, 2, 3)), ppid=some((None, 0, 1, 2, 3)), guid=draw.choice(GUIDS),
            parent_guid=draw.choice(GUIDS), parent_image=draw.choice([None, *images]),
            ancestors=tuple(draw.choices(images, k=draw.choice((0, 0, 0, 2)))), command_line=draw.choice([None, "x"]),
            record_id=draw.choice([None, "1", "2", "3", "x"]), position=draw.choice((0, position)),
        )  # fmt: skip

    events = [one(position) for position in range(draw.randint(2, 6))]
    if draw.random() < 0.2:  # chance alone hardly ever makes a clock go back
        above, below = events[:2]
        events[0] = replace(above, kind=kinds[0], image=images[0], pid=3, guid=None, time_us=4_000_000, record_id="1")
        events[1] = replace(below, kind=kinds[0], parent_image=images[0], ppid=3, parent_guid=None, time_us=1, record_id="2")
    ends = [
        ProcessEnd(position=draw.randrange(4), time_us=some(TIMES), pid=some((None, 0, 1, 2, 3)), guid=draw.choice(GUIDS))
        for _ in range(draw.randint(0, 3))
    ]
    return events, ends


def reached(lineage: Lineage) -> set[int]:
    """What is drawn from the roots downwards."""
    below: dict[int, list[int]] = {}
    for node, parent in enumerate(lineage.parent.tolist()):
        below.setdefault(parent, []).append(node)
    waiting, seen = list(below.get(-1, ())), set[int]()
    while waiting:
        node = waiting.pop()
        assert node not in seen
        seen.add(node)
        waiting += below.get(node, ())
    return seen


def check(system: str, seeds: range) -> None:
    for seed in seeds:
        events, size = hostile(random.Random(f"{system} {seed}"), system)
        lineage = link(events)
        assert reached(lineage) == set(range(len(lineage.parent))), seed
        merged = lineage.merged_into
        assert (lineage.parent[:size][merged >= 0] == -1).all(), seed
        assert (merged[merged[merged >= 0]] == -1).all(), seed
        assert not set(np.flatnonzero(merged >= 0).tolist()) & set(lineage.parent.tolist()), seed
        found = chains(events, lineage)
        assert ((found.lengths > 0) & (found.lengths <= MAX_STEPS)).all(), seed
        known = (events.image >= 0) & (merged < 0) & np.array([bool(events.paths[place]) for place in events.image])
        assert (found.of_node[:size][known] >= 0).all(), seed
        assert len(lineage.end_of) == len(events.ends.pid), seed
        assert (lineage.end_of < size).all() and (merged[lineage.end_of[lineage.end_of >= 0]] < 0).all(), seed  # noqa: PT018


@pytest.mark.parametrize("system", SYSTEMS)
def test_no_log_makes_a_circle_or_hides_a_subtree(system: str) -> None:
    check(system, range(SHORT))


@pytest.mark.slow
@pytest.mark.parametrize("system", SYSTEMS)
def test_no_log_of_four_thousand_makes_a_circle_or_hides_a_subtree(system: str) -> None:
    check(system, range(SHORT, SHORT + LONG))


def test_these_logs_have_all_there_is_to_them() -> None:
    """Ends that close, parents by a clock that went back, twins, programs, placeholders."""
    seen = {"ended": 0, "step": 0, "merged": 0, "replaced": 0, "missing": 0}
    for seed in range(SHORT):
        for system in SYSTEMS:
            lineage = link(hostile(random.Random(f"{system} {seed}"), system)[0])
            seen["ended"] += bool((lineage.end_of >= 0).any())
            seen["step"] += bool(np.isclose(lineage.confidence, 0.7).any())
            seen["merged"] += bool((lineage.merged_into >= 0).any())
            seen["replaced"] += bool((lineage.exec_of >= 0).any())
            seen["missing"] += bool(len(lineage.placeholder_pid))
    assert min(seen.values()) > 5, seen
