"""The findings of a score set into the database; what each covers is counted here once and never when a queue is opened."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from engine.domain.arrays import Ints
from engine.domain.scores import FindingSet
from store.base.blocks import blocks

COVERED = """
SELECT s.member_of, sum(h.count), count(DISTINCT h.host_id), min(h.first_us), max(h.last_us)
FROM score s INDEXED BY score_member CROSS JOIN chain_host h INDEXED BY chain_host_chain ON h.chain_id = s.chain_id
WHERE s.set_id = ? AND s.member_of > 0 GROUP BY s.member_of ORDER BY s.member_of
"""


@dataclass(frozen=True, slots=True)
class Numbered:
    """The findings of the chains that are still there, numbered without gaps; f findings."""

    of_chain: Ints
    """[c] number from 1, 0 for chains that are gone and where nothing was grouped."""
    kept: Ints
    """[f] rows of the FindingSet."""


def numbered(findings: FindingSet | None, present: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Numbered:
    """Numbers without gaps. present [c]: chains that a later ingest has not removed meanwhile."""
    of_chain = np.zeros(len(present), dtype=np.int64)
    if findings is None:
        return Numbered(of_chain, np.zeros(0, dtype=np.int64))
    kept, place = np.unique(findings.of_chain[present], return_inverse=True)
    of_chain[present] = place + 1
    return Numbered(of_chain, kept - 1)


def write(connection: Connection, set_id: int, findings: FindingSet, numbers: Numbered, order: Ints) -> None:
    """Insert the findings of a score set whose scores are in. order [r]: rows of the corpus by rank."""
    member = numbers.of_chain[order]
    size = len(numbers.kept)
    _, first = np.unique(member, return_index=True)  # the best rank of each
    chains = np.bincount(member, minlength=size + 1)[1:]
    for covered in blocks(connection, COVERED, (set_id,)):
        at = [row[0] - 1 for row in covered]
        numbered_figures = zip(
            covered, findings.score[numbers.kept[at]].tolist(), (first[at] + 1).tolist(), chains[at].tolist(),
            numbers.kept[at].tolist(), strict=True,
        )  # fmt: skip
        connection.exec_driver_sql(
            "INSERT INTO finding (set_id, rank, key, score, top_rank, chains, processes, hosts, first_us, last_us)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (set_id, number, findings.keys[row], score, top, size, processes, hosts, since, until)
                for (number, processes, hosts, since, until), score, top, size, row in numbered_figures
            ],
        )
