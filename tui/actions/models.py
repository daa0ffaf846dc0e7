"""What the Train and Models screens have done in the background: functions of (listener, token), headless."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.progress import CancelToken, Listener, Step

if TYPE_CHECKING:
    from engine.jobs.classify import Classified
    from store.workspace import Workspace

TRAIN = "training"
USE = "switching model"
SCORE = "scoring"
VERIFY = "verifying models"
EXPORT_MODEL = "exporting model"
IMPORT_MODEL = "importing model"
REMOVE = "removing model"
CLASSIFY = "training classifier"
CLASSIFIER = "classifier"
"""Kind of model."""
DEFAULTS: Mapping[str, Any] = {"seed": 1, "device": "auto", "threads": 1}
"""Of the form's values, those that a classifier takes."""


def short_id(model_id: str) -> str:
    """The part of a model's id that tells it from others; kind and day stand beside it."""
    return model_id.rsplit("-", 1)[-1][:8]


def classify(workspace: Workspace, case: str, values: Mapping[str, Any], listener: Listener, token: CancelToken) -> Classified:
    """Train a classifier on the verdicts of the case; it is used when it is no worse than the one in use."""
    from engine.classifier.params import ClassifierParams
    from engine.jobs.classify import classify as run

    params = ClassifierParams(seed=values["seed"], device=values["device"], threads=values["threads"])
    return run(case, params, workspace.teaching, workspace.vault, listener, token)


def use(workspace: Workspace, case: str, model_id: str, listener: Listener, token: CancelToken) -> str:
    """Make a model the case's own; scores the case first where the model has not seen all its chains.

    A classifier scores nothing: the queue is re-ordered with its help once it is known to be in use.
    """
    from engine.jobs.score import score
    from store.queue.marks import unscored

    listener(Step("look", 0, 1))
    kind = workspace.vault.show(model_id).kind
    if kind == CLASSIFIER:
        workspace.vault.use(case, model_id, kind)
        return f"{case} uses classifier {short_id(model_id)}: its queue is re-ordered"
    if unscored(workspace, case, model_id):
        score(case, model_id, workspace.chains, workspace.vault, listener, token)
    else:
        workspace.vault.use(case, model_id)
    counts = workspace.queue.counts(case)
    return f"{case} uses {short_id(model_id)}: {counts.findings:,} findings of {counts.flagged:,} chains"


def score_beside(workspace: Workspace, case: str, model_id: str, listener: Listener, token: CancelToken) -> str:
    """Score a case by a model without using it."""
    from engine.jobs.score import score

    scores = score(case, model_id, workspace.chains, workspace.vault, listener, token, use=False)
    return f"{short_id(model_id)} has scored {len(scores.ids):,} chains; the model in use is the same as before"


def verify(workspace: Workspace, model_ids: Sequence[str], listener: Listener, token: CancelToken) -> str:
    """Compare files with their hashes. Raises ModelCorrupt for the first that differs, after having looked at all."""
    from engine.errors import ModelCorrupt, ModelError

    problems: list[str] = []
    for done, model_id in enumerate(model_ids):
        token.raise_if_cancelled()
        listener(Step("verify", done, len(model_ids), "models", detail=model_id))
        try:
            workspace.vault.verify(model_id)
        except ModelError as error:
            problems.append(f"{short_id(model_id)}: {error.message}")
    if problems:
        raise ModelCorrupt(" ".join(problems), remedy="Remove it, then import it again or train anew.")
    return f"{len(model_ids)} model{'s' * (len(model_ids) != 1)} as published: every hash matches"


def export(workspace: Workspace, model_id: str, target: Path, listener: Listener, _token: CancelToken) -> str:
    """Write a model as one file."""
    listener(Step("write", 0, None, detail=str(target)))
    workspace.vault.export_file(model_id, target)
    return f"{short_id(model_id)} written to {target} ({target.stat().st_size / 1e6:.1f} MB)"


def import_(workspace: Workspace, package: Path, listener: Listener, _token: CancelToken) -> str:
    """Take a model from a file."""
    from tui.shell.files import LARGEST_PACKAGE, readable

    listener(Step("read", 0, None, detail=str(package)))
    model_id = workspace.vault.import_file(readable(package, LARGEST_PACKAGE))
    return f"{short_id(model_id)} imported; it is not in use yet"


def remove(workspace: Workspace, model_id: str, listener: Listener, _token: CancelToken) -> str:
    """Delete a model with the scores it gave, also when a case uses it: whoever calls this has asked."""
    listener(Step("remove", 0, None, detail=model_id))
    workspace.vault.remove(model_id, force=True)
    return f"{short_id(model_id)} and its scores removed"
