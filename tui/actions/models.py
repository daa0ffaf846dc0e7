"""What both front ends do with models: use one, verify, export, import, remove; told in a sentence where a job is of one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.progress import Run, Step

if TYPE_CHECKING:
    from engine.errors import ModelError
    from engine.jobs.classify import Classified
    from store.models.ready import Shipped
    from store.models.rows import ModelView
    from store.queue.comparison import ModelComparison
    from store.queue.pages import QueueCounts
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
LARGEST_PACKAGE = 9 << 30
"""Bytes of a model package; only its directory is read before its limits are checked."""
DEFAULTS: Mapping[str, Any] = {"seed": 1, "device": "auto", "threads": 1}
"""Of the form's values, those that a classifier takes."""


def short_id(model_id: str) -> str:
    """The part of a model's id that tells it from others; kind and day stand beside it."""
    return model_id.rsplit("-", 1)[-1][:8]


def classify(workspace: Workspace, case: str, values: Mapping[str, Any], run: Run) -> Classified:
    """Train a classifier on the verdicts of the case; it is used when it is no worse than the one in use."""
    from engine.classifier.params import ClassifierParams
    from engine.jobs.classify import classify as job

    params = ClassifierParams(seed=values["seed"], device=values["device"], threads=values["threads"])
    return job(case, params, workspace.teaching, workspace.vault, run)


@dataclass(frozen=True, slots=True)
class Used:
    """A model that a case uses from now on."""

    kind: str
    counts: QueueCounts | None
    """The queue by it; None for a classifier, which re-orders the queue beside the detector and scores nothing."""


def use_model(workspace: Workspace, case: str, model: ModelView, run: Run, *, anew: bool) -> Used:
    """Make a model the case's own. `anew`: score the case in any case, not only where the model has not seen all of it."""
    from store.queue.marks import since

    if model.kind == CLASSIFIER:
        workspace.vault.use(case, model.id, model.kind)
        return Used(model.kind, None)
    if anew or since(workspace, case, model.id):
        score_again(workspace, case, model.id, run)
    else:
        workspace.vault.use(case, model.id)
    # Not what the model flags by itself: somebody may have moved the threshold of these scores.
    return Used(model.kind, workspace.queue.counts(case))


def score_again(workspace: Workspace, case: str, model_id: str, run: Run) -> tuple[str, str]:
    """Score all chains of a case by a model and use it, those that came since the last time too. Returns whose scores are new."""
    from engine.jobs.score import score

    score(case, model_id, workspace.chains, workspace.vault, run)
    return case, model_id


def use(workspace: Workspace, case: str, model_id: str, run: Run) -> str:
    """Use a model; the case is scored first where it has to be. The queue follows a classifier once it is known to be in use."""
    run.report(Step("look", 0, 1))
    counts = use_model(workspace, case, workspace.vault.show(model_id), run, anew=False).counts
    if counts is None:
        return f"{case} uses classifier {short_id(model_id)}: its queue is re-ordered"
    return f"{case} uses {short_id(model_id)}: {counts.findings:,} findings of {counts.flagged:,} chains"


def score_beside(workspace: Workspace, case: str, model_id: str, run: Run) -> str:
    """Score a case by a model without using it."""
    from engine.jobs.score import score

    scores = score(case, model_id, workspace.chains, workspace.vault, run, use=False)
    return f"{short_id(model_id)} has scored {len(scores.ids):,} chains; the model in use is the same as before"


def checked(workspace: Workspace, model_ids: Iterable[str]) -> Iterator[tuple[str, ModelError | None]]:
    """Each model as its files were compared with their hashes: what is wrong with it, None for nothing."""
    from engine.errors import ModelError

    for model_id in model_ids:
        try:
            workspace.vault.verify(model_id)
        except ModelError as error:
            yield model_id, error
        else:
            yield model_id, None


def verify(workspace: Workspace, model_ids: Sequence[str], run: Run) -> str:
    """Compare files with their hashes. Raises ModelCorrupt for those that differ, after having looked at all."""
    from engine.errors import ModelCorrupt

    def watched() -> Iterator[str]:
        for done, model_id in enumerate(model_ids):
            run.raise_if_cancelled()
            run.report(Step("verify", done, len(model_ids), "models", detail=model_id))
            yield model_id

    problems = [f"{short_id(number)}: {error.message}" for number, error in checked(workspace, watched()) if error is not None]
    if problems:
        raise ModelCorrupt(" ".join(problems), remedy="Remove it, then import it again or train anew.")
    return f"{len(model_ids)} model{'s' * (len(model_ids) != 1)} as published: every hash matches"


def export(workspace: Workspace, model_id: str, target: Path, run: Run) -> str:
    """Write a model as one file."""
    run.report(Step("write", 0, None, detail=str(target)))
    workspace.vault.export_file(model_id, target)
    return f"{short_id(model_id)} written to {target} ({target.stat().st_size / 1e6:.1f} MB)"


def take(workspace: Workspace, package: Path) -> str:
    """Take a model from a file. Returns its id. Raises InputError for what is no such file, ModelError."""
    from engine.small_files import checked as regular

    return workspace.vault.import_file(regular(package, LARGEST_PACKAGE))


def import_(workspace: Workspace, package: Path, run: Run) -> str:
    """Take a model from a file."""
    run.report(Step("read", 0, None, detail=str(package)))
    return f"{short_id(take(workspace, package))} imported; it is not in use yet"


def remove(workspace: Workspace, model_id: str, run: Run) -> str:
    """Delete a model with the scores it gave, also when a case uses it: whoever calls this has asked."""
    run.report(Step("remove", 0, None, detail=model_id))
    workspace.vault.remove(model_id, force=True)
    return f"{short_id(model_id)} and its scores removed"


def compared(workspace: Workspace, case: str, old: str, new: str) -> ModelComparison:
    """The queues of two models side by side. Raises NotFound where one of them has not scored the case."""
    from store.queue.comparison import compare

    return compare(workspace, case, old, new)


def make_ready(folder: Path, seed: int, day: date, run: Run) -> Shipped:
    """Learn from the shipped starter, and write the model into `folder`. The same seed, day and libraries make the same bytes."""
    from engine.detector import DetectorParams
    from engine.jobs.ready import make
    from engine.starter.file import shipped
    from store.models.ready import write

    detector, manifest = make(shipped(), DetectorParams(seed=seed, device="cpu"), run)
    with tempfile.TemporaryDirectory(prefix="oddkin-ready-") as scratch:
        detector.save(Path(scratch))
        return write(Path(scratch), manifest, day, folder)
