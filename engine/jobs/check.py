"""Check: whether a model is fit for a case, before the case is ranked by it. Nothing is written."""

from __future__ import annotations

from engine.detector.drift import Drift, drift
from engine.errors import UsageError
from engine.jobs.ports.models import ModelVault
from engine.jobs.ports.score import ProcessStore
from engine.jobs.score import load_detector
from engine.progress import Run


def check(case: str, model_id: str, chains: ProcessStore, vault: ModelVault, run: Run) -> Drift:
    """How far the case is from what the model learnt. Raises UsageError for a case without chains, ModelError."""
    corpus = chains.load_corpus([case])
    if not len(corpus):
        raise UsageError(f"Case {case!r} has no chains yet.", remedy=f"Ingest logs first: oddkin ingest PATH --case {case}")
    detector = load_detector(vault, model_id)
    values = detector.signals(corpus, run, processes=chains.load_processes([case], corpus, run))
    return drift(detector.fitted, corpus, values)
