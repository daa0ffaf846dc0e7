"""Columnar data that crosses the ports: one host's events, its lineage, a case's chains, their scores.

Arrays and not objects, because a case may hold 22 million processes: a host's events take about 90 bytes each here.
Index -1 means "none" in every integer column that refers to something.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Ints32 = npt.NDArray[np.int32]
Ints8 = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]
Floats32 = npt.NDArray[np.float32]

NO_TIME = np.iinfo(np.int64).min
"""time_us of a record without a time."""


class LinkMethod(IntEnum):
    """How a parent was found; the order is from no evidence to best evidence. Stored as integers: never renumber."""

    NONE = 0
    """Root: the record names no parent."""
    NAME_ONLY = 1
    """Parent known only from the record's parent fields; it is a placeholder."""
    PID_NAME = 2
    """Parent pid and parent name agree, but time cannot decide."""
    PID_TIME = 3
    """The latest process with the parent's pid that started before the child (name agrees or is unknown)."""
    GUID = 4

    @property
    def label(self) -> str:
        """The word of the vocabulary: guid, pid+time, pid+name, name-only, none."""
        return {0: "none", 1: "name-only", 2: "pid+name", 3: "pid+time", 4: "guid"}[self.value]


@dataclass(frozen=True, slots=True)
class HostEvents:
    """All records of one host, columns of equal length n, in ascending `row` order (the order of ingest)."""

    host: str
    row: Ints
    """Primary keys of the records in the store."""
    kind: Ints8
    """Index into `kinds`."""
    kinds: tuple[str, ...]
    source: Ints32
    """Which source the record came from, numbered by content and not by arrival: it orders records of one time. Twins come
    from anywhere, exact repeats from other sources.
    """
    position: Ints
    time_us: Ints
    """NO_TIME where unknown."""
    pid: Ints
    """-1 where unknown; same for `ppid`."""
    ppid: Ints
    guid: list[str | None]
    parent_guid: list[str | None]
    image: Ints32
    """Index into `paths`; the empty path has an index of its own."""
    parent_image: Ints32
    """Index into `paths`, -1 where the record names no parent."""
    ancestors: dict[int, tuple[int, ...]]
    """Position in these columns -> indices into `paths` above the parent, nearest first. Sparse: few formats have them."""
    command: Ints
    """Identity of the command-line text (equal numbers, equal text); -1 where absent. Only for finding repeats."""
    paths: tuple[str, ...]
    """Normalised paths (engine.paths.fold, later rules)."""
    record_id: list[str | None] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Lineage:
    """Links of one host. Node indices: 0 … n-1 are the events, n … n+m-1 the placeholders.

    Every node is its own process except those with `merged_into` >= 0 (a second record of a process, such as the 4688
    twin of a Sysmon event or an exact repeat from another copy of the log).
    """

    merged_into: Ints
    """[n] node index of the record that represents the process, -1 for representatives."""
    parent: Ints
    """[n+m] node index, -1 for roots; merged records have -1. Never a merged record, never itself, never a cycle."""
    method: Ints8
    """[n+m] LinkMethod."""
    confidence: Floats32
    """[n+m] 0 … 1: the estimated probability that the link is right."""
    exec_of: Ints
    """[n+m] node whose image this one replaced by execve in the same pid, -1 otherwise."""
    placeholder_image: Ints32
    """[m] index into `paths`, -1 when nothing is known but that there was a parent."""
    placeholder_pid: Ints
    placeholder_guid: list[str | None]
    placeholder_time_us: Ints
    """[m] the earliest child's time: the process is at least as old."""


@dataclass(frozen=True, slots=True)
class ChainSet:
    """The unique chains of one host and which node ends which chain."""

    steps: Ints32
    """[c, MAX_STEPS] indices into `HostEvents.paths`, root first, padded with -1 at the end."""
    lengths: Ints32
    keys: list[str]
    """[c] stable identity across hosts, cases and runs: 32 hex digits of BLAKE2b over the normalised step texts."""
    of_node: Ints
    """[n+m] index of the chain that ends at the node, -1 for merged records."""


@dataclass(frozen=True, slots=True)
class ChainCorpus:
    """The unique chains of a case (or of several), ready for a detector. c chains, p paths.

    A store gives chains in ascending order of their keys and paths in that of their texts: what a detector makes of a corpus
    may depend on the order of rows, and must not on the order of ingest.
    """

    ids: Ints
    """[c] primary keys in the store."""
    keys: list[str]
    paths: tuple[str, ...]
    steps: Ints32
    """[c, MAX_STEPS] indices into `paths`, root first, padded with -1."""
    lengths: Ints32
    counts: Ints
    """[c] how many processes end in this chain."""
    hosts: Ints32
    """[c] on how many hosts."""
    first_us: Ints
    host_total: int
    host_days: float
    """Sum over hosts of the days between first and last event, at least one day each: the unit of alert budgets."""

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class SignalColumn:
    """One named signal over the chains of a corpus. Higher is more anomalous."""

    name: str
    value: Floats
    """[c] raw value in the signal's own unit."""
    tail: Floats
    """[c] share of training chains at least as extreme, (rank+1)/(n+1), in (0, 1]: comparable between signals."""


@dataclass(frozen=True, slots=True)
class Reasons:
    """What is told of one chain's signals and steps beyond the numbers that every chain has."""

    sentences: dict[str, str] = field(default_factory=dict)
    """Signal -> a sentence with counts and names; signals without one get a plain sentence (engine.signals.sentences)."""
    step_tails: tuple[float, ...] = ()
    """Tail of each step's error among the training steps of its role; () where the model has none."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the model expected at one step of one chain."""

    step: int
    alternatives: tuple[str, ...]
    """Normalised paths, likeliest first."""
    sentence: str
    """Plain words with counts: "svchost.exe started cmd.exe: seen 0 of 41,213 times; expected here: conhost.exe"."""
    reasons: Reasons = field(default_factory=Reasons)


@dataclass(frozen=True, slots=True)
class FindingSet:
    """The findings of one corpus, best first; f findings. Every chain is in exactly one (engine.findings.incidents)."""

    of_chain: Ints
    """[c] number of the chain's finding, from 1."""
    score: Floats
    """[f] falling."""
    keys: tuple[str, ...]
    """[f] identity of what it consists of: 32 hex digits of BLAKE2b over its chains' keys, sorted."""


@dataclass(frozen=True, slots=True)
class ScoreSet:
    """Scores of the chains of one corpus by one model; rows correspond to `ids`."""

    ids: Ints
    score: Floats
    """[c] the number that the queue is sorted by; higher is more anomalous."""
    step_errors: Floats32
    """[c, MAX_STEPS] reconstruction error per step, NaN behind the end."""
    worst_step: Ints32
    """[c] index of the step with the highest error."""
    signals: tuple[SignalColumn, ...]
    expectations: dict[int, Expectation]
    """Row -> expectation at the worst step; at least for every chain above the threshold and the top 1,000."""
    threshold: float
    finding: Ints
    """[c] number of the finding, 1 = best; 0 for chains under the threshold."""
    metrics: dict[str, Any] = field(default_factory=dict)
    findings: FindingSet | None = None
    """All findings, those under the threshold too; None where the processes behind the chains were not known."""
