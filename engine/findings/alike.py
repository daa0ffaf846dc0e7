"""Findings: incidents whose odd parts have the same chains and the same shapes of command lines, as one entry of the queue.

The hundredth identical logon script is not read again: it is one finding with a hundred occurrences. What was taken along is not
compared: whose web server it was, and what else its tree did, makes no difference.
"""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Floats, Floats32, Ints, Ints32
from engine.domain.chains import ChainCorpus
from engine.domain.processes import ProcessTable
from engine.domain.scores import FindingSet

Flags = npt.NDArray[np.bool_]

NEXT = 0.2
"""What each of the next variants of a finding adds: this share of what it is odder than everyday."""
MORE = 9
"""How many do."""
_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))


def findings_of(
    corpus: ChainCorpus, table: ProcessTable, incident: Ints32, odd: Flags, score: Floats32, everyday: float
) -> FindingSet:
    """Group incidents, number both by score. incident [n] any numbers, -1 for none; odd [n]; score [n].

    Incidents without anything odd (no record, no score) are dissolved. everyday: see `finding_scores`.
    """
    place = np.flatnonzero(odd & (incident >= 0))
    kept, of_place = np.unique(incident[place], return_inverse=True)
    variant, pair_chain, pair_shape = _variants(table, place)
    group = _alike(of_place, variant)
    owner, member, value = _odd_variants(group[of_place], variant, score[place])
    worth = finding_scores(owner, value, everyday)
    # Ties go to the finding whose first variant comes first: chains come in the order of their keys.
    first = np.full(len(worth), len(pair_chain), dtype=np.int64)
    np.minimum.at(first, owner, member)
    order = np.lexsort((first, -worth))
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(len(order))
    lead = _leads(of_place, place, score)
    finding = number[group]
    within = np.lexsort((lead, -score[lead], finding))
    row = np.empty(len(within), dtype=np.int64)
    row[within] = np.arange(len(within))
    finding = finding[within]
    begin = np.searchsorted(finding, finding)
    of_incident = np.full(int(incident.max(initial=-1)) + 2, -1, dtype=np.int32)
    of_incident[kept] = row
    where = of_incident[incident]  # -1 is the last place, which is -1
    return FindingSet(
        incident=where, odd=odd & (where >= 0), finding=(finding + 1).astype(np.int32),
        place=(np.arange(len(finding)) - begin + 1).astype(np.int32),
        top=_tops(table, where, len(finding)), lead=lead[within].astype(np.int32), score=worth[order],
        keys=_keys(corpus, number[owner], member, pair_chain, pair_shape, len(order)),
        of_chain=_of_chain(table, where, finding, len(corpus)),
    )  # fmt: skip


def finding_scores(owner: Ints, value: Floats, everyday: float) -> Floats:
    """[max(owner) + 1] the best value and NEXT of what the next MORE are odder than everyday; -inf for owners without any.

    owner, value [m] of the variants that findings consist of, in any order. By what they are odder than everyday: else a build of
    a thousand ordinary steps would be above an attack of one odd one.
    """
    order = np.lexsort((-value, owner))
    owner, value = owner[order], value[order]
    size = int(owner.max(initial=-1)) + 1
    nth = np.arange(len(owner)) - np.searchsorted(owner, np.arange(size))[owner]
    out = np.full(size, -np.inf)
    out[owner[nth == 0]] = value[nth == 0]
    further = (nth > 0) & (nth <= MORE)
    more = np.where(np.isfinite(value[further]), np.maximum(value[further] - everyday, 0.0), 0.0)
    return np.asarray(out + NEXT * np.bincount(owner[further], weights=more, minlength=size))


def _variants(table: ProcessTable, place: Ints) -> tuple[Ints, Ints, Ints]:
    """[m] number of the variant of each process at `place`, [v] chain and [v] shape of each; numbered by chain, then shape."""
    shapes, shape = np.unique(table.shapes()[place], return_inverse=True)
    code = table.chain[place].astype(np.int64) * len(shapes) + shape
    codes, variant = np.unique(code, return_inverse=True)
    return variant, codes // max(len(shapes), 1), shapes[codes % max(len(shapes), 1)]


def _alike(incident: Ints, variant: Ints) -> Ints:
    """[i] a number for each incident, equal for those of the same set of variants. incident, variant [m].

    By two 64-bit sums over the set, mixed: sets of a million incidents need not be put into order one by one.
    """
    width = int(variant.max(initial=0)) + 1
    pairs = np.unique(incident * width + variant)
    owner, member = pairs // width, (pairs % width).astype(np.uint64)
    sums = np.zeros((int(incident.max(initial=-1)) + 1, len(_MIX)), dtype=np.uint64)
    for column, mix in enumerate(_MIX):
        np.add.at(sums[:, column], owner, _mixed(member, mix))
    return np.unique(sums, axis=0, return_inverse=True)[1].reshape(-1)


def _mixed(number: npt.NDArray[np.uint64], by: np.uint64) -> npt.NDArray[np.uint64]:
    """splitmix64: the same in every version."""
    with np.errstate(over="ignore"):
        z = (number + np.uint64(1)) * by
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def _odd_variants(group: Ints, variant: Ints, score: Floats32) -> tuple[Ints, Ints, Floats]:
    """Different pairs of group and variant: both, and the highest score among their processes."""
    width = int(variant.max(initial=0)) + 1
    pairs, inverse = np.unique(group * width + variant, return_inverse=True)
    value = np.full(len(pairs), -np.inf)
    np.maximum.at(value, inverse, score.astype(np.float64))
    return pairs // width, pairs % width, value


def _leads(incident: Ints, place: Ints, score: Floats32) -> Ints:
    """[i] the first of the oddest processes of each incident."""
    order = np.lexsort((place, -score[place], incident))
    first = np.searchsorted(incident[order], np.arange(int(incident.max(initial=-1)) + 1))
    return place[order][first]


def _tops(table: ProcessTable, where: Ints32, count: int) -> Ints32:
    """[i] the first process of each incident that has no other one of it above."""
    inside = np.flatnonzero(where >= 0)
    parent = table.parent[inside]
    top = inside[(parent < 0) | (where[parent] != where[inside])]
    out = np.full(count, len(table), dtype=np.int64)
    np.minimum.at(out, where[top], top)
    return out.astype(np.int32)


def _keys(corpus: ChainCorpus, owner: Ints, member: Ints, chain: Ints, shape: Ints, count: int) -> tuple[str, ...]:
    """[f] digests over what findings consist of. owner, member [m]: finding and variant."""
    order = np.lexsort((member, owner))
    ends = np.cumsum(np.bincount(owner, minlength=count)).tolist()
    member, begin, out = member[order], 0, []
    for end in ends:
        made = hashlib.blake2b(digest_size=16)
        for one in sorted(f"{corpus.keys[chain[at]]}{shape[at]:016x}" for at in member[begin:end].tolist()):
            made.update(one.encode("ascii"))
        out.append(made.hexdigest())
        begin = end
    return tuple(out)


def _of_chain(table: ProcessTable, where: Ints32, finding: Ints, chains: int) -> Ints:
    """[c] number of the best finding that covers a recorded process of each chain, 0 for none."""
    has = np.flatnonzero((where >= 0) & (table.chain >= 0) & (table.recorded == 1))
    none = np.iinfo(np.int64).max
    out = np.full(chains, none)
    np.minimum.at(out, table.chain[has], finding[where[has]] + 1)
    return np.where(out == none, 0, out)
