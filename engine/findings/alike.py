"""Findings: incidents whose odd parts have the same chains and the same shapes of command lines, as one entry of the queue.

The hundredth identical logon script is not read again: it is one finding with a hundred occurrences. What was taken along is not
compared: whose web server it was, and what else its tree did, makes no difference.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Floats, Floats32, Ints, Ints32
from engine.domain.blocks import BLOCK, blocks, numbered, scatter
from engine.domain.chains import ChainCorpus
from engine.domain.mixing import mixed
from engine.domain.processes import ProcessTable
from engine.domain.scores import FindingSet
from engine.paths import basename

Flags = npt.NDArray[np.bool_]

NEXT = 0.3
"""What each further kind of step adds to a finding: this share of what its oddest variant is odder than everyday."""
MORE = 9
"""How many kinds do."""
ABOVE = 0.1
"""Between the lowest finding that is settled and the highest that is not."""
_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))


def findings_of(
    corpus: ChainCorpus, table: ProcessTable, incident: Ints32, odd: Flags, score: Floats32, everyday: float,
    settled: Flags | None = None,
) -> FindingSet:  # fmt: skip
    """Group incidents, number both by score. incident [n] any numbers, -1 for none; odd [n]; score [n]; settled [n]: processes
    whose findings stand above all others, in their order.

    Incidents without anything odd (no record, no score) are dissolved. everyday: see `finding_scores`.
    """
    place = np.flatnonzero(odd & (incident >= 0)).astype(np.int32)
    kept, of_place = _numbered_incidents(incident, place)
    variant, pair_chain, pair_shape = variants_of(table, place)
    group = _alike(of_place, variant, len(kept))
    owner, member, value = _odd_variants(group[of_place], variant, score[place], len(pair_chain))
    start = np.flatnonzero(_begins(owner))
    kind = step_kinds(programs_of(corpus), pair_chain, pair_shape)
    worth = _worth(owner, value, kind, member, start, everyday)
    if settled is not None:
        worth = _settled_first(worth, group[of_place[settled[place]]])
    # Ties go to the finding whose first variant comes first: chains come in the order of their keys.
    order = np.lexsort((member[start], -worth))
    number = np.empty(len(order), dtype=np.int32)
    number[order] = np.arange(len(order))
    lead = _leads(of_place, place, score, len(kept))
    del variant, of_place, place, owner, value, kind
    finding, lead, where = _in_order(incident, kept, number[group], lead, score)
    del group, number, kept
    return FindingSet(
        incident=where, odd=odd & (where >= 0), finding=finding, place=_places(finding), top=_tops(table, where, len(finding)),
        lead=lead, score=worth[order], keys=_keys(corpus, order, start, member, pair_chain, pair_shape),
        of_chain=_of_chain(table, where, finding, len(corpus)),
    )  # fmt: skip


def _settled_first(worth: Floats, settled: Ints32) -> Floats:
    """[f] what findings are worth, some of them more by the same: enough to be above all others."""
    first = np.zeros(len(worth), dtype=np.bool_)
    first[settled] = True
    if not first.any() or first.all():
        return worth
    return np.where(first, worth + max(float(worth[~first].max() - worth[first].min()), 0.0) + ABOVE, worth)


def _in_order(incident: Ints32, kept: Ints, finding: Ints32, lead: Ints32, score: Floats32) -> tuple[Ints32, Ints32, Ints32]:
    """[i] finding from 1 and [i] lead of incidents by finding, then the oddest first; [n] row of each process's incident, or -1.

    kept [i]: which of `incident` they are; finding from 0 and lead [i] in that order.
    """
    within = np.lexsort((lead, -score[lead], finding))
    row = np.full(int(incident.max(initial=-1)) + 2, -1, dtype=np.int32)
    row[kept[within]] = np.arange(len(within), dtype=np.int32)
    return finding[within] + np.int32(1), lead[within], row[incident]  # -1 is the last place, which is -1


def _places(finding: Ints32) -> Ints32:
    """[i] which one of its finding's each is, from 1; finding [i] ascending."""
    number = np.arange(len(finding), dtype=np.int32)
    return number - np.maximum.accumulate(np.where(_begins(finding), number, np.int32(0))) + np.int32(1)


def finding_scores(owner: Ints, value: Floats, kind: Ints, everyday: float) -> Floats:
    """[max(owner) + 1] the best value and NEXT of what the next MORE kinds of step are odder than everyday; -inf for owners
    without any.

    owner, value, kind (`step_kinds`) [m] of the variants that findings consist of, in any order. By what they are odder than
    everyday: else a build of a thousand ordinary steps would be above an attack of one odd one. Of each kind only the oddest: six
    workers that a test run starts, each with the interpreter of another directory, are one observation made six times. (Rejected:
    one by one. Such pools stood above later stages of intrusions; docs/detection.md.)
    """
    order = np.lexsort((-value, kind, owner))
    owner, value, kind = owner[order], value[order], kind[order]
    first = _begins(owner) | _begins(kind)
    owner, value = owner[first], value[first]
    order = np.lexsort((-value, owner))
    owner, value = owner[order], value[order]
    size = int(owner.max(initial=-1)) + 1
    nth = np.arange(len(owner)) - np.searchsorted(owner, np.arange(size))[owner]
    out = np.full(size, -np.inf)
    out[owner[nth == 0]] = value[nth == 0]
    further = (nth > 0) & (nth <= MORE)
    more = np.where(np.isfinite(value[further]), np.maximum(value[further] - everyday, 0.0), 0.0)
    return np.asarray(out + NEXT * np.bincount(owner[further], weights=more, minlength=size))


def programs_of(corpus: ChainCorpus) -> Ints:
    """[c] a number of the file names of each chain's steps in their order, wherever these lie; the same in every version."""
    names = [basename(path).encode("utf-8", "surrogatepass") for path in corpus.paths]
    name = np.frombuffer(b"".join(hashlib.blake2b(one, digest_size=8).digest() for one in names), dtype="<u8")
    out = np.zeros(len(corpus), dtype=np.uint64)
    for step in corpus.steps.T:
        has = step >= 0
        out[has] = mixed(out[has] ^ name[step[has]], _MIX[0])
    return out.view(np.int64)


def step_kinds(programs: Ints, chain: Ints | Ints32, shape: Ints) -> Ints:
    """[v] a number of each variant's kind of step: equal for the same file names in the same order and the same shape of command
    line. programs [c] (`programs_of`); chain, shape [v].
    """
    return mixed(programs[chain].view(np.uint64) ^ shape.view(np.uint64), _MIX[1]).view(np.int64)


def _worth(owner: Ints32, value: Floats32, kind: Ints, member: Ints32, start: Ints, everyday: float) -> Floats:
    """[f] `finding_scores`, for owners that follow each other from `start` [f] on: some findings at a time. kind [v] of variants,
    member [m] which of these each row is.
    """
    out = np.empty(len(start))
    begin = 0
    while begin < len(start):
        end = max(int(np.searchsorted(start, start[begin] + BLOCK)), begin + 1)
        rows = slice(int(start[begin]), int(start[end]) if end < len(start) else len(owner))
        own, kinds = owner[rows].astype(np.int64) - begin, kind[member[rows]]
        out[begin:end] = finding_scores(own, value[rows].astype(np.float64), kinds, everyday)
        begin = end
    return out


def _numbered_incidents(incident: Ints32, place: Ints32) -> tuple[Ints, Ints32]:
    """[i] the different incidents of processes at `place` [m], ascending, and [m] the position of each one's."""
    has = np.zeros(int(incident.max(initial=-1)) + 1, dtype=np.bool_)
    has[incident[place]] = True
    position = np.cumsum(has, dtype=np.int32) - np.int32(1)
    return np.flatnonzero(has), position[incident[place]]


def variants_of(table: ProcessTable, place: Ints32) -> tuple[Ints32, Ints, Ints]:
    """[m] number of the variant of each process at `place`, [v] chain and [v] shape of each; numbered by chain, then shape."""
    line = table.commands.shape if table.commands.shape is not None else np.zeros(len(table.commands), dtype=np.int64)
    shapes, of_line = numbered(np.append(line, 0))  # -1, no command line, is the last one
    codes, variant = numbered(_codes(table.chain[place], len(shapes), of_line[table.command[place]]))
    return variant, codes // len(shapes), shapes[codes % len(shapes)]


def _alike(incident: Ints32, variant: Ints32, count: int) -> Ints32:
    """[count] a number for each incident, equal for those of the same set of variants. incident, variant [m].

    By two 64-bit sums over the set, mixed: sets of a million incidents need not be put into order one by one.
    """
    width = int(variant.max(initial=0)) + 1
    pairs = _codes(incident, width, variant)
    pairs.sort()  # in place, where `distinct` would take a copy
    pairs = pairs[_begins(pairs)]
    sums = np.zeros((len(_MIX), count), dtype=np.uint64)
    for part in blocks(len(pairs)):
        owner, member = np.divmod(pairs[part], width)
        for row, mix in enumerate(_MIX):
            np.add.at(sums[row], owner, mixed(member.astype(np.uint64), mix))
    del pairs
    order = np.lexsort((sums[1], sums[0]))
    other = _begins(sums[0][order]) | _begins(sums[1][order])
    del sums
    group = np.empty(count, dtype=np.int32)
    group[order] = np.cumsum(other, dtype=np.int32) - np.int32(1)
    return group


def _begins(column: npt.NDArray[Any]) -> Flags:
    """[m] whether a row differs from the one before; the first does."""
    out = np.ones(len(column), dtype=np.bool_)
    np.not_equal(column[1:], column[:-1], out=out[1:])
    return out


def _codes(high: Ints32, width: int, low: Ints32) -> Ints:
    """[m] two numbers as one, low < width."""
    code = high.astype(np.int64)
    code *= width
    code += low
    return code


def _odd_variants(group: Ints32, variant: Ints32, score: Floats32, count: int) -> tuple[Ints32, Ints32, Floats32]:
    """Different pairs of group and variant (of `count`), in their order: both, and the highest score among their processes."""
    width = max(count, 1)
    pairs, of_pair = numbered(_codes(group, width, variant))
    value = np.full(len(pairs), -np.inf, dtype=np.float32)
    scatter(np.maximum, value, of_pair, score)
    del of_pair
    return (pairs // width).astype(np.int32), (pairs % width).astype(np.int32), value


def _leads(incident: Ints32, place: Ints32, score: Floats32, count: int) -> Ints32:
    """[count] the first of the oddest processes of each incident."""
    best = np.full(count, -np.inf, dtype=np.float32)
    scatter(np.maximum, best, incident, score[place])
    out = np.full(count, len(score), dtype=np.int32)
    oddest = score[place] == best[incident]
    scatter(np.minimum, out, incident[oddest], place[oddest])
    return out


def _tops(table: ProcessTable, where: Ints32, count: int) -> Ints32:
    """[i] the first process of each incident that has no other one of it above."""
    out = np.full(count, len(table), dtype=np.int32)
    for part in blocks(len(table)):
        own, parent = where[part], table.parent[part]
        top = (own >= 0) & ((parent < 0) | (where[parent] != own))
        np.minimum.at(out, own[top].astype(np.intp), (np.flatnonzero(top) + part.start).astype(np.int32))
    return out


def _keys(corpus: ChainCorpus, order: Ints, start: Ints, member: Ints32, chain: Ints, shape: Ints) -> tuple[str, ...]:
    """[f] digests over what findings consist of, in their `order`; each one's variants are in `member`, from its `start` on."""
    out: list[str] = []
    ends = np.append(start[1:], len(member))
    for part in blocks(len(order)):
        for begin, end in zip(start[order[part]].tolist(), ends[order[part]].tolist(), strict=True):
            made = hashlib.blake2b(digest_size=16)
            for one in sorted(f"{corpus.keys[chain[at]]}{shape[at]:016x}" for at in member[begin:end].tolist()):
                made.update(one.encode("ascii"))
            out.append(made.hexdigest())
    return tuple(out)


def _of_chain(table: ProcessTable, where: Ints32, finding: Ints32, chains: int) -> Ints:
    """[c] number of the best finding that covers a recorded process of each chain, 0 for none."""
    none = np.iinfo(np.int64).max
    out = np.full(chains, none)
    for part in blocks(len(table)):
        has = (where[part] >= 0) & (table.chain[part] >= 0) & (table.recorded[part] == 1)
        np.minimum.at(out, table.chain[part][has].astype(np.intp), finding[where[part][has]].astype(np.int64))
    return np.where(out == none, 0, out)
