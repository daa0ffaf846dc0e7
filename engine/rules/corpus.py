"""Rules applied to chains: what a detector with rules reads instead of the recorded chains.

The store keeps chains as they were recorded: verdicts refer to them, and rules change. A model normalises what it reads.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.domain.arrays import Ints, Ints32
from engine.domain.chains import ChainCorpus
from engine.domain.distinct import distinct
from engine.domain.processes import ProcessTable
from engine.rules.apply import Normaliser
from engine.rules.rule import RuleSet


@dataclass(frozen=True, slots=True)
class ChainEffect:
    """What rules do to the chains of a case."""

    chains: int
    changed: int
    """Chains of which a step became another text."""
    different: int
    """Different chains afterwards."""
    paths: int
    different_paths: int


@dataclass(frozen=True, slots=True)
class ChangedChain:
    """A chain that reads otherwise under other rules."""

    key: str
    """As it was recorded: what `oddkin show` takes."""
    before: tuple[str, ...]
    """Texts of its steps under the old rules, root first."""
    after: tuple[str, ...]
    count: int
    """Processes."""
    joins: int
    """Other chains of the case that read the same under the new rules and did not under the old ones."""
    parts_from: int
    """Other chains that read the same under the old rules and no longer do."""


@dataclass(frozen=True, slots=True)
class ChainChanges:
    """What exchanging one rule set for another does to the chains of a case."""

    before: ChainEffect
    after: ChainEffect
    changed: int
    """Chains that read otherwise."""
    processes: int
    """Of these chains."""
    chains: tuple[ChangedChain, ...]
    """The commonest of them."""


def normalised(corpus: ChainCorpus, rules: RuleSet, table: ProcessTable | None = None) -> tuple[ChainCorpus, ProcessTable | None]:
    """The same rows over normalised paths, keys of changed chains computed anew; the table's images follow the paths."""
    if not len(rules):
        return corpus, table
    paths, place = _paths(corpus.paths, rules)
    steps = np.where(corpus.steps >= 0, place[corpus.steps], -1).astype(np.int32)
    changed = np.array([paths[new] != old for new, old in zip(place[:-1].tolist(), corpus.paths, strict=True)] + [False])
    keys = list(corpus.keys)
    for row in np.flatnonzero(changed[corpus.steps].any(axis=1)).tolist():
        keys[row] = chain_key([paths[step] for step in steps[row, : corpus.lengths[row]]])
    moved = table and replace(table, image=np.where(table.image >= 0, place[table.image], -1).astype(np.int32))
    return replace(corpus, paths=paths, steps=steps, keys=keys), moved


def merged(corpus: ChainCorpus, table: ProcessTable | None = None) -> tuple[ChainCorpus, ProcessTable | None]:
    """Rows of equal keys as one, counts added up: what a detector learns from. The first row's id stays."""
    first: dict[str, int] = {}
    of_row = numbered(corpus.keys, first)
    if len(first) == len(corpus):
        return corpus, table
    rows = np.full(len(first), len(corpus), dtype=np.int64)
    np.minimum.at(rows, of_row, np.arange(len(corpus)))
    times = np.full(len(first), np.iinfo(np.int64).max)
    np.minimum.at(times, of_row, corpus.first_us)
    # A host that had both chains counts twice: an upper bound is all that the columns allow, and no more than all hosts.
    hosts = np.minimum(_summed(of_row, corpus.hosts.astype(np.int64), len(first)), max(corpus.host_total, 1))
    out = replace(
        corpus, ids=corpus.ids[rows], keys=list(first), steps=corpus.steps[rows], lengths=corpus.lengths[rows],
        counts=_summed(of_row, corpus.counts, len(first)), hosts=hosts.astype(np.int32), first_us=times,
    )  # fmt: skip
    chain = None if table is None else np.append(of_row, -1)[table.chain].astype(np.int32)
    return out, None if table is None or chain is None else replace(table, chain=chain)


def numbered(keys: Sequence[str], first: dict[str, int] | None = None) -> Ints:
    """[c] number of each key in the order of first appearance, which `first` is filled with."""
    first = {} if first is None else first
    return np.array([first.setdefault(key, len(first)) for key in keys], dtype=np.int64)


def _effect(corpus: ChainCorpus, after: ChainCorpus) -> ChainEffect:
    """Count what becomes of recorded chains."""
    used = distinct(after.steps[after.steps >= 0])
    before = distinct(corpus.steps[corpus.steps >= 0])
    changed = sum(old != new for old, new in zip(corpus.keys, after.keys, strict=True))
    return ChainEffect(len(corpus), changed, len(set(after.keys)), len(before), len(used))


def changes(corpus: ChainCorpus, old: RuleSet, new: RuleSet, limit: int = 10) -> ChainChanges:
    """Which chains a change of the rules changes, the commonest first, at most `limit` of them told one by one."""
    one, two = normalised(corpus, old)[0], normalised(corpus, new)[0]
    rows = np.array([at for at, (a, b) in enumerate(zip(one.keys, two.keys, strict=True)) if a != b], dtype=np.int64)
    group_old, group_new = _groups(one.keys), _groups(two.keys)
    changed = []
    for row in rows[np.argsort(-corpus.counts[rows], kind="stable")][:limit].tolist():
        was, now = group_old[one.keys[row]], group_new[two.keys[row]]
        changed.append(
            ChangedChain(
                corpus.keys[row], _texts(one, row), _texts(two, row), int(corpus.counts[row]), len(now - was), len(was - now)
            )
        )  # fmt: skip
    return ChainChanges(
        _effect(corpus, one), _effect(corpus, two), len(rows), int(corpus.counts[rows].sum()), tuple(changed)
    )  # fmt: skip


def _groups(keys: Sequence[str]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for row, key in enumerate(keys):
        found.setdefault(key, set()).add(row)
    return found


def _texts(corpus: ChainCorpus, row: int) -> tuple[str, ...]:
    return tuple(corpus.paths[step] for step in corpus.steps[row, : corpus.lengths[row]].tolist())


def chain_key(steps: list[str]) -> str:
    """As engine.lineage.chainset writes it: 32 hex digits of BLAKE2b over the steps' texts."""
    text = b"\x1f".join([step.encode("utf-8", "surrogatepass") for step in steps])
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def _paths(paths: tuple[str, ...], rules: RuleSet) -> tuple[tuple[str, ...], Ints32]:
    """Unique normalised paths, and for each old index the new one (-1 at the end, for -1)."""
    normaliser = Normaliser(rules)
    number: dict[str, int] = {}
    place = [number.setdefault(normaliser.path(path), len(number)) for path in paths]
    return tuple(number), np.array([*place, -1], dtype=np.int32)


def _summed(of_row: Ints, values: Ints, size: int) -> Ints:
    out = np.zeros(size, dtype=np.int64)
    np.add.at(out, of_row, values)
    return out
