"""Of some hosts the records that are to be kept, with their links: what findings are of, and the way up from there.

A worker makes the links of the host once more, which gives the same ones, and hands on what was asked for. Rejected: to keep the
links of all hosts until it is known what is wanted of them, which costs a worker as much memory as the records.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Ints, Ints32
from engine.domain.chains import ChainSet
from engine.domain.distinct import distinct
from engine.domain.lineage import Lineage
from engine.domain.records import ProcessEnd, ProcessEvent
from engine.fleet.events import end_columns, records_of
from engine.fleet.packed import HostBlock, events_in
from engine.fleet.part import hosts_of
from engine.lineage import chains, link
from engine.progress import Check, unasked

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PickedHost:
    """Records of a host and what they are linked to; r records, q placeholders."""

    key: str
    records: list[tuple[int, list[ProcessEvent]]]
    """(source, its records), in the order of the host's records."""
    nodes: Ints
    """[r + q] which nodes of the host they are (`engine.fleet.part.COLUMNS`)."""
    lineage: Lineage
    """Of these alone. Its images are indices into `paths`."""
    chains: ChainSet
    """The chains that they end in."""
    paths: tuple[str, ...]
    ends: list[tuple[int, ProcessEnd]]
    """(source, record) of the ends of these processes, as `Lineage.end_of` has them."""


def picked(
    blocks: Iterable[HostBlock], ranks: Mapping[int, int], wanted: Mapping[str, Ints], check: Check = unasked
) -> list[PickedHost]:
    """The hosts of a part of which something is wanted. wanted: key -> nodes; what these hang from comes with them, and the
    second records of a process with the first.
    """
    found = []
    for key, _, own in hosts_of(blocks, ranks):
        if key in wanted:
            check()
            found.append(_picked(key, own, ranks, wanted[key], check))
    return found


def _picked(key: str, blocks: Sequence[HostBlock], ranks: Mapping[int, int], wanted: Ints, check: Check) -> PickedHost:
    events = records_of(key, blocks, ranks, check).events
    lineage = link(events, check)
    chosen = _with_ancestors(lineage, wanted)
    size = len(events.row)
    of_chain = chains(events, lineage, check)
    nodes = np.flatnonzero(chosen)
    rows, missing = nodes[nodes < size], nodes[nodes >= size] - size
    place = np.full(len(chosen) + 1, -1, np.int64)
    place[nodes] = np.arange(len(nodes))
    ends_in = of_chain.of_node.copy()
    ends_in[~np.isin(ends_in, ends_in[:size])] = -1  # only chains that a record of the host ends in are kept
    own_chain = ends_in[nodes]
    used = distinct(own_chain[own_chain >= 0])
    number = np.full(len(of_chain.keys) + 1, -1, np.int64)
    number[used] = np.arange(len(used))
    steps, images = of_chain.steps[used], lineage.placeholder_image[missing]
    texts, of_path = _texts(events.paths, distinct(steps, images))
    ended = np.flatnonzero((lineage.end_of >= 0) & np.append(chosen, False)[lineage.end_of])
    return PickedHost(
        key,
        _records(blocks, rows),
        nodes,
        Lineage(
            merged_into=place[lineage.merged_into[rows]],
            parent=place[lineage.parent[nodes]],
            method=lineage.method[nodes],
            confidence=lineage.confidence[nodes],
            exec_of=place[lineage.exec_of[nodes]],
            placeholder_image=of_path[images],
            placeholder_pid=lineage.placeholder_pid[missing],
            placeholder_guid=[lineage.placeholder_guid[one] for one in missing.tolist()],
            placeholder_time_us=lineage.placeholder_time_us[missing],
            end_of=place[lineage.end_of[ended]],
        ),
        ChainSet(of_path[steps], of_chain.lengths[used], [of_chain.keys[one] for one in used.tolist()], number[own_chain]),
        texts,
        _ends(blocks, ended),
    )


def _with_ancestors(lineage: Lineage, wanted: Ints) -> Flags:
    """[n + m] what is wanted, what it hangs from, and the second records of all that."""
    chosen = np.zeros(len(lineage.parent), np.bool_)
    further = wanted
    while len(further):
        chosen[further] = True
        above = np.concatenate([lineage.parent[further], lineage.exec_of[further]])
        further = distinct(above[(above >= 0) & ~np.append(chosen, False)[above]])
    second = np.flatnonzero(lineage.merged_into >= 0)
    chosen[second[chosen[lineage.merged_into[second]]]] = True
    return chosen


def _texts(paths: Sequence[str], used: Ints32) -> tuple[tuple[str, ...], Ints32]:
    """The paths that are used, and where each went; the last, -1, stays that."""
    kept = used[used >= 0]
    place = np.full(len(paths) + 1, -1, np.int32)
    place[kept] = np.arange(len(kept))
    return tuple(paths[path] for path in kept.tolist()), place


def _records(blocks: Sequence[HostBlock], rows: Ints) -> list[tuple[int, list[ProcessEvent]]]:
    found: list[tuple[int, list[ProcessEvent]]] = []
    begin = 0
    for one in blocks:
        size = one.size
        own = rows[(rows >= begin) & (rows < begin + size)] - begin
        begin += size
        if len(own):
            if not found or found[-1][0] != one.source:
                found.append((one.source, []))
            found[-1][1].extend(events_in(one, own))
    return found


def _ends(blocks: Sequence[HostBlock], ended: Ints) -> list[tuple[int, ProcessEnd]]:
    every = [
        (one.source, guid, *numbers)
        for one, table, guids in end_columns(blocks)
        for guid, numbers in zip(guids, table.T.tolist(), strict=True)
    ]
    return [
        (source, ProcessEnd(position=position, time_us=time, pid=pid, guid=guid))
        for source, guid, time, pid, position in (every[place] for place in ended.tolist())
    ]
