"""The detector: constructor stores parameters, `fit` returns self, fitted state is one immutable object set at the end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.detector.findings import group_findings
from engine.detector.params import DetectorParams
from engine.detector.state import Fitted, final_score, read
from engine.device import Device, resolve, threads_of
from engine.errors import ModelError, UsageError
from engine.progress import CancelToken, Listener, Step, silent
from engine.tables import ChainCorpus, Expectation, Floats32, ScoreSet, SignalColumn

if TYPE_CHECKING:
    from engine.detector.expectation import Explainer

EXPLAINED = 1000
"""Chains from the top of the queue that get an expectation; flagged ones get theirs in any case."""


class Detector:
    """Fit on the chains of a case, score chains of any case. Higher scores are more anomalous."""

    def __init__(self, params: DetectorParams | None = None) -> None:
        self.params = params or DetectorParams()
        self.fitted_: Fitted | None = None
        self._known: tuple[Fitted, Floats32] | None = None

    def fit(self, corpus: ChainCorpus, listener: Listener = silent, token: CancelToken | None = None) -> Detector:
        """Learn what is normal in `corpus`. Cancelled leaves the detector as it was; same seed, same result on the CPU."""
        from engine.detector.fitting import fit

        self.fitted_ = fit(corpus, self.params, listener, token or CancelToken())
        return self

    @property
    def fitted(self) -> Fitted:
        """The fitted state. Raises ModelError before `fit` or `load`."""
        if self.fitted_ is None:
            raise ModelError("This detector has not been trained.", remedy="Run: oddkin train")
        return self.fitted_

    def score(self, corpus: ChainCorpus, listener: Listener = silent, token: CancelToken | None = None) -> ScoreSet:
        """Score every chain of `corpus`, which may be of another case; counts and tails are of the training case."""
        token = token or CancelToken()
        state, device = self.fitted, self._device()
        with threads_of(device):
            reading = read(state.embedding, state.network, state.pairs, state.chains, corpus, device, listener, token)
            total = final_score(self.params.score, reading.values, state.tails)
            flagged = np.flatnonzero(total >= state.threshold)
            top = np.argsort(-total, kind="stable")[:EXPLAINED]
            rows = [row for row in np.union1d(flagged, top).tolist() if corpus.lengths[row] > 0]
            expectations = self._explainer(device).at_steps(corpus, reading.vectors, rows, reading.worst_step, token)
        listener(Step("score", len(corpus), len(corpus), "chains", last=True))
        finding = group_findings(corpus.steps, corpus.lengths, total, state.threshold)
        return ScoreSet(
            ids=corpus.ids,
            score=total,
            step_errors=reading.errors,
            worst_step=reading.worst_step,
            signals=tuple(SignalColumn(name, value, state.tails[name].tail(value)) for name, value in reading.values.items()),
            expectations=expectations,
            threshold=state.threshold,
            finding=finding,
            metrics={"flagged": len(flagged), "findings": int(finding.max(initial=0)), "chains": len(corpus)},
        )

    def expect(self, corpus: ChainCorpus, row: int, step: int) -> Expectation:
        """What was expected at one step of one chain. Raises UsageError for a step that the chain does not have."""
        if not 0 <= step < corpus.lengths[row]:
            raise UsageError(f"The chain has {corpus.lengths[row]} steps, not a step {step + 1}.")
        device = self._device()
        steps = np.zeros(len(corpus), dtype=np.int32)
        steps[row] = step
        with threads_of(device):
            vectors = np.zeros((len(corpus.paths), self.fitted.embedding.size), dtype=np.float32)
            used = corpus.steps[row, : corpus.lengths[row]]
            vectors[used] = self.fitted.embedding.transform([corpus.paths[i] for i in used])
            return self._explainer(device).at_steps(corpus, vectors, [row], steps, CancelToken())[row]

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

    def _device(self) -> Device:
        return resolve(self.params.device, self.params.threads)

    def _explainer(self, device: Device) -> Explainer:
        from engine.detector.expectation import Explainer

        state = self.fitted
        if self._known is None or self._known[0] is not state:  # `show` asks step by step
            self._known = (state, state.embedding.transform(state.known_paths))
        return Explainer(state.network, state.pairs, state.known_paths, self._known[1], device)
