"""Which findings of an estate are kept with their processes, and what the scores say of these alone.

All above the threshold, and the first so many. The chains keep the counts of the whole estate; of findings that are left out it
is said how many there are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from engine.domain.arrays import Floats32, Ints, Ints32
from engine.domain.chains import ChainCorpus
from engine.domain.distinct import distinct
from engine.domain.processes import ProcessTable
from engine.domain.scores import FindingSet, ScoreParts, ScoreSet
from engine.findings.alike import variants_of


@dataclass(frozen=True, slots=True)
class KeptFindings:
    """The findings that are kept: the first `findings` of them."""

    findings: int
    above: int
    """How many are above the threshold, in the whole estate."""
    every: int
    """How many there are in the whole estate."""
    processes: Ints
    """[w] rows of the table that they cover, ascending."""

    @classmethod
    def of(cls, scores: ScoreSet, first: int, most: int) -> KeptFindings:
        """All above the threshold and at least the `first`, as far as they cover no more than `most` processes together; one
        always. scores: of an estate, with its findings.
        """
        findings = scores.findings
        assert findings is not None
        above = findings.above(scores.process_score, scores.threshold)
        wanted = max(int(np.flatnonzero(above).max(initial=-1)) + 1, min(first, len(findings.score)))
        of_process = findings.of_process()
        sizes = np.cumsum(np.bincount(of_process, minlength=len(findings.score) + 1)[1:])
        wanted = min(wanted, max(int(np.searchsorted(sizes, most, side="right")), 1))
        covered = np.flatnonzero((of_process > 0) & (of_process <= wanted))
        return cls(min(wanted, len(findings.score)), int(above.sum()), len(findings.score), covered)


def first_findings(scores: ScoreSet, findings: int) -> ScoreSet:
    """The scores with the first so many findings only; their processes are those of the whole estate."""
    found, parts = scores.findings, scores.parts
    assert found is not None
    kept = np.flatnonzero(found.finding <= findings)
    row = np.full(len(found.finding) + 1, -1, dtype=np.int32)
    row[kept] = np.arange(len(kept))
    incident = row[found.incident]
    few = FindingSet(
        incident=incident, odd=found.odd & (incident >= 0), finding=found.finding[kept], place=found.place[kept],
        top=found.top[kept], lead=found.lead[kept], score=found.score[:findings], keys=found.keys[:findings],
        of_chain=np.where(found.of_chain <= findings, found.of_chain, 0),
    )  # fmt: skip
    shares = None if parts is None else ScoreParts(parts.names, parts.values[:findings])
    return replace(scores, findings=few, parts=shares)


def of_rows(scores: ScoreSet, rows: Ints, keys: Ints) -> ScoreSet:
    """What scores say of some processes, to which all belong that their findings cover. rows [w] of the table, ascending;
    keys [w] of these processes in the store.
    """
    table, found = scores.processes, scores.findings
    assert table is not None
    assert found is not None
    place = np.full(len(table) + 1, -1, dtype=np.int32)
    place[rows] = np.arange(len(rows))
    few = replace(
        table, row=keys, chain=table.chain[rows], image=table.image[rows], parent=place[table.parent[rows]],
        host=table.host[rows], time_us=table.time_us[rows], command=table.command[rows], privilege=table.privilege[rows],
        recorded=table.recorded[rows], original=None if table.original is None else table.original[rows],
    )  # fmt: skip
    own: Floats32 | None = None if scores.process_score is None else scores.process_score[rows]
    findings = replace(
        found, incident=found.incident[rows], odd=found.odd[rows], top=place[found.top], lead=place[found.lead]
    )  # fmt: skip
    return replace(scores, processes=few, findings=findings, process_score=own)


@dataclass(frozen=True, slots=True)
class VariantCounts:
    """How many processes of the whole estate are of each variant; v variants."""

    chain: Ints
    """[v] row of the corpus."""
    shape: Ints
    processes: Ints
    """[v] recorded ones."""
    hosts: Ints

    @classmethod
    def of(cls, corpus: ChainCorpus, table: ProcessTable) -> VariantCounts:
        """Of every recorded process that ends in a chain."""
        there = np.flatnonzero((table.chain >= 0) & (table.recorded > 0)).astype(np.int32)
        variant, chain, shape = variants_of(table, there)
        size, width = len(chain), int(table.host.max(initial=0)) + 1
        pairs = distinct(variant.astype(np.int64) * width + table.host[there])
        return cls(
            chain.astype(np.int64), shape, np.bincount(variant, minlength=size).astype(np.int64),
            np.bincount(pairs // width, minlength=size).astype(np.int64),
        )  # fmt: skip


def wanted_nodes(chosen: Ints, host: Ints32, node: Ints32) -> dict[int, Ints]:
    """Host -> nodes of its that are wanted. chosen [w] rows of the table; host, node [n]."""
    hosts, begins = np.unique(host[chosen], return_index=True)
    parts = np.split(node[chosen].astype(np.int64), begins[1:])
    return dict(zip(hosts.tolist(), parts, strict=True))
