"""What a detector says of the chains of one corpus."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Floats, Floats32, Ints, Ints32
from engine.domain.processes import ProcessTable

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class CountedTails:
    """Tails as the whole numbers that they are made of: half of the memory."""

    at_least: Ints32
    """[c] how many training chains are at least as extreme; all of them where nothing is known."""
    training: int
    """How many there are."""

    def taken(self, rows: Ints | slice) -> Floats:
        """The tails of some chains."""
        return np.asarray((self.at_least[rows] + 1) / (self.training + 1), np.float64)


@dataclass(frozen=True, slots=True)
class SignalColumn:
    """One named signal over the chains of a corpus. Higher is more anomalous."""

    name: str
    value: Floats
    """[c] raw value in the signal's own unit."""
    kept: Floats | CountedTails
    """`tail`, or what it is made of."""

    @property
    def tail(self) -> Floats:
        """[c] share of training chains at least as extreme, (rank+1)/(n+1), in (0, 1]: comparable between signals."""
        return self.tails(slice(None))

    def tails(self, rows: Ints | slice) -> Floats:
        """The same of some chains."""
        return self.kept.taken(rows) if isinstance(self.kept, CountedTails) else self.kept[rows]


@dataclass(frozen=True, slots=True)
class Reasons:
    """What is told of one chain's signals and steps beyond the numbers that every chain has."""

    sentences: dict[str, str] = field(default_factory=dict)
    """Signal -> a sentence with counts and names; signals without one get a plain sentence (engine.signals.sentences)."""
    step_tails: tuple[float, ...] = ()
    """Tail of each step's error among the training steps of its role; () where the model has none."""
    usual: tuple[tuple[str, int], ...] = ()
    """Names that what stands before the last step starts most often, of the same operating system, with counts."""
    started: int = 0
    """How many processes that starts in all."""
    rarest: tuple[str, str, int, int] | tuple[()] = ()
    """The rarest start of the chain: who, whom, how often, of how many that it starts."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the model expected at one step of one chain."""

    step: int
    alternatives: tuple[str, ...]
    """Normalised paths, likeliest first."""
    sentence: str
    """Plain words with counts: "svchost.exe started cmd.exe: seen 0 of 41,213 times; expected here: conhost.exe"."""
    reasons: Reasons = field(default_factory=Reasons)
    rebuilt: tuple[str | None, ...] = ()
    """For each step of the chain the known path, normalised, that is nearest to what the network made of it; None for the step's
    own path. () where none is known of a step's operating system."""


@dataclass(frozen=True, slots=True)
class FindingSet:
    """Incidents of processes, and which of them are alike (engine.findings). n processes of the table, i incidents, f findings.

    Every process is in one incident or in none, every incident in one finding; findings are numbered from 1, the best first.
    """

    incident: Ints32
    """[n] row of each process's incident, -1 for none: a process of which neither record nor image is known."""
    odd: Flags
    """[n] odd in itself; the other processes of an incident are taken along. False outside of incidents."""
    finding: Ints32
    """[i] number of the incident's finding, from 1."""
    place: Ints32
    """[i] place of the incident in its finding, from 1: the oddest first, then by host and time."""
    top: Ints32
    """[i] index of the topmost process (the earliest, where several bursts of one service were joined)."""
    lead: Ints32
    """[i] index of the oddest process that a record tells of."""
    score: Floats
    """[f] falling."""
    keys: tuple[str, ...]
    """[f] identity: 32 hex digits of BLAKE2b over chains and shapes of command lines of the odd part, sorted."""
    of_chain: Ints
    """[c] number of the best finding that covers a process of the chain, 0 for none."""

    def of_process(self) -> Ints:
        """[n] number of the finding that covers each process, 0 for none."""
        return np.append(self.finding, 0)[self.incident].astype(np.int64)

    def above(self, own: Floats32 | None, threshold: float) -> Flags:
        """[f] which are above a threshold: those whose oddest process is, by its own score. own: [n]; None: none is.

        A finding's own score adds up several and is no place on that scale, and a chain's is often another finding's.
        """
        best = np.full(len(self.score) + 1, -np.inf, dtype=np.float32)
        if own is not None:
            there = ~np.isnan(own[self.lead])
            np.maximum.at(best, self.finding[there], own[self.lead[there]])
        # Scores of processes are kept in single precision: what was at the threshold before they were rounded has to stay there.
        with np.errstate(over="ignore"):  # more than any score is
            return best[1:] >= np.float32(threshold)


@dataclass(frozen=True, slots=True)
class ScoreParts:
    """How much each signal has of the scores of f findings."""

    names: tuple[str, ...]
    """[s] signals that are fused."""
    values: Floats32
    """[f, s] they add up to each finding's score."""


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
    processes: ProcessTable | None = None
    """The processes that `findings` and `process_score` are of."""
    process_score: Floats32 | None = None
    """[n] each process's own score, by its own command line and ancestors; NaN for one without a chain."""
    parts: ScoreParts | None = None
    """Of `findings`; None without them."""
