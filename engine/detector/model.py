"""The detector: constructor stores parameters, `fit` returns self, fitted state is one immutable object set at the end.

The way of a chain to its place in the queue, as `Detector.score` goes it:

    Rows.of         state.py     paths normalised by the model's rules
    read            reading.py   the network's errors of its steps, then the value of each signal (engine.signals.catalogue)
    final_score     reading.py   the surprises of the signals in one number; what an odd process starts takes part of its score
    Certain         certain.py   what somebody's list settles stands above all of that
    promise_of      calibration.py, promise.py   by what somebody can afford to read of a clean host-day; where nothing is
                    known of those, of the queue itself: thresholds.py
    _explained      expectation.py, reasons.py   what was expected at the worst step, and what each signal says
    _grouped        engine.findings   chains that belong together; what the threshold costs (cost.py)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.detector.certain import Certain, Fused
from engine.detector.clean_days import promise_of
from engine.detector.cost import Cost, cost_of
from engine.detector.params import FUSED, DetectorParams
from engine.detector.promise import KEY
from engine.detector.reading import Reading, read
from engine.detector.shares import finding_parts
from engine.detector.state import Fitted, Rows, known_share
from engine.detector.thresholds import threshold_for
from engine.device import Device, resolve, threads_of
from engine.domain.arrays import Floats, Floats32, Ints, Ints32
from engine.domain.budgets import SETTLED
from engine.domain.chains import ChainCorpus
from engine.domain.distinct import distinct
from engine.domain.processes import ProcessTable
from engine.domain.scores import CountedTails, Expectation, FindingSet, ScoreSet, SignalColumn
from engine.errors import ModelCorrupt, ModelError, UsageError
from engine.findings.incidents import incidents
from engine.findings.without_processes import group_findings
from engine.progress import Run, Step
from engine.rules.corpus import merged, normalised
from engine.rules.rule import RuleSet
from engine.signals.registry import find
from engine.starter.starter import CleanDay, Starter
from engine.threads import in_order, threads_for

if TYPE_CHECKING:
    from engine.detector.expectation import Explainer

RAREST = 1e-9
"""Tail of what a signal is certain of."""
EXPLAINED = 1000
"""Chains from the top of the queue that get an expectation; flagged ones get theirs in any case."""


class Detector:
    """Fit on the chains of a case, score chains of any case. Higher scores are more anomalous."""

    def __init__(self, params: DetectorParams | None = None) -> None:
        self.params = params or DetectorParams()
        self.fitted_: Fitted | None = None
        self._known: tuple[Fitted, Floats32] | None = None
        self._kept: _Kept | None = None

    def fit(
        self,
        corpus: ChainCorpus,
        run: Run = Run(),
        *,
        processes: ProcessTable | None = None,
        starter: Starter | None = None,
        rules: RuleSet | None = None,
        keep: bool = False,
    ) -> Detector:
        """Learn what is normal in `corpus`. Cancelled leaves the detector as it was; same seed, same result on the CPU.

        `rules` normalise the paths first, here and of every corpus that is scored later; they become part of the model.

        `processes` of the corpus bring in command lines and builds; `starter` other estates' chains and the supervised
        prior. With a starter the corpus may be empty (engine.domain.corpora.empty_like). `keep`: the next `score` is of the
        same two objects, and takes what was read of them here instead of reading it again.
        """
        from engine.detector.fitting import fit

        rules = rules or RuleSet()
        rows = Rows.of(corpus, processes, rules)
        if len(rules) and starter is not None and starter.corpus is not None:
            known, table = merged(*normalised(starter.corpus, rules, starter.processes))
            starter = replace(starter, corpus=known, processes=table, days=tuple(_normalised(day, rules) for day in starter.days))
        fitted, reading = fit(rows, self.params, run, starter)
        self.fitted_ = replace(fitted, rules=rules) if len(rules) else fitted
        self._kept = _Kept(self.fitted_, corpus, processes, rows, reading) if keep else None
        return self

    @property
    def fitted(self) -> Fitted:
        """The fitted state. Raises ModelError before `fit` or `load`."""
        if self.fitted_ is None:
            raise ModelError("This detector has not been trained.", remedy="Run: oddkin train")
        return self.fitted_

    def score(
        self,
        corpus: ChainCorpus,
        run: Run = Run(),
        *,
        processes: ProcessTable | None = None,
    ) -> ScoreSet:
        """Score every chain of `corpus`, which may be of another case; counts and tails are of the training case.

        The fused score ranks the chains of this corpus among each other (engine.signals.fusion), so the threshold is for a
        corpus of this size and system, by what clean host-days are like (engine.detector.calibration). Without `processes` the
        signals that need command lines are missing, and so are the findings: only flagged chains are grouped, by which
        continues which.
        """
        if not self.fitted.estate:
            return self._counting(corpus, processes, run).score(corpus, run, processes=processes)
        state, device = self.fitted, self._device()
        with threads_of(device):
            rows, reading = self._read(corpus, processes, device, run)
            corpus, processes = rows.corpus, rows.table
            share = known_share(state, corpus)
            fused = Fused.of(self.params, reading, share, processes)
            _check_numbers(reading.errors, fused.chains, corpus.lengths)
            total, own, settled = fused.with_certain(reading, processes, self._highest_threshold(corpus))
            threshold, promised = self._threshold(total, corpus, settled)
            expectations = self._explained(rows, reading, _opened(total, threshold, corpus.lengths), device, run)
        run.report(Step("score", len(corpus), len(corpus), "chains", last=True))
        findings, finding, cost = _grouped(corpus, processes, fused, total, own, settled, threshold)
        flagged = np.flatnonzero(total >= threshold)
        return ScoreSet(
            ids=corpus.ids,
            score=total,
            step_errors=reading.errors,
            worst_step=reading.worst_step,
            signals=_columns(state, reading),
            expectations=expectations,
            threshold=threshold,
            finding=finding,
            metrics={
                "flagged": len(flagged),
                "findings": int(findings.above(own, threshold).sum()) if findings else len(distinct(finding[flagged])),
                "chains": len(corpus),
                "calibration": None if cost is None else cost.plain(),
                **promised,
            },
            findings=findings,
            processes=processes,
            process_score=own,
            parts=finding_parts(self.params, reading, share, rows, findings, fused, own, settled),
        )

    def _highest_threshold(self, corpus: ChainCorpus) -> float:
        """No threshold of a queue is above this but one that is spent on the queue itself."""
        if self.fitted.calibration is not None:
            return promise_of(self.fitted.calibration, corpus).highest
        return -np.inf if self.params.score == FUSED else self.fitted.threshold

    def _threshold(self, total: Floats, corpus: ChainCorpus, settled: Certain | None) -> tuple[float, dict[str, Any]]:
        """Of this queue, and for the metrics what it promises where that is known, and above what it never is."""
        threshold, promised = self._by_budget(total, corpus)
        if settled is None:
            return threshold, promised
        return min(threshold, settled.lowest), promised | {SETTLED: settled.lowest}

    def _by_budget(self, total: Floats, corpus: ChainCorpus) -> tuple[float, dict[str, Any]]:
        """By the budget, and what it promises where that is known; the published score's is the model's."""
        if self.fitted.calibration is not None:
            promise = promise_of(self.fitted.calibration, corpus)
            return promise.threshold(self.params.budget), {KEY: promise.plain()}
        if self.params.score != FUSED:
            return self.fitted.threshold, {}
        return threshold_for(self.params.budget, total, corpus.counts, corpus.host_days), {}

    def signals(self, corpus: ChainCorpus, run: Run = Run(), *, processes: ProcessTable | None = None) -> dict[str, Floats]:
        """Signal -> [c] raw values, as in `score`, but nothing is fused, explained or grouped: a third of the work."""
        from engine.detector.counted import counting

        rows, device = Rows.of(corpus, processes, self.fitted.rules), self._device()
        state = self.fitted if self.fitted.estate else counting(self.fitted, rows)
        with threads_of(device):
            return read(state, rows, device, run).values

    def expect(self, corpus: ChainCorpus, row: int, step: int) -> Expectation:
        """What was expected at one step of one chain. Raises UsageError for a step that the chain does not have."""
        if not 0 <= step < corpus.lengths[row]:
            raise UsageError(f"The chain has {corpus.lengths[row]} steps, not a step {step + 1}.")
        device = self._device()
        corpus, _ = normalised(corpus, self.fitted.rules)
        steps = np.zeros(len(corpus), dtype=np.int32)
        steps[row] = step
        with threads_of(device):
            used = corpus.steps[row, : corpus.lengths[row]]
            known = self.fitted.vectors([corpus.paths[i] for i in used])
            vectors = np.zeros((len(corpus.paths), known.shape[1]), dtype=np.float32)
            vectors[used] = known
            return self._explainer(device).at_steps(corpus, vectors, [row], steps, Run())[row]

    def save(self, folder: Path) -> None:
        """Write the fitted state into an existing folder: safetensors, npz and JSON, nothing that unpickles."""
        from engine.detector.persistence import save

        save(self.params, self.fitted, folder)

    @classmethod
    def load(cls, folder: Path, device: str = "auto", threads: int = 1) -> Detector:
        """Open a saved detector; it scores bit for bit as before on the same kind of device. Raises ModelCorrupt."""
        from engine.detector.persistence import load

        params, state = load(folder, device, threads)
        detector = cls(params)
        detector.fitted_ = state
        return detector

    def manifest(self) -> dict[str, Any]:
        """What a model store should know: kind, parameters, metrics, seed, device, library versions, training set."""
        from engine.detector.persistence import manifest

        return manifest(self.params, self.fitted)

    def _counting(self, corpus: ChainCorpus, processes: ProcessTable | None, run: Run) -> Detector:
        """The detector of this case alone that one of no estate becomes for a scoring, which is kept nowhere."""
        from engine.detector.counted import counting, measured

        device = self._device()
        with threads_of(device):
            rows = Rows.of(corpus, processes, self.fitted.rules)
            state = counting(self.fitted, rows)
            reading = read(state, rows, device, run)
            here = Detector(self.params)
            here.fitted_ = measured(state, rows, reading)
        here._kept = _Kept(here.fitted_, corpus, processes, rows, reading)
        return here

    def _read(self, corpus: ChainCorpus, processes: ProcessTable | None, device: Device, run: Run) -> tuple[Rows, Reading]:
        """What `fit` has kept of these two objects, once; else what is read now."""
        kept, self._kept = self._kept, None
        if kept and kept.state is self.fitted and kept.corpus is corpus and kept.processes is processes:
            return kept.rows, kept.reading
        rows = Rows.of(corpus, processes, self.fitted.rules)
        return rows, read(self.fitted, rows, device, run)

    def _explained(self, rows: Rows, reading: Reading, opened: list[int], device: Device, run: Run) -> dict[int, Expectation]:
        """Row -> what was expected and what there is to say, for some rows."""
        from engine.detector.reasons import with_reasons

        run.report(Step("explain", 0, len(opened), "chains"))
        expectations = self._explainer(device, rows.corpus, reading.vectors).at_steps(
            rows.corpus, reading.vectors, opened, reading.worst_step, run
        )
        run.raise_if_cancelled()
        said = with_reasons(self.fitted, rows.corpus, reading.errors, expectations, reading.values, rows.table)
        run.report(Step("explain", len(opened), len(opened), "chains", last=True))
        return said

    def _device(self) -> Device:
        return resolve(self.params.device, self.params.threads)

    def _explainer(self, device: Device, corpus: ChainCorpus | None = None, vectors: Floats32 | None = None) -> Explainer:
        """Vectors [p, d] of the corpus's paths, where they were read already."""
        from engine.detector.expectation import Explainer

        state = self.fitted
        if self._known is None or self._known[0] is not state:  # `show` asks step by step
            paths = () if corpus is None else corpus.paths
            self._known = (state, state.known_vectors(paths, vectors))
        return Explainer(state.network, state.pairs, state.known, self._known[1], device)


def _normalised(day: CleanDay, rules: RuleSet) -> CleanDay:
    corpus, table = merged(*normalised(day.corpus, rules, day.table))
    assert table is not None
    return replace(day, corpus=corpus, table=table)


@dataclass(frozen=True, slots=True)
class _Kept:
    """What training has read of its own chains."""

    state: Fitted
    corpus: ChainCorpus
    processes: ProcessTable | None
    rows: Rows
    reading: Reading


def _opened(score: Floats, threshold: float, lengths: Ints32) -> list[int]:
    """Rows that somebody may open: flagged ones and the top of the queue, chains without steps left out."""
    top = np.argsort(-score, kind="stable")[:EXPLAINED]
    return [row for row in distinct(np.flatnonzero(score >= threshold), top).tolist() if lengths[row] > 0]


def _grouped(
    corpus: ChainCorpus, processes: ProcessTable | None, fused: Fused, score: Floats, own: Floats32 | None,
    settled: Certain | None, threshold: float,
) -> tuple[FindingSet | None, Ints, Cost | None]:  # fmt: skip
    """All findings, [c] those of flagged chains (0 for others), and what the threshold flags a day; without processes less.

    What is odd and what everyday is told by the scores as they were fused, however much is settled.
    """
    if processes is None or own is None:
        return None, group_findings(corpus.steps, corpus.lengths, score, threshold), None
    findings = incidents(corpus, processes, own, fused.chains, None if settled is None else settled.processes)
    return findings, np.where(score >= threshold, findings.of_chain, 0), cost_of(score >= threshold, processes)


def _check_numbers(errors: Floats32, total: Floats, lengths: Ints32) -> None:
    """Raises ModelCorrupt for a model under which a step or a chain has no number: one from elsewhere, or damaged in place."""
    steps = np.arange(errors.shape[1]) < lengths[:, None]
    if not np.isfinite(errors[steps]).all() or np.isnan(total[lengths > 0]).any():
        raise ModelCorrupt("The model gives some chains no number.", remedy="Use another model, or train again: oddkin train")


def _columns(state: Fitted, reading: Reading) -> tuple[SignalColumn, ...]:
    names = list(reading.values)
    tails = in_order(lambda name: _tail(state, name, reading.values[name]), names, threads=threads_for(len(reading.errors)))
    return tuple(SignalColumn(name, reading.values[name], tail) for name, tail in zip(names, tails, strict=True))


def _tail(state: Fitted, name: str, value: Floats) -> Floats | CountedTails:
    """Against the training chains; a signal that training had not (no command lines there, say) tells nothing: 1. What is settled
    is as rare as can be.
    """
    signal = find(name)
    if signal is not None and signal.certain:
        return np.where(value > 0, RAREST, 1.0)
    table = state.tails.get(name)
    return table.counted(value) if table is not None else CountedTails(np.zeros(len(value), dtype=np.int32), 0)
