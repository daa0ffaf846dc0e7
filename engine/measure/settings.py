"""The settings that detectors are measured in: what is ranked, what the detector may have seen.

    A+       the case itself, attack included, and a starter that never saw the case's source: one host's logs on day one
    B        a clean baseline of the same estate, and that starter: an estate that kept its logs
    C        the starter alone: what can be promised before anything is known
    C, two steps    the same of what many exports leave: chains of two steps, no command lines (engine.measure.two_steps)
    needles  the same as C, of one small attack in everyday life that somebody else recorded (engine.measure.needles)

The starter is the background of all other sources of the same operating system. Splits are by recording, never by row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Ints, Ints8
from engine.domain.chains import ChainCorpus
from engine.domain.processes import ProcessTable
from engine.knowledge.roles import is_windows
from engine.measure.known_labels import ATTACK, BACKGROUND, STRONG, Match, intrusion_of, of_processes

Flags = npt.NDArray[np.bool_]

TWO_STEPS = "C, two steps"
SETTINGS = ("A+", "B", "C", TWO_STEPS)


@dataclass(frozen=True, slots=True)
class LabelledProcesses:
    """What is known about m different processes; twins and repeats are one."""

    index: Ints
    """[m] into the process table, ascending."""
    label: Ints8
    """[m] 1 attack, 0 background, -1 unknown."""
    strong: Flags
    case: npt.NDArray[np.str_]
    """[m] the recording's case, "" for none."""
    baseline: Flags
    """[m] of the case's baseline part; the others are of its queue."""
    source: npt.NDArray[np.str_]
    file: npt.NDArray[np.str_]
    estate: npt.NDArray[np.str_]
    """[m] the domain of the host's full name, or the host's name where it has none: what the hosts of one estate share."""
    intrusion: npt.NDArray[np.str_]
    """[m] the one that an attack belongs to, as its label names it (engine.measure.known_labels.intrusion_of); "" for none."""
    windows: Flags

    @classmethod
    def of(cls, matches: Sequence[Match], corpus: ChainCorpus, table: ProcessTable) -> LabelledProcesses:
        """Matched labels, one of each process (engine.measure.known_labels.merged)."""
        order, labels = of_processes(matches, table)
        leaf = corpus.steps[table.chain[order], corpus.lengths[table.chain[order]] - 1]
        return cls(
            index=order,
            label=np.array([{ATTACK: 1, BACKGROUND: 0}.get(label.label, -1) for label in labels], dtype=np.int8),
            strong=np.array([label.confidence == STRONG for label in labels], dtype=np.bool_),
            case=np.array([label.case for label in labels], dtype=np.str_),
            baseline=np.array([label.part == "baseline" for label in labels], dtype=np.bool_),
            source=np.array([label.source for label in labels], dtype=np.str_),
            file=np.array([label.file for label in labels], dtype=np.str_),
            estate=np.array([label.host.lower().partition(".")[2] or label.host.lower() for label in labels], dtype=np.str_),
            intrusion=np.array([intrusion_of(label)[0] for label in labels], dtype=np.str_),
            windows=np.array([is_windows(corpus.paths[step]) for step in leaf.tolist()], dtype=np.bool_),
        )

    @property
    def cases(self) -> list[str]:
        """Names of the cases with a queue."""
        return sorted(set(self.case[(self.case != "") & ~self.baseline].tolist()))


@dataclass(frozen=True, slots=True)
class Trial:
    """One queue in one setting. Positions are into LabelledProcesses."""

    setting: str
    case: str
    source: str
    windows: bool
    queue: Ints
    """What is ranked; unknown processes among them, which belong to the case but are not scored as right or wrong."""
    estate: Ints | None
    """What the estate's own model is fitted on."""
    starter: Ints
    """Background of other sources of the same operating system."""
    others: Ints
    """Everything that other sources have labels for, attacks too: what a supervised prior may be fitted on."""


def trials(known: LabelledProcesses, setting: str) -> Iterator[Trial]:
    """The setting's trials, those of one source one after the other. Cases without a baseline have none in B."""
    sources = {case: str(known.source[np.flatnonzero(known.case == case)[0]]) for case in known.cases}
    for case in sorted(known.cases, key=lambda name: (sources[name], name)):
        queue = np.flatnonzero((known.case == case) & ~known.baseline)
        source, windows = str(known.source[queue[0]]), bool(known.windows[queue].mean() > 0.5)
        elsewhere = known.source != source
        estate = {"A+": queue, "B": baseline_of(known, case)}.get(setting)
        if setting == "B" and estate is None:
            continue
        starter = np.flatnonzero(elsewhere & (known.label == 0) & (known.windows == windows))
        yield Trial(setting, case, source, windows, queue, estate, starter, np.flatnonzero(elsewhere & (known.label >= 0)))


def baseline_of(known: LabelledProcesses, case: str) -> Ints | None:
    """Background that the case's estate has elsewhere: its baseline part, else the other cases of that source in which a host or
    domain of it occurs, else None.
    """
    own = (known.case == case) & known.baseline & (known.label == 0)
    if own.any():
        return np.flatnonzero(own)
    mine = known.case == case
    shared = np.isin(known.estate, known.estate[mine]) & (known.estate != "") & np.isin(known.source, known.source[mine])
    siblings = set(known.case[shared].tolist()) - {case, ""}
    found = np.flatnonzero(np.isin(known.case, sorted(siblings)) & ~known.baseline & (known.label == 0))
    return found if len(found) else None
