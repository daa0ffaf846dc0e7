"""When the classifier is due for another training, by the verdicts that hold and those that taught the one in use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.classifier.trust import WHOLE, Said

if TYPE_CHECKING:
    from store.workspace import Workspace


def training_due(workspace: Workspace, case: str, tried: Mapping[tuple[str, int], Said] | None) -> bool:
    """Whether the verdicts that hold are enough others than those behind the classifier in use, and than those of a last try that
    was not taken. Raises NotFound when nothing was scored.
    """
    from engine.jobs.classify import due

    if not enough_now(workspace, case):
        return False
    now = workspace.teaching.said(case)
    return due(now, taught_with(workspace, case, now)) and (tried is None or due(now, tried))


def enough_now(workspace: Workspace, case: str) -> bool:
    """Whether both classes can have enough verdicts to train with: asked after every one, without a scan.

    By the variants that the learnt queue counts; there are no more decisions than variants. They are fewer than what a classifier
    needs to be trusted: until then it is shown, and moves nothing.
    """
    from engine.classifier.trust import OF_EACH
    from engine.domain.verdicts import Verdict

    index = workspace.learnt.index(case)
    given = index.metrics.get("labels") if index is not None else None
    if not isinstance(given, Mapping):
        return False
    sides = (sum(int(given.get(one.word, 0)) for one in Verdict if one.malicious is side) for side in (True, False))
    return min(sides) >= OF_EACH


def taught_with(workspace: Workspace, case: str, now: Mapping[tuple[str, int], Said]) -> dict[tuple[str, int], Said]:
    """Verdicts of the case that taught the classifier in use; {} for none, and for one from elsewhere.

    They hold `now`, or it would not be in use, and that tells by which acts; those on chains that no queue has any more are one.
    What `now` says of a chain as a whole is compared as a whole, however many variants of it taught.
    """
    model_id = workspace.vault.in_use(case, "classifier")
    taught = {} if model_id is None else workspace.vault.taught_with(case, model_id)
    gone = Said("", 0, 0)
    named = {(key, WHOLE) if (key, WHOLE) in now else (key, shape): verdict for (key, shape), (verdict, _) in taught.items()}
    return {name: now.get(name, gone)._replace(verdict=verdict) for name, verdict in named.items()}
