"""A small process table for tests: every process is (chain of paths, parent index, command line or None)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.domain.chains import ChainCorpus
from engine.domain.processes import CommandWords, Listing, ProcessTable
from engine.knowledge.renamed import original_of
from engine.words.command_line import tokens
from engine.words.command_shape import shape_number
from tests.engine.detector.corpus import make_corpus

Row = tuple[tuple[str, ...], int, str | None]


def make_table(rows: list[Row], host: list[int] | None = None, privilege: int = 0) -> tuple[ChainCorpus, ProcessTable]:
    counts: dict[tuple[str, ...], int] = {}
    for chain, _parent, _line in rows:
        counts[chain] = counts.get(chain, 0) + 1
    corpus = make_corpus(counts)
    place = {chain: row for row, chain in enumerate(counts)}
    lines = sorted({line for _c, _p, line in rows if line is not None})
    words = [tokens(line) for line in lines]
    n = len(rows)
    return corpus, ProcessTable(
        row=np.arange(10, 10 + n, dtype=np.int64),
        chain=np.array([place[chain] for chain, _p, _l in rows], dtype=np.int32),
        image=np.array([corpus.paths.index(chain[-1]) for chain, _p, _l in rows], dtype=np.int32),
        parent=np.array([parent for _c, parent, _l in rows], dtype=np.int32),
        host=np.array(host or [0] * n, dtype=np.int32),
        time_us=np.arange(n, dtype=np.int64) * 1_000_000,
        command=np.array([-1 if line is None else lines.index(line) for _c, _p, line in rows], dtype=np.int32),
        privilege=np.full(n, privilege, dtype=np.int8),
        recorded=np.ones(n, dtype=np.int8),
        commands=CommandWords(
            np.cumsum([0, *map(len, words)], dtype=np.int64),
            np.array([word for line in words for word in line], dtype=np.int32),
            np.array([shape_number(line) for line in lines], dtype=np.int64),
        ),
    )


def with_originals(table: ProcessTable, recorded: list[str | None]) -> ProcessTable:
    """The table with the original names that the records of its processes have."""
    read = [original_of(name or "") for name in recorded]
    different = sorted({name for name in read if name is not None})
    index = [-1 if name is None else different.index(name) for name in read]
    return replace(table, original=np.array(index, dtype=np.int32), originals=tuple(different))


def with_lists(table: ProcessTable, of: dict[int, Listing]) -> ProcessTable:
    """The table with what lists of hashes say of the programs of some of its processes."""
    listings = tuple(dict.fromkeys(of.values()))
    index = np.full(len(table), -1, dtype=np.int32)
    for process, listing in of.items():
        index[process] = listings.index(listing)
    return replace(table, listed=index, listings=listings)
