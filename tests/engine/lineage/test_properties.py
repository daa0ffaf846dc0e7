"""What holds for any records whatever, hostile ones included."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.lineage import HostEvents, Lineage, LinkMethod
from engine.domain.records import MAX_STEPS, ProcessEvent
from engine.lineage import chains, link
from engine.lineage.clock import CROSS_SLACK_US
from tests.engine.lineage.columns import columns_from_events

IMAGES = ["c:\\windows\\a.exe", "c:\\temp\\a.exe", "a.exe", "b.exe", "/usr/bin/sh", "/usr/bin/id", ""]
GUIDS = st.sampled_from([None, "g0", "g1", "g2", "g3"])
SMALL = st.one_of(st.none(), st.integers(0, 6))


def records(times: st.SearchStrategy[int | None]) -> st.SearchStrategy[list[tuple[ProcessEvent, int]]]:
    event = st.builds(
        ProcessEvent,
        kind=st.sampled_from(["sysmon1", "security4688", "auditd", "pair"]),
        image=st.sampled_from(IMAGES),
        time_us=times,
        pid=SMALL,
        ppid=SMALL,
        guid=GUIDS,
        parent_guid=GUIDS,
        parent_image=st.one_of(st.none(), st.sampled_from(IMAGES)),
        ancestors=st.lists(st.sampled_from(IMAGES), max_size=2).map(tuple),
        command_line=st.sampled_from([None, "x"]),
        record_id=st.sampled_from([None, "1", "2"]),
    )
    return st.lists(st.tuples(event, st.integers(1, 2)), max_size=14)


TIMES = st.one_of(st.none(), st.integers(0, 8).map(lambda n: n * 700_000), st.integers(-(2**62), 2**62))


def build(rows: list[tuple[ProcessEvent, int]], host: str = "h") -> HostEvents:
    return columns_from_events([event for event, _ in rows], host, [source for _, source in rows])


def ancestors(lineage: Lineage, node: int) -> list[int]:
    seen: list[int] = []
    while node >= 0:
        assert node not in seen
        seen.append(node)
        node = int(lineage.parent[node])
    return seen


@settings(max_examples=250, deadline=None)
@given(records(TIMES))
def test_the_result_is_a_forest_of_representatives(rows: list[tuple[ProcessEvent, int]]) -> None:
    events = build(rows)
    lineage = link(events)
    n = len(rows)
    merged = lineage.merged_into >= 0
    assert len(lineage.parent) == n + len(lineage.placeholder_image) == len(lineage.method) == len(lineage.exec_of)
    assert (lineage.parent[:n][merged] == -1).all()
    assert not merged[lineage.merged_into[merged]].any()
    real = lineage.parent[(lineage.parent >= 0) & (lineage.parent < n)]
    assert not merged[real].any()
    for node in range(len(lineage.parent)):
        ancestors(lineage, node)
    assert ((lineage.method == LinkMethod.NONE) == (lineage.parent < 0)).all()
    assert ((lineage.confidence >= 0) & (lineage.confidence <= 1)).all()


@settings(max_examples=250, deadline=None)
@given(records(st.integers(0, 8).map(lambda n: n * 700_000)))
def test_a_parent_by_pid_is_never_later_than_clocks_explain(rows: list[tuple[ProcessEvent, int]]) -> None:
    events = build(rows)
    lineage = link(events)
    for node in range(len(rows)):
        parent = int(lineage.parent[node])
        if lineage.method[node] == LinkMethod.PID_TIME and 0 <= parent < len(rows):
            first = node
            while lineage.exec_of[first] >= 0:
                first = int(lineage.exec_of[first])
            assert events.time_us[parent] <= events.time_us[first] + CROSS_SLACK_US


@settings(max_examples=200, deadline=None)
@given(records(st.integers(0, 8).map(lambda n: n * 700_000)), st.randoms(use_true_random=False))
def test_neither_the_order_of_records_nor_the_host_name_matters(rows: list[tuple[ProcessEvent, int]], random: object) -> None:
    rows = [(event, source) for event, source in rows]
    placed = [
        (ProcessEvent(**{f: getattr(e, f) for f in e.__struct_fields__} | {"position": i}), s) for i, (e, s) in enumerate(rows)
    ]
    order = list(range(len(placed)))
    random.shuffle(order)  # type: ignore[attr-defined]
    assert described(build(placed), range(len(placed))) == described(build([placed[i] for i in order], "other"), order)


def described(events: HostEvents, names: object) -> list[tuple[object, ...]]:
    """Each record's fate, in words that do not depend on node numbers."""
    lineage = link(events)
    chain = chains(events, lineage)
    name = [*list(names), -1]  # type: ignore[call-overload]
    n = len(events.row)
    fates = []
    for node in range(n):
        parent = int(lineage.parent[node])
        link_to = ("record", name[parent]) if 0 <= parent < n else ("placeholder", parent < 0)
        key = chain.keys[chain.of_node[node]] if chain.of_node[node] >= 0 else ""
        fates.append(
            (name[node], link_to, int(lineage.method[node]), name[lineage.merged_into[node]], name[lineage.exec_of[node]], key)
        )
    return sorted(fates)


@settings(max_examples=200, deadline=None)
@given(records(TIMES))
def test_chains_are_the_known_images_on_the_way_to_the_root(rows: list[tuple[ProcessEvent, int]]) -> None:
    events = build(rows)
    lineage = link(events)
    result = chains(events, lineage)
    image = np.concatenate([events.image, lineage.placeholder_image])
    for node in range(len(image)):
        path = [int(image[n]) for n in ancestors(lineage, node) if image[n] >= 0 and events.paths[image[n]]][:MAX_STEPS][::-1]
        row = result.of_node[node]
        ends = image[node] >= 0 and bool(events.paths[image[node]]) and (node >= len(rows) or lineage.merged_into[node] < 0)
        assert (row >= 0) == ends
        if row >= 0:
            assert result.steps[row][: result.lengths[row]].tolist() == path
            assert (result.steps[row][result.lengths[row] :] == -1).all()
    assert len(set(result.keys)) == len(result.keys)
