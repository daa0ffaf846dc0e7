"""What a threshold costs: alerts per host-day and flagged processes per 1,000, each with an interval.

The unit that is drawn is the host-day and not the process: the processes of one host on one day come from the same services,
scripts and people, and a flagged chain that repeats all day is one event. Two intervals, both exact for independent draws and
widened by how much host-days differ:

- flagged processes are a share: Clopper-Pearson with the effective number of processes of Korn and Graubard ("Confidence
  intervals for proportions with small expected number of positive counts estimated from survey data", 1998);
- new alerts are a count: Garwood's interval of a Poisson mean, the count divided by its overdispersion (variance over mean,
  at least 1) and, as above, by the squared ratio of Student's t to the normal quantile, because few host-days tell little
  of how much they differ.

Assumptions, which no arithmetic can check: the host-days are clean, they were drawn alike and independently, and the next
ones are drawn as they were. The chains were those that the model was trained on, so what is new next week is not in them.
With fewer than FEWEST host-days there is no interval.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import NO_TIME, Ints
from engine.domain.processes import ProcessTable

LEVEL = 0.9
FEWEST = 3
"""Host-days under which a variance between them is a guess."""
DAY_US = 86_400_000_000
LEAST = 0.0001
"""Rate under which there is nothing to be said but 0; below it two digits are a power of ten."""


@dataclass(frozen=True, slots=True)
class Rate:
    """An estimate with its interval; NaN at both ends where there is none."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Cost:
    """What a threshold flagged in a case, as rates."""

    host_days: int
    alerts: Rate
    """Chains above the threshold that appear for the first time, per host and day."""
    false_positives: Rate
    """Processes that end in a chain above the threshold, per 1,000 processes."""

    @property
    def sentence(self) -> str:
        """For a person."""
        if math.isnan(self.alerts.low):
            return (
                f"{_short(self.alerts.value)} new chains per host-day, {_short(self.false_positives.value)} of 1,000 processes;"
                f" no interval from {self.host_days} host-day{'s' * (self.host_days != 1)}"
            )
        return (
            f"{with_interval(self.alerts)} new chains per host-day, {with_interval(self.false_positives)} of 1,000 processes"
            f" ({LEVEL:.0%} intervals from {self.host_days:,} host-days, taken as clean and alike)"
        )

    def plain(self) -> dict[str, Any]:
        """For a manifest: NaN becomes None."""
        rates = {"alerts_per_host_day": self.alerts, "false_positives_per_1000": self.false_positives}
        return {"host_days": self.host_days, "level": LEVEL, "sentence": self.sentence} | {
            name: {key: None if math.isnan(value) else value for key, value in asdict(rate).items()}
            for name, rate in rates.items()
        }


@dataclass(frozen=True, slots=True)
class HostDays:
    """How the processes of a case spread over days and hosts, whatever is flagged of it; p pairs, k chains, d host-days."""

    chain: Ints
    """[p] index into the chains; each pair of chain and host-day once."""
    day: Ints
    """[p] host-day, from 0."""
    count: Ints
    """[p] processes of the chain on that host and day."""
    chains: Ints
    """[k] the chains, by whatever number they were given, ascending."""
    first: Ints
    """[k] host-day in which each appeared first."""
    size: Ints
    """[d] processes of each host-day."""

    @classmethod
    def of(cls, chain: Ints, host: Ints, time_us: Ints) -> HostDays:
        """From columns of all recorded processes that end in a chain, in the order of the store's keys."""
        day = np.where(time_us == NO_TIME, -1, time_us // DAY_US)
        least = int(day.min(initial=0))
        days, cluster = np.unique(host * (int(day.max(initial=0)) - least + 1) + day - least, return_inverse=True)
        order = np.argsort(time_us, kind="stable")
        chains, first, number = np.unique(chain[order], return_index=True, return_inverse=True)
        pairs, count = np.unique(number * max(len(days), 1) + cluster[order], return_counts=True)
        place, there = np.divmod(pairs, max(len(days), 1))
        return cls(place, there, count, chains, cluster[order][first], np.bincount(cluster, minlength=len(days)).astype(np.int64))

    def rates(self, flagged: Ints, level: float = LEVEL) -> Cost | None:
        """Rates of the chains with these numbers; None when no process has a chain."""
        if not len(self.size):
            return None
        chosen = np.isin(self.chains, flagged)
        of_pair = chosen[self.chain]
        hits = np.bincount(self.day[of_pair], weights=self.count[of_pair], minlength=len(self.size)).astype(np.int64)
        alerts = np.bincount(self.first[chosen], minlength=len(self.size)).astype(np.int64)
        return Cost(len(self.size), mean_rate(alerts, level), share_rate(hits, self.size, level))


def cost_of(flagged: npt.NDArray[np.bool_], table: ProcessTable, level: float = LEVEL) -> Cost | None:
    """Rates of the flagged chains [c] over the processes of their case; None when no process has a chain."""
    rows = np.flatnonzero((table.chain >= 0) & (table.recorded > 0))
    days = HostDays.of(table.chain[rows].astype(np.int64), table.host[rows].astype(np.int64), table.time_us[rows])
    return days.rates(np.flatnonzero(flagged), level)


def mean_rate(counts: Ints, level: float = LEVEL) -> Rate:
    """Mean of counts [m], one per host-day."""
    from scipy.special import chdtri  # type: ignore[import-untyped]

    clusters, total = len(counts), int(counts.sum())
    mean = total / max(clusters, 1)
    if clusters < FEWEST:
        return Rate(mean, math.nan, math.nan)
    spread = max(_variance(counts) / mean, 1.0) if total else 1.0
    known = total / (spread * _few(clusters, level))
    unit = mean / known if total else 1 / clusters * _few(clusters, level)
    tail = (1 - level) / 2
    low = float(chdtri(2 * known, 1 - tail)) / 2 * unit if total else 0.0
    return Rate(mean, low, float(chdtri(2 * known + 2, tail)) / 2 * unit)


def share_rate(hits: Ints, size: Ints, level: float = LEVEL, scale: float = 1000.0) -> Rate:
    """`hits` [m] of `size` [m] processes in each host-day, as a share times `scale`."""
    from scipy.special import betaincinv

    clusters, total, flagged = len(size), int(size.sum()), int(hits.sum())
    share = flagged / max(total, 1)
    if clusters < FEWEST or not total:
        return Rate(share * scale, math.nan, math.nan)
    variance = clusters / (clusters - 1) * math.fsum(np.square(hits - share * size).tolist()) / total**2
    known = min(share * (1 - share) / variance, float(total)) if variance > 0 else float(total)
    if flagged in (0, total):  # how host-days differ cannot be seen, so each counts as one draw
        known = float(clusters)
    known /= _few(clusters, level)
    tail, some = (1 - level) / 2, share * known
    low = float(betaincinv(some, known - some + 1, tail)) if flagged else 0.0
    high = float(betaincinv(some + 1, known - some, 1 - tail)) if flagged < total else 1.0
    return Rate(share * scale, low * scale, high * scale)


def _variance(counts: Ints) -> float:
    """Of counts [m]; the same in whatever order the host-days come, which are numbered otherwise in a queue than in the store."""
    mean = int(counts.sum()) / len(counts)
    return math.fsum(((counts - mean) ** 2).tolist()) / (len(counts) - 1)


def _few(clusters: int, level: float) -> float:
    """(t / z)²: by how much a variance from few clusters weakens what they tell."""
    from scipy.special import ndtri, stdtrit

    upper = 1 - (1 - level) / 2
    return float(stdtrit(clusters - 1, upper) / ndtri(upper)) ** 2


def with_interval(rate: Rate) -> str:
    """3.1 (0–120)."""
    return f"{_short(rate.value)} ({_short(rate.low)}–{_short(rate.high)})"


def _short(value: float) -> str:
    """Two digits, and never as a power of ten."""
    return "0" if value < LEAST else f"{value:.2g}" if value < 99.5 else f"{value:,.0f}"
