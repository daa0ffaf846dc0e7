"""A case as its responder reads it: one queue of findings, against the labelled processes of the whole case.

Which intrusion an attack belongs to is known from its label's reason (engine.measure.known_labels.intrusion_of). All other
attacks are attacks, and of no known intrusion. A *tree* of an intrusion is those of its processes that are connected by parents
which are of it too: an attack that ran four times has four.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.domain.arrays import Ints
from engine.domain.processes import ProcessTable
from engine.domain.scores import ScoreSet
from engine.measure.known_labels import ATTACK, BACKGROUND, Label, Match, intrusion_of, of_processes
from engine.metrics.reading import CoveredCounts, Pieces, Read, first, read, until


@dataclass(frozen=True, slots=True)
class LabelledIntrusion:
    """One labelled intrusion and where it is in the queue."""

    name: str
    """With its stage, where there are stages."""
    host: str
    """As its labels name it; several, of an attack without stages, by commas."""
    processes: int
    findings: int
    """Different ones that cover a process of it."""
    largest_share: float
    """Of its processes, in one finding."""
    first_finding: int
    """Number of the best finding that covers one; 0 for none."""
    trees: int
    lowest_tree_share: float
    """The largest share of a tree in one finding, of the tree that has the lowest."""


@dataclass(frozen=True, slots=True)
class Whole:
    """The figures of one queue of findings. Processes are recorded ones, twins once."""

    findings: int
    attacks: int
    background: int
    until: Read | None
    """From the top until 80 % of the attack processes are covered; None where no reading gets that far."""
    first: Read
    """The first ten findings."""
    above: Read
    """The findings whose oddest process scores at or above the threshold in use."""
    intrusions: Sequence[LabelledIntrusion]
    """By their first finding."""
    fragmentation: float
    """Mean number of findings of an intrusion; NaN where none is known, as with the next two."""
    completeness: float
    """Mean over intrusions of the largest share of an intrusion's processes in one finding."""
    lowest_completeness: float
    """That share of the intrusion that is spread most."""


def measured(matches: Sequence[Match], table: ProcessTable, scores: ScoreSet) -> Whole | None:
    """The whole case; None where no process is labelled as an attack, or where the scores know of no processes."""
    index, labels = of_processes(matches, table)
    attack = np.array([label.label == ATTACK for label in labels], dtype=np.bool_)
    if scores.findings is None or not attack.any():
        return None
    background = np.array([label.label == BACKGROUND for label in labels], dtype=np.bool_)
    finding = scores.findings.of_process()
    count = len(scores.findings.score)
    covered = CoveredCounts(
        processes=_counted(finding[table.recorded > 0], count),
        attack=_counted(finding[index[attack]], count),
        background=_counted(finding[index[background]], count),
        attacks=int(attack.sum()),
    )
    known, pieces = _intrusions(index, labels, table, finding)
    return Whole(
        findings=count,
        attacks=covered.attacks,
        background=int(background.sum()),
        until=until(covered),
        first=first(covered),
        above=read(covered, scores.findings.above(scores.process_score, scores.threshold)),
        intrusions=known,
        fragmentation=pieces.fragmentation,
        completeness=pieces.completeness,
        lowest_completeness=pieces.lowest,
    )


def _counted(finding: Ints, count: int) -> Ints:
    """[count] how many there are of findings 1 … count."""
    return np.bincount(finding, minlength=count + 1)[1:].astype(np.int64)


def _intrusions(
    index: Ints, labels: Sequence[Label], table: ProcessTable, finding: Ints
) -> tuple[list[LabelledIntrusion], Pieces]:
    """Rows by their first finding, and how the intrusions lie in findings."""
    groups: dict[tuple[str, int, int], int] = {}
    hosts: dict[int, set[str]] = defaultdict(set)
    of = np.full(len(index), -1, dtype=np.int64)
    for at, label in enumerate(labels):
        name, stage = intrusion_of(label)
        if name:
            number = groups.setdefault((name, stage, int(table.host[index[at]]) if stage else -1), len(groups))
            hosts[number].add(label.host)
            of[at] = number
    held = of >= 0
    of, index = of[held], index[held]
    pieces = Pieces.of(of, finding[index], len(groups))
    tree = trees_of(of, index, table)
    owner = of[np.unique(tree, return_index=True)[1]]
    shares = Pieces.of(tree, finding[index], len(owner)).shares
    rows = [
        LabelledIntrusion(
            name=f"{name}, stage {stage}" if stage else name,
            host=", ".join(sorted(hosts[at])),
            processes=int(pieces.size[at]),
            findings=int(pieces.findings[at]),
            largest_share=float(pieces.shares[at]),
            first_finding=int(pieces.first[at]),
            trees=int((owner == at).sum()),
            lowest_tree_share=float(shares[owner == at].min()),
        )
        for (name, stage, _host), at in groups.items()
    ]
    return sorted(rows, key=lambda row: (row.first_finding or math.inf, row.name, row.host)), pieces


def trees_of(of: Ints, index: Ints, table: ProcessTable) -> Ints:
    """[m] number of each process's tree: of [m] its intrusion, index [m] into the table, ascending."""
    above = table.parent[index]
    at = np.minimum(np.searchsorted(index, above), max(len(index) - 1, 0))
    root = np.where((above >= 0) & (index[at] == above) & (of[at] == of), at, np.arange(len(index)))
    while (further := root[root]).tolist() != root.tolist():
        root = further
    return np.unique(root, return_inverse=True)[1].astype(np.int64)
