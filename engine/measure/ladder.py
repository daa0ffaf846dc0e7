"""The whole ladder of rankings on labelled recordings: every setting, every row, several seeds, one source left out at a time.

This is the measurement behind docs/detection.md. Whatever is fitted on labels never saw the source that it is judged on.
"""

from __future__ import annotations

import math
import multiprocessing
import signal
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from engine.detector import Detector, DetectorParams, Starter
from engine.detector.counted import elsewhere
from engine.detector.presets import EPOCHS, as_published
from engine.detector.state import known_share
from engine.domain.arrays import Floats, Ints
from engine.domain.chains import ChainCorpus
from engine.domain.corpora import empty_like
from engine.domain.processes import ProcessTable, part_of
from engine.findings.incidents import incidents
from engine.measure.baselines import value_frequency
from engine.measure.needles import NEEDLES, needle_trials
from engine.measure.settings import TWO_STEPS, LabelledProcesses, Trial, trials
from engine.measure.two_steps import two_steps
from engine.metrics.ranking import finding_metrics, metrics_of, random_metrics
from engine.progress import Run, Step
from engine.rules.rule import RuleSet
from engine.signals.ancestry import with_ancestors
from engine.signals.fusion import fuse, speaking, undiscounted, used
from engine.signals.threat_features import ThreatFeatures
from engine.signals.threat_prior import ThreatPrior, labelled_rows, rows_of

MOST_PUBLISHED = 20_000
"""Batches of the first paper's method: as published each starter of C would take five times as many. On the recordings as one
case the shuffle test has AUC .95 after these and .99 after all 92,000 (docs/detection.md)."""
BY_COST = ("C", TWO_STEPS, NEEDLES, "B", "A+")
"""The settings, the one with the fewest models first."""
LOOK = 0.2
"""Seconds between two looks whether somebody asked to stop."""


_bench: list[Bench] = []
"""The worker's own; empty in the process that asked."""


def spread(bench: Bench, todo: Sequence[QueueGroup], workers: int, run: Run) -> Iterator[Rung]:
    """The rungs of all groups, group by group as they are done. Raises Cancelled within a second; the workers end then."""
    # Spawned and not forked: torch and gensim keep threads and locks that a fork would copy in whatever state they are.
    context = multiprocessing.get_context("spawn")
    with context.Pool(workers, _begin, (bench,)) as pool:  # leaving it ends the workers
        results = pool.imap_unordered(_work, todo)
        for done in range(1, len(todo) + 1):
            rungs = None
            while rungs is None:
                run.raise_if_cancelled()
                try:
                    rungs = results.next(timeout=LOOK)
                except multiprocessing.TimeoutError:
                    continue
            run.report(Step("ladder", done, len(todo), "groups", rungs[0].case if rungs else "", last=done == len(todo)))
            yield from rungs


def _begin(bench: Bench) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of a terminal; the first one ends the others
    _bench.append(bench)


def _work(group: QueueGroup) -> list[Rung]:
    return list(climb(_bench[0], group, Run()))


Metrics = dict[str, float]


@dataclass(frozen=True, slots=True)
class Rung:
    """One queue in one setting with one seed, under every method."""

    setting: str
    seed: int
    case: str
    windows: bool
    chains: int
    attack_chains: int
    methods: Mapping[str, Metrics]
    strong: Mapping[str, Metrics]
    """Attacks with weak or medium confidence left out; empty where none is strong."""


@dataclass(slots=True)
class Bench:
    """Labelled processes and what was fitted on them so far."""

    corpus: ChainCorpus
    table: ProcessTable
    known: LabelledProcesses
    params: DetectorParams
    rules: RuleSet = field(default_factory=RuleSet)
    """What paths are normalised by for the first paper's method, as published; the detector's rows are of the recorded paths."""
    _threats: dict[tuple[bytes, int], ThreatPrior | None] = field(default_factory=dict)
    _trials: dict[str, list[Trial]] = field(default_factory=dict)
    _last: tuple[tuple[object, ...], Detector] | None = None
    _last_published: tuple[tuple[object, ...], Detector] | None = None

    def trials(self, setting: str) -> list[Trial]:
        """Of a setting, those of one source one after the other."""
        if setting not in self._trials:
            made = needle_trials(self.known, self.table) if setting == NEEDLES else trials(self.known, setting)
            self._trials[setting] = list(made)
        return self._trials[setting]

    def part(self, positions: Ints) -> tuple[ChainCorpus, ProcessTable]:
        """Corpus and table of some of the labelled processes."""
        return part_of(self.corpus, self.table, self.known.index[positions])

    def threat(self, trial: Trial, seed: int) -> ThreatPrior | None:
        """The supervised prior of what other sources have labels for, fitted once."""
        key = (trial.others.tobytes(), seed)
        if key not in self._threats:
            self._threats[key] = fit_threat(self, trial.others, seed)
        return self._threats[key]

    def detector(self, trial: Trial, params: DetectorParams, run: Run) -> Detector:
        """A detector for the trial. Trials that may see the same things share one when they follow each other."""
        estate = np.zeros(0, np.int64) if trial.estate is None else trial.estate
        key = (params.score, params.seed, trial.source, trial.starter.tobytes(), estate.tobytes())
        if self._last is None or self._last[0] != key:
            starter_corpus, starter_table = self.part(trial.starter)
            starter = Starter(starter_corpus, starter_table, self.threat(trial, params.seed))
            if trial.estate is None:
                corpus, table = empty_like(self.corpus), None
            else:
                corpus, table = self.part(estate)
            detector = Detector(params).fit(corpus, run, processes=table, starter=starter)
            self._last = (key, detector)
        return self._last[1]

    def published(self, trial: Trial, seed: int, run: Run) -> Detector:
        """The first paper's method on what there is of the estate, on the starter's chains where that is nothing."""
        learnt = trial.starter if trial.estate is None else trial.estate
        key = (seed, learnt.tobytes())
        if self._last_published is None or self._last_published[0] != key:
            corpus, _ = self.part(learnt)
            params = self._as_published(len(corpus), seed)
            self._last_published = (key, Detector(params).fit(corpus, run.quiet(), rules=self.rules))
        return self._last_published[1]

    def _as_published(self, chains: int, seed: int) -> DetectorParams:
        """The preset, of fewer epochs where all of them are more than MOST_PUBLISHED batches; a tiny bench is as tiny here."""
        params = as_published(replace(self.params, seed=seed))
        an_epoch = max(math.ceil(chains / params.network.batch), 1)
        return replace(params, epochs=min(self.params.epochs or EPOCHS, max(MOST_PUBLISHED // an_epoch, 1)))


def fit_threat(bench: Bench, positions: Ints, seed: int) -> ThreatPrior | None:
    """The supervised prior on some labelled processes; None when there is no attack among them."""
    corpus, table = bench.part(positions)
    label, source = bench.known.label[positions].astype(np.int64), bench.known.source[positions]
    features = ThreatFeatures.of(corpus, table)
    of_row = np.empty(len(features.chain), dtype=source.dtype)
    places = np.flatnonzero(table.chain >= 0)
    of_row[features.of_process[places]] = source
    whole = np.full(len(table), -1, dtype=np.int64)
    whole[places] = label
    rows, attack = labelled_rows(features, whole)
    if not attack.any() or attack.all():
        return None
    return ThreatPrior.fit(rows_of(features, rows), attack, of_row[rows], corpus, seed)


@dataclass(frozen=True, slots=True)
class QueueGroup:
    """Trials of one source in one setting with one seed; they share what they have in common."""

    seed: int
    source: str
    setting: str
    published: bool
    """Whether the first paper's method is measured too."""


def groups(bench: Bench, seeds: Sequence[int], settings: Sequence[str] = BY_COST) -> list[QueueGroup]:
    """All work of a ladder, setting after setting, so that what is stopped early is whole as far as it goes.

    The first paper's method is there for comparison and takes longer to train than the detector: the first seed has to do, and
    it is not measured on needles, where each pair of sources would need one, nor on chains cut to two steps.
    """
    out = []
    for setting in settings:
        # The largest first: with several workers none has a long one left at the end.
        size = Counter(trial.source for trial in bench.trials(setting)).most_common()
        first = seeds[0] if setting not in (NEEDLES, TWO_STEPS) else None
        out += [QueueGroup(seed, source, setting, seed == first) for seed in seeds for source, _ in size]
    return out


def climb(bench: Bench, group: QueueGroup, run: Run) -> Iterator[Rung]:
    """The rungs of a group. Raises Cancelled between two trials at the latest."""
    todo = [trial for trial in bench.trials(group.setting) if trial.source == group.source]
    params = replace(bench.params, seed=group.seed)
    for done, trial in enumerate(todo, start=1):
        run.raise_if_cancelled()
        queue, table = bench.part(trial.queue)
        if trial.setting == TWO_STEPS:
            queue, table = two_steps(queue, table)
        detector = bench.detector(trial, params, run)
        values = detector.signals(queue, run.quiet(), processes=table)
        if trial.estate is None:  # the counts are of other estates, as those of a ready detector
            values |= {other: values.pop(name) for name, other in elsewhere().items() if name in values}
        rows = rankings(detector, queue, table, values)
        if group.published:
            published = bench.published(trial, group.seed, run).signals(queue, run.quiet())
            rows |= {"published": published["reconstruction"], "published, worst step": published["reconstruction_worst"]}
        detail = f"{trial.setting} {trial.case}, seed {group.seed}"
        run.report(Step(f"ladder {group.source}", done, len(todo), "queues", detail, last=done == len(todo)))
        yield _rung(bench, trial, group.seed, queue, table, rows)


def ladder(
    bench: Bench,
    seeds: Sequence[int],
    run: Run,
    settings: Sequence[str] = BY_COST,
    *,
    workers: int = 1,
) -> Iterator[Rung]:
    """Every trial of the settings with every seed, as they are measured. With several workers each is a process of its own."""
    todo = groups(bench, seeds, settings)
    if workers > 1:
        yield from spread(bench, todo, workers, run)
        return
    for group in todo:
        yield from climb(bench, group, run)


def rankings(detector: Detector, queue: ChainCorpus, table: ProcessTable, values: Mapping[str, Floats]) -> dict[str, Floats]:
    """Method -> [c]: each signal, each family, the fusion, the fusion less each family and less each other part, a count."""
    values = speaking(values, known_share(detector.fitted, queue))
    families, plain = used(values), undiscounted(values)
    out: dict[str, Floats] = {f"signal {name}": value for name, value in plain.items()}
    out |= {f"family {name}": fuse(plain, {name: family}) for name, family in families.items()}
    out["fusion"] = with_ancestors(fuse(values), table)
    for name in families:
        out[f"fusion without {name}"] = with_ancestors(fuse(values, {k: v for k, v in families.items() if k != name}), table)
    out["fusion without build discount"] = with_ancestors(fuse(plain), table)
    out["fusion without ancestors"] = fuse(values)
    out["value frequency"] = value_frequency(queue, table)
    return out


def _rung(bench: Bench, trial: Trial, seed: int, queue: ChainCorpus, table: ProcessTable, rows: Mapping[str, Floats]) -> Rung:
    known, chain = bench.known, table.chain[table.chain >= 0].astype(np.int64)
    label, strong = known.label[trial.queue].astype(np.int64), known.strong[trial.queue]
    attack = np.bincount(chain[label == 1], minlength=len(queue)).astype(np.int64)
    sure = np.bincount(chain[(label == 1) & strong], minlength=len(queue)).astype(np.int64)
    background = np.bincount(chain[label == 0], minlength=len(queue)).astype(np.int64)
    methods = _all(rows, attack, background, lambda score: _incidents(queue, table, score, label))
    judged = _all(rows, sure, background, None) if sure.any() else {}
    chains, attacks = int(((attack + background) > 0).sum()), int((attack > 0).sum())
    return Rung(trial.setting, seed, trial.case, trial.windows, chains, attacks, methods, judged)


def _incidents(queue: ChainCorpus, table: ProcessTable, score: Floats, label: Ints) -> Metrics:
    """The product's findings of this queue: how many to read for 80 % of the attack processes, and the first ten's share.

    A process has its chain's score: rankings of chains know no more.
    """
    has = table.chain >= 0
    found = incidents(queue, table, np.where(has, score[table.chain], np.nan).astype(np.float32), score)
    number = found.of_process()[has][label == 1]
    return finding_metrics(np.bincount(number, minlength=len(found.score) + 1)[1:])


def _all(rows: Mapping[str, Floats], attack: Ints, background: Ints, further: object) -> dict[str, Metrics]:

    judged = np.flatnonzero(attack + background)
    truth = attack[judged] > 0
    out = {"random": random_metrics(truth, attack[judged], background[judged])}
    for name, score in rows.items():
        out[name] = metrics_of(truth, score[judged], attack[judged], background[judged])
        if callable(further) and name in {"fusion", "fusion without threat", "signal rolefrac"}:
            out[name] |= further(score)
    return out
