"""Findings as incidents: the processes of one subtree below a hub are one thing to read, however many chains they make.

A chain may occur in many subtrees, and a reader wants it once: it belongs to the best incident that it occurs in. So every
chain is in exactly one finding, subtrees that consist of the same chains are one finding (the hundredth identical logon
script is not read again), and what is left of a subtree after better ones took its chains is scored by what is left.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from engine.domain.arrays import Floats, Ints
from engine.domain.chains import ChainCorpus
from engine.domain.distinct import distinct
from engine.domain.processes import ProcessTable
from engine.domain.scores import FindingSet
from engine.knowledge.build_tree import Flags, hub_paths
from engine.paths import basename

NEXT = 0.15
"""What each of the next chains of an incident adds to its first one's score."""
MORE = 9
"""How many do. Two at 0.3, as it was, ranked a single odd start above an attack of many steps."""
ROUNDS = 32
"""Looks upwards, each twice as far as the one before: enough for any depth."""
LAUNCHERS = frozenset({"explorer.exe", "msiexec.exe"})
"""Hubs beside those of `hub_paths`: what they start has nothing in common but the user's desktop or the installer service."""


def incident_hubs(paths: Sequence[str]) -> Flags:
    """[p] paths below which each child begins an incident of its own."""
    return hub_paths(paths) | np.array([basename(path) in LAUNCHERS for path in paths], dtype=np.bool_)


def subtrees(corpus: ChainCorpus, table: ProcessTable, hubs: Flags | None = None) -> Ints:
    """[n] the topmost process below the nearest hub above each process, as an index into the table; a hub is its own.

    Processes that only know the same missing parent stay together: the parent is a placeholder, and has an index.
    """
    hubs = incident_hubs(corpus.paths) if hubs is None else hubs
    hub = np.append(hubs, False)[table.image]
    parent = table.parent.astype(np.int64)
    # Where a process is not the top itself, its parent's top is its own.
    step = np.where((parent >= 0) & ~hub[np.maximum(parent, 0)] & ~hub, parent, np.arange(len(table)))
    for _ in range(ROUNDS):
        further = step[step]
        if (further == step).all():
            break
        step = further
    return step


def chain_findings(corpus: ChainCorpus, table: ProcessTable, score: Floats) -> FindingSet:
    """The findings of a scored corpus. A chain without a process in the table is a finding of its own.

    score [c]. The result does not depend on the order of processes; of chains with equal scores the first row goes first, and
    a store gives rows in the order of their keys. (Their ids, as it was, are of the order of ingest.)
    """
    there = table.chain >= 0
    number, value = group_chains(subtrees(corpus, table)[there], table.chain[there].astype(np.int64), score)
    order = np.argsort(number, kind="stable")
    ends = np.cumsum(np.bincount(number, minlength=len(value)))
    keys, begin = [], 0
    for end in ends.tolist():
        members = sorted(corpus.keys[row] for row in order[begin:end].tolist())
        keys.append(hashlib.blake2b("".join(members).encode("ascii"), digest_size=16).hexdigest())
        begin = end
    return FindingSet(number + 1, value, tuple(keys))


def group_chains(tops: Ints, chain: Ints, score: Floats, ids: Ints | None = None) -> tuple[Ints, Floats]:
    """[c] number of each chain's finding, 0 the best; [k] score of each finding.

    tops [m] from `subtrees` and chain [m] of m processes; score [c]; ids [c] break ties between chains, so that equal
    inputs in another order give the same findings.
    """
    count = len(score)
    place = np.empty(count, dtype=np.int64)
    place[np.lexsort((np.arange(count) if ids is None else ids, -_known(score)))] = np.arange(count)
    by_place = np.empty(count)
    by_place[place] = _known(score)
    incident, member = _incidents(tops, place[chain], by_place)
    # Best incident first; the first that holds a chain keeps it.
    order = np.lexsort((member, incident))
    held, first = np.unique(member[order], return_index=True)
    owner = np.full(count, -1, dtype=np.int64)
    owner[held] = incident[order][first]
    alone = np.flatnonzero(owner < 0)
    owner[alone] = incident.max(initial=-1) + 1 + np.arange(len(alone))
    number, value = _ranked(owner, by_place)
    return number[place], value


def incident_scores(owner: Ints, member: Ints, score: Floats) -> Floats:
    """[max(owner) + 1] the best chain's score and NEXT of the next MORE's, for members [m] (rows of score) of owners [m].

    `score` falls with the row. Owners without members get -inf.
    """
    order = np.lexsort((member, owner))
    owner, member = owner[order], member[order]
    size = int(owner.max(initial=-1)) + 1
    start = np.searchsorted(owner, np.arange(size))
    nth = np.arange(len(owner)) - start[owner]
    out = np.full(size, -np.inf)
    out[owner[nth == 0]] = score[member[nth == 0]]
    for further in range(1, MORE + 1):
        at = nth == further
        more = score[member[at]]
        out[owner[at]] += NEXT * np.where(np.isfinite(more), more, 0.0)
    return out


def _incidents(tops: Ints, member: Ints, score: Floats) -> tuple[Ints, Ints]:
    """Pairs (incident, chain) of the different sets of chains that subtrees consist of; incident 0 is the best.

    Ties go to the set whose chains come first, which depends on nothing but the chains.
    """
    pairs = distinct(tops * (len(score) + 1) + member)
    top, member = np.divmod(pairs, len(score) + 1)
    _, start = np.unique(top, return_index=True)
    packed = member.astype(">u4")
    ends = np.append(start, len(member))[1:].tolist()
    kinds = list({packed[begin:end].tobytes() for begin, end in zip(start.tolist(), ends, strict=True)})
    sizes = np.array([len(kind) // 4 for kind in kinds], dtype=np.int64)
    owner = np.repeat(np.arange(len(kinds)), sizes)
    member = np.frombuffer(b"".join(kinds), dtype=">u4").astype(np.int64)
    value = incident_scores(owner, member, score)
    best = sorted(range(len(kinds)), key=lambda kind: (-value[kind], kinds[kind]))
    rank = np.empty(len(kinds), dtype=np.int64)
    rank[best] = np.arange(len(kinds))
    return rank[owner], member


def _ranked(owner: Ints, score: Floats) -> tuple[Ints, Floats]:
    """[c] number of each owner's finding by the score of what it holds, and [k] these scores. Rows are chains, best first."""
    _, first, owner = np.unique(owner, return_index=True, return_inverse=True)
    value = incident_scores(owner, np.arange(len(owner)), score)
    order = np.lexsort((first, -value))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[owner], value[order]


def _known(score: Floats) -> Floats:
    """NaN is no score; it comes last."""
    return np.nan_to_num(score, nan=-np.inf, neginf=-np.inf)
