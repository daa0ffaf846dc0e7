"""Unique chains of a host: the images from the oldest known ancestor down to each process."""

from __future__ import annotations

import hashlib

import numpy as np

from engine.domain.arrays import Ints, Ints32
from engine.domain.chains import ChainSet
from engine.domain.lineage import HostEvents, Lineage
from engine.domain.records import MAX_STEPS
from engine.lineage.grouping import Mask, same_rows
from engine.progress import Check, unasked

_BLOCK = 1 << 18
"""Nodes whose steps are in memory at a time (40 bytes each)."""
_KEYED = 4096
"""Chains that are lists at a time: a million small lists at once keep the collector busy."""


def chains(events: HostEvents, lineage: Lineage, check: Check = unasked) -> ChainSet:
    """Return the last MAX_STEPS images of every process and placeholder, root first, unique.

    Placeholders end chains too: they are processes that ran, and their chain is what every child's chain begins with;
    counting processes per chain is the store's job and leaves them out. Steps without a known image are left
    out of chains, and a node without one ends none (`of_node` -1): its parent's chain already says all there is.
    `check` is asked every few thousand chains and every _BLOCK nodes.
    """
    image = np.concatenate([events.image, lineage.placeholder_image]).astype(np.int64)
    named = np.fromiter((bool(path) for path in events.paths), np.bool_, len(events.paths))
    known = image >= 0
    known[known] = named[image[known]]
    parent = _known_parents(lineage.parent, known)
    ends = known.copy()
    ends[: len(events.row)] &= lineage.merged_into < 0
    of_node = np.full(len(image), -1, np.int64)
    nodes = np.flatnonzero(ends)
    blocks = []
    count = 0
    for start in range(0, len(nodes), _BLOCK):
        check()
        part = nodes[start : start + _BLOCK]
        rows, number = _unique(_steps(part, parent, image))
        of_node[part] = number + count
        blocks.append(rows)
        count += len(rows)
    check()
    rows, number = _unique(np.concatenate(blocks) if blocks else np.zeros((0, MAX_STEPS), np.int32))
    of_node[nodes] = number[of_node[nodes]]
    lengths = (rows >= 0).sum(axis=1).astype(np.int32)
    return ChainSet(rows, lengths, chain_keys(rows, events.paths, check), of_node)


def _known_parents(parent: Ints, known: Mask) -> Ints:
    """Nearest ancestor with a known image, by pointer doubling: logarithmic in the longest run of unknown ones.

    Links that are no forest (nobody should pass such) end as well: what only leads around in a circle leads nowhere.
    """
    end = len(parent)
    jump = np.append(np.where(parent >= 0, parent, end), end)
    stop = np.append(known, True)
    for _ in range(end.bit_length()):
        onward = np.flatnonzero(~stop[jump])
        if not len(onward):
            break
        jump[onward] = jump[jump[onward]]
    return np.where((jump[:end] == end) | ~stop[jump[:end]], -1, jump[:end])


def _steps(nodes: Ints, parent: Ints, image: Ints) -> Ints32:
    """[len(nodes), MAX_STEPS] images, root first, padded with -1 at the end; one hop for all nodes at a time."""
    upward = np.full((len(nodes), MAX_STEPS), -1, np.int32)
    current = nodes.copy()
    alive = np.arange(len(nodes))
    for hop in range(MAX_STEPS):
        upward[alive, hop] = image[current[alive]]
        current[alive] = parent[current[alive]]
        alive = alive[current[alive] >= 0]
        if not len(alive):
            break
    length = (upward >= 0).sum(axis=1)
    place = length[:, None] - 1 - np.arange(MAX_STEPS)
    return np.where(place >= 0, np.take_along_axis(upward, np.maximum(place, 0), axis=1), np.int32(-1))


def _unique(rows: Ints32) -> tuple[Ints32, Ints]:
    """Unique rows in order of first appearance, and the number of each row's representative."""
    order, starts = same_rows(*np.ascontiguousarray(rows.T))
    first = order[starts]
    rank = np.empty(len(starts), np.int64)
    rank[np.argsort(first)] = np.arange(len(starts))
    number = np.empty(len(rows), np.int64)
    number[order] = np.repeat(rank, np.diff(np.append(starts, len(order))))
    return rows[np.sort(first)], number


def chain_keys(rows: Ints32, paths: tuple[str, ...], check: Check = unasked) -> list[str]:
    """32 hex digits of BLAKE2b over the steps' texts, joined by the unit separator."""
    encoded = [path.encode("utf-8", "surrogatepass") for path in paths]
    keys: list[str] = []
    for start in range(0, len(rows), _KEYED):
        check()
        part = rows[start : start + _KEYED].tolist()
        keys += [chain_key([encoded[step] for step in row if step >= 0]) for row in part]
    return keys


def chain_key(steps: list[bytes]) -> str:
    """The key of one chain, from its steps' folded paths as UTF-8: 32 hex digits."""
    return hashlib.blake2b(b"\x1f".join(steps), digest_size=16).hexdigest()
