"""Score the chains of a case by a model of the vault; unless told otherwise it is the case's model in use afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import ModelError, UsageError
from engine.ports import ModelVault, ProcessStore
from engine.progress import CancelToken, Listener
from engine.tables import ScoreSet

if TYPE_CHECKING:
    from engine.detector import Detector


def load_detector(vault: ModelVault, model_id: str) -> Detector:
    """Open a model: hashes are verified before a byte of it is used. Raises ModelError for one of another kind."""
    from engine.detector import Detector

    folder, manifest = vault.open(model_id)
    if manifest.get("kind") != "detector":
        raise ModelError(
            f"{model_id} is a {manifest.get('kind')}, not a detector.", remedy="`oddkin models list` shows the kinds."
        )
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
    use: bool = True,
) -> ScoreSet:
    """Score every chain of `case`; `detector` saves loading a model that was just trained.

    Without `use` the scores lie beside those of the model in use, to be compared with them before anybody switches.
    """
    corpus = chains.load_corpus([case])
    if len(corpus) == 0:
        raise UsageError(f"Case {case!r} has no chains yet.", remedy=f"Ingest logs first: oddkin ingest PATH --case {case}")
    detector = detector or load_detector(vault, model_id)
    scores = detector.score(corpus, listener, token, processes=chains.load_processes([case], corpus))
    token.raise_if_cancelled()
    chains.write_scores(case, model_id, scores, use=use)
    return scores
