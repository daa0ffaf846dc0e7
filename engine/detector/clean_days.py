"""Host-days scored as queues of their own, for the calibration of thresholds (engine.detector.calibration).

Those of a starter are read as a case is that nothing was trained on: what is said of *here* is counted from the host-day
(engine.detector.counted). A training has seen their chains, as it has seen those of the case that it is made for. A detector that
is made for cases of others has them judged by one that never saw their source too (engine.jobs.ready): scores are up to a tenth
higher there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle

import numpy as np

from engine.detector.calibration import MIXED, Calibration, DayScores
from engine.detector.counted import counting
from engine.detector.params import FUSED, DetectorParams
from engine.detector.promise import Promise
from engine.detector.reading import final_score, read
from engine.detector.state import Fitted, Rows, known_share
from engine.device import Device
from engine.domain.arrays import NO_TIME, Ints
from engine.domain.chains import ChainCorpus
from engine.domain.corpora import joined
from engine.domain.processes import ProcessTable, part_of
from engine.progress import Run, Step
from engine.rules.rule import RuleSet
from engine.signals.threat_prior import on_windows
from engine.starter.days import number_of
from engine.starter.starter import CleanDay

ALMOST_ALL = 0.95
"""Share of the chains from which on a queue is one of their operating system."""
MOST_MIXED = 16
"""Host-days of both systems that are made of one of each."""
STAGE = "clean host-days"
OWN, BOTH = "", "+"


def system_of(corpus: ChainCorpus) -> int:
    """1 for Windows, -1 for others, MIXED for both."""
    share = float(on_windows(corpus).mean()) if len(corpus) else 0.5
    return 1 if share >= ALMOST_ALL else -1 if share <= 1 - ALMOST_ALL else MIXED


def promise_of(calibration: Calibration, corpus: ChainCorpus) -> Promise:
    """For the queue that a corpus becomes."""
    return calibration.promise(system_of(corpus), len(corpus), int(corpus.counts.sum()), corpus.host_days)


def calibrated(
    state: Fitted, params: DetectorParams, days: Sequence[CleanDay], own: Rows | None, device: Device, run: Run
) -> Calibration | None:
    """By a starter's host-days and those of the training data; None for the published score, and without a host-day.

    Raises Cancelled.
    """
    if params.score != FUSED:
        return None
    scored = list(of_others(state, params, [*days, *mixed(days)], device, run))
    return Calibration.of(scored, [] if own is None else list(_own(state, params, own, device, run)))


def of_others(state: Fitted, params: DetectorParams, days: Sequence[CleanDay], device: Device, run: Run) -> Iterator[DayScores]:
    """Scores of a starter's host-days. Raises Cancelled."""
    for done, day in enumerate(days, start=1):
        run.raise_if_cancelled()
        yield _of_another(state, params, day, device)
        run.report(Step(STAGE, done, len(days), "host-days", last=done == len(days)))


def _of_another(state: Fitted, params: DetectorParams, day: CleanDay, device: Device) -> DayScores:
    rows = Rows.of(day.corpus, day.table, RuleSet())
    reading = read(counting(state, rows), rows, device, Run())
    score = final_score(params, reading.values, 1.0, day.table)
    return DayScores(day.source, system_of(day.corpus), score, day.corpus.counts)


def mixed(days: Sequence[CleanDay]) -> Iterator[CleanDay]:
    """One host of each system as a queue of two: there each has the other's chains for neighbours."""
    windows, others = ([day for day in days if day.windows == system] for system in (True, False))
    if not windows or not others:
        return
    pairs = zip(_spread(windows), _spread(others), strict=False)
    most = min(max(len(windows), len(others)), MOST_MIXED)
    for (one, other), _ in zip(pairs, range(most), strict=False):
        corpus, table = joined(one.corpus, one.table, other.corpus, other.table)
        assert table is not None
        yield CleanDay(f"{one.source}{BOTH}{other.source}", True, corpus, table)


def _spread(days: Sequence[CleanDay]) -> Iterator[CleanDay]:
    """Over and over, a day of each source in turn."""
    turns: dict[str, list[CleanDay]] = {}
    for day in days:
        turns.setdefault(day.source, []).append(day)
    ends = {source: cycle(own) for source, own in turns.items()}
    for source in cycle(ends):
        yield next(ends[source])


def _own(state: Fitted, params: DetectorParams, rows: Rows, device: Device, run: Run) -> Iterator[DayScores]:
    corpus, table = rows.merged()
    if table is None or not len(corpus):
        return
    for index in host_days(table):
        run.raise_if_cancelled()
        part, processes = part_of(corpus, table, index)
        taken = Rows.of(part, processes, RuleSet())
        score = final_score(params, read(state, taken, device, Run()).values, known_share(state, part), processes)
        yield DayScores(OWN, system_of(part), score, part.counts)


def host_days(table: ProcessTable) -> Iterator[Ints]:
    """Index of the recorded processes of each host-day that tells anything, ascending; at most as many as a block has.

    What has no time is of no day.
    """
    ran = np.flatnonzero((table.chain >= 0) & (table.recorded > 0) & (table.time_us != NO_TIME))
    number = number_of(table.host[ran].astype(np.int64), table.time_us[ran])
    for day in range(int(number.max(initial=-1)) + 1):
        yield ran[number == day]
