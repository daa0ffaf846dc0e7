"""The shipped starter in memory: one block per source and operating system, so that a source can be left out.

A recording that went into the starter must not be judged by it. Every block therefore knows the SHA-256 of the files that
it was made of; whoever trains on one of those files gets the starter without that source (`StarterPack.sources_of`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.domain.arrays import NO_TIME, Ints, Ints32
from engine.domain.chains import ChainCorpus
from engine.domain.corpora import joined
from engine.domain.distinct import distinct
from engine.domain.processes import CommandWords, ProcessTable
from engine.lineage.chainset import chain_keys
from engine.signals.catalogue.command_rarity import image_numbers
from engine.signals.threat_prior import ThreatPrior, on_windows
from engine.starter.days import DayCounts, whole
from engine.starter.starter import CleanDay, Starter

SHORT = 16
"""Hex digits of a file's SHA-256 that are kept: enough to recognise a file, and a tenth of a model's manifest."""
SYSTEM_SHARE = 0.05
"""A system counts as present in a case when this share of the unique chains is of it: one stray Linux path in the records
of a Windows host does not bring a Linux server's everyday life in."""
ALL = ""
"""Name of the supervised prior that saw every source."""


@dataclass(frozen=True, slots=True)
class Block:
    """Everyday chains and command lines of one source on one operating system."""

    source: str
    windows: bool
    corpus: ChainCorpus
    table: ProcessTable
    """One row per different pair of program and command line: only what counting commands needs. No times, no parents."""
    days: DayCounts | None = None
    """None in packs of before, whose blocks count as one host-day each."""

    def clean_days(self) -> list[CleanDay]:
        """What thresholds are calibrated on."""
        parts = [whole(self.corpus, self.table)] if self.days is None else list(self.days.parts(self.corpus, self.table))
        return [CleanDay(self.source, self.windows, corpus, table) for corpus, table in parts]

    @classmethod
    def of(cls, source: str, windows: bool, corpus: ChainCorpus, table: ProcessTable) -> Block:
        """From a part of a case (engine.domain.processes.part_of). Chains in order of their keys: equal parts, equal blocks."""
        order = np.argsort(np.array(corpus.keys))
        used = distinct(corpus.steps[corpus.steps >= 0])
        place = np.full(len(corpus.paths) + 1, -1, dtype=np.int32)
        place[used] = np.arange(len(used))
        counts = corpus.counts[order], corpus.hosts[order], corpus.host_total, corpus.host_days
        paths = tuple(corpus.paths[path] for path in used.tolist())
        added = bare_corpus(paths, place[corpus.steps[order]], corpus.lengths[order], *counts)
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order))
        with_line = np.flatnonzero((table.chain >= 0) & (table.command >= 0))
        pairs = np.stack([rank[table.chain[with_line]], table.command[with_line].astype(np.int64)], axis=1)
        chain, line = _different(np.unique(pairs, axis=0), image_numbers(added)[_leaves(added)], table.commands)
        sizes = table.commands.start[line + 1] - table.commands.start[line]
        words = CommandWords(np.r_[0, np.cumsum(sizes)].astype(np.int64), table.commands.take(line)[1])
        ran = np.flatnonzero(table.chain >= 0)
        days = DayCounts.of(rank[table.chain[ran]], table.host[ran].astype(np.int64), table.time_us[ran])
        return cls(source, windows, added, bare_table(added, chain.astype(np.int32), words), days)


@dataclass(frozen=True, slots=True)
class StarterPack:
    """All blocks, and the supervised prior with and without each source."""

    manifest: dict[str, Any]
    """Provenance: sources with licence, commit, digests; seeds, parameters, date (engine.starter.file)."""
    blocks: tuple[Block, ...]
    priors: Mapping[str, ThreatPrior]
    """ALL -> fitted on every source; a source's name -> fitted without it."""

    @property
    def sources(self) -> tuple[str, ...]:
        """Names, in the order of the file."""
        return tuple(self.manifest["sources"])

    def sources_of(self, digests: Collection[str]) -> tuple[str, ...]:
        """The sources that any of these files (SHA-256, hexadecimal) went into."""
        return overlap({name: entry["digests"] for name, entry in self.manifest["sources"].items()}, digests)

    def starter(self, corpus: ChainCorpus, without: Collection[str] = ()) -> Starter:
        """For a case's chains: the blocks of the systems that it has (of all systems when it is empty), some sources left out.

        The prior is left out too when more than one source must be: only priors without a single one are kept.
        """
        present = systems_of(corpus)
        chosen = [block for block in self.blocks if block.source not in without and block.windows in present]
        chains: ChainCorpus | None = None
        table: ProcessTable | None = None
        for block in chosen:
            chains, table = (block.corpus, block.table) if chains is None else joined(chains, table, block.corpus, block.table)
        left_out = [name for name in self.sources if name in without]
        judged = [name for name in left_out if name in self.priors]
        threat = None if len(judged) > 1 else self.priors.get(judged[0] if judged else ALL)
        days = tuple(day for block in chosen for day in block.clean_days())
        return Starter(chains, table, threat, self._about(left_out, chosen, threat is not None), days)

    def _about(self, left_out: list[str], chosen: list[Block], prior: bool) -> dict[str, Any]:
        """A model that has seen the starter keeps the digests: later it must be able to say what it should not judge."""
        sources = self.manifest["sources"]
        saw = {block.source for block in chosen} | (set(sources) - set(left_out) if prior else set())
        return {
            "built": self.manifest["built"],
            "sha256": self.manifest["sha256"],
            "sources": {name: sources[name]["digests"] for name in self.sources if name in saw},
            "left_out": left_out,
            "chains": sum(len(block.corpus) for block in chosen),
            "prior": prior,
        }


def overlap(known: Mapping[str, Collection[str]], digests: Collection[str]) -> tuple[str, ...]:
    """Names whose files are among the digests; both may be cut to SHORT digits."""
    wanted = {digest[:SHORT] for digest in digests}
    return tuple(name for name, files in known.items() if any(str(digest)[:SHORT] in wanted for digest in files))


def seen_sources(manifest: Mapping[str, Any], digests: Collection[str]) -> tuple[str, ...]:
    """Sources of the starter of a model, by the model's manifest, that files with these digests went into.

    Manifests come from other workstations: one that makes no sense has seen nothing.
    """
    told = manifest.get("starter")
    sources = told.get("sources") if isinstance(told, Mapping) else None
    if not isinstance(sources, Mapping):
        return ()
    return overlap({str(name): files for name, files in sources.items() if isinstance(files, list)}, digests)


def systems_of(corpus: ChainCorpus) -> set[bool]:
    """Whether Windows (True), others (False) or both are in a case; both for an empty one."""
    if not len(corpus):
        return {True, False}
    share = float(on_windows(corpus).mean())
    return {system for system, part in ((True, share), (False, 1 - share)) if part >= SYSTEM_SHARE}


def bare_corpus(
    paths: tuple[str, ...], steps: Ints32, lengths: Ints32, counts: Ints, hosts: Ints32, host_total: int, host_days: float
) -> ChainCorpus:
    """A corpus of no case: ids are -1, times unknown, keys made from the texts."""
    none = np.full(len(steps), -1, dtype=np.int64)
    first = np.full(len(steps), NO_TIME, dtype=np.int64)
    return ChainCorpus(none, chain_keys(steps, paths), paths, steps, lengths, counts, hosts, first, host_total, host_days)


def bare_table(corpus: ChainCorpus, chain: Ints32, words: CommandWords) -> ProcessTable:
    """Row i ran command line i in chain[i]; nothing else is known of it."""
    size = len(chain)
    return ProcessTable(
        row=np.arange(size, dtype=np.int64), chain=chain, image=_leaves(corpus)[chain], parent=np.full(size, -1, np.int32),
        host=np.zeros(size, np.int32), time_us=np.full(size, NO_TIME), command=np.arange(size, dtype=np.int32),
        privilege=np.zeros(size, np.int8), recorded=np.ones(size, np.int8), commands=words,
    )  # fmt: skip


def _leaves(corpus: ChainCorpus) -> Ints32:
    return corpus.steps[np.arange(len(corpus)), np.maximum(corpus.lengths - 1, 0)]


def _different(pairs: Ints, image: Ints, commands: CommandWords) -> tuple[Ints, Ints]:
    """A (chain, line) for every different (image, words): what engine.signals.catalogue.command_rarity counts once."""
    seen: dict[tuple[int, bytes], tuple[int, int]] = {}
    for chain, line in pairs.tolist():
        words = commands.words[commands.start[line] : commands.start[line + 1]].tobytes()
        seen.setdefault((int(image[chain]), words), (chain, line))
    # Ordered by chain and then by words: line numbers are of one workspace.
    keys = sorted(seen, key=lambda key: (seen[key][0], key[1]))
    found = np.array([seen[key] for key in keys], dtype=np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]
