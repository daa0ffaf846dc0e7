"""Score the chains of a case by a model of the vault; afterwards the model is the case's model in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import UsageError
from engine.ports import ModelVault, ProcessStore
from engine.progress import CancelToken, Listener, Step
from engine.tables import ScoreSet

if TYPE_CHECKING:
    from engine.detector import Detector


def load_detector(vault: ModelVault, model_id: str) -> Detector:
    """Open a model: hashes are verified before a byte of it is parsed."""
    from engine.detector import Detector

    folder, _manifest = vault.open(model_id)
    return Detector.load(folder)


def score(
    case: str,
    model_id: str,
    chains: ProcessStore,
    vault: ModelVault,
    listener: Listener,
    token: CancelToken,
    *,
    detector: Detector | None = None,
) -> ScoreSet:
    """Score every chain of `case`; `detector` saves loading a model that was just trained."""
    corpus = chains.load_corpus([case])
    if len(corpus) == 0:
        raise UsageError(f"Case {case!r} has no chains yet.", remedy=f"Ingest logs first: oddkin ingest PATH --case {case}")
    detector = detector or load_detector(vault, model_id)
    scores = detector.score(corpus, listener, token, processes=chains.load_processes([case], corpus))
    token.raise_if_cancelled()
    chains.write_scores(case, model_id, scores)
    listener(Step("score", len(corpus), len(corpus), "chains", last=True))
    return scores
