"""Train a model and score a case by it: what `oddkin train`, the demo and the Train screen do, and who uses the model then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from engine.errors import NotFound
from engine.progress import Run, Step

if TYPE_CHECKING:
    from engine.detector import DetectorParams
    from engine.domain.scores import ScoreSet
    from engine.jobs.rules import TrainingRules
    from engine.starter.pack import StarterPack
    from store.queue.first import FirstFindings
    from store.workspace import Workspace

THREAT_PRIOR = True
"""Whether a new model uses the starter's supervised prior, for who makes no choice."""
RULES = True
"""Whether a new model reads paths through the accepted normalisation rules, likewise; figures in docs/rules.md."""


@dataclass(frozen=True, slots=True)
class TrainingOrder:
    """What to train, on what."""

    cases: Sequence[str]
    """Learnt from; the first one is scored."""
    params: DetectorParams
    name: str | None = None
    starter: bool = True
    rules: bool = RULES


class Part(Enum):
    """Parts of the work. An interruption leaves something else behind in each."""

    RULES = auto()
    """Nothing is trained yet; rules that were learnt are kept."""
    TRAIN = auto()
    """No model is made before its end."""
    SCORE = auto()
    """The model is made; the case uses what it used before."""


@dataclass(frozen=True, slots=True)
class Onlooker:
    """Who looks on. The interface draws one bar for all of it; the command line one for each part, and speaks in between."""

    part: Callable[[Part, str], AbstractContextManager[Run]]
    """Around each part, with the model's id, "" before there is one: what it reports to, and is stopped by."""
    rules: Callable[[TrainingRules | None], object]
    """Which rules will be used, before the training begins; None: without any, as ordered."""


@dataclass(frozen=True, slots=True)
class TrainedAndScored:
    """A model that has scored the case."""

    model_id: str
    manifest: dict[str, Any]
    scores: ScoreSet
    before: str | None
    """The model that the case used before."""
    in_use: str
    """The one that it uses now."""
    changed: FirstFindings | None = None
    """At the top of the queue, where this model took another one's place; None where nothing was replaced."""


def train_and_score(
    workspace: Workspace,
    order: TrainingOrder,
    onlooker: Onlooker,
    *,
    use: bool,
) -> TrainedAndScored:
    """Learn the rules where there are none, train, score the first case.

    `use`: rank the case by the new model from now on, as the command line does. Otherwise it stands beside the one in use, to be
    compared and offered; a case without a model, or with the one that came with oddkin, uses the new one at once: nobody chose
    what it leaves. Verdicts stay either way.

    Raises Cancelled. Until the model is made that leaves nothing but rules, afterwards a model without scores; what the case
    uses is untouched either way. Raises StoreError, before anything is worked out, where the workspace can only be read.
    """
    from engine.jobs.score import score
    from engine.jobs.train import train

    workspace.check_writable()
    for learnt_from in order.cases:
        workspace.cases.require_whole(learnt_from)
    case, ports = order.cases[0], (workspace.chains, workspace.vault)
    starter = shipped_starter(order.starter)
    rules = None
    if order.rules:
        from engine.jobs.rules import rules_for_training

        with onlooker.part(Part.RULES, "") as run:
            rules = rules_for_training(order.cases, workspace.rules, run)
    onlooker.rules(rules)
    before = workspace.vault.in_use(case)
    with onlooker.part(Part.TRAIN, "") as run:
        made = train(order.cases, order.params, *ports, run, name=order.name, starter=starter, rules=rules)
    used = use or before is None or workspace.vault.show(before).ready
    with onlooker.part(Part.SCORE, made.model_id) as run:
        scores = score(case, made.model_id, *ports, run, detector=made.detector, loaded=made.loaded, use=used)
    now = made.model_id if used or before is None else before
    return TrainedAndScored(made.model_id, made.manifest, scores, before, now, _changed(workspace, case, before, now))


def _changed(workspace: Workspace, case: str, before: str | None, now: str) -> FirstFindings | None:
    from store.queue.first import first_findings

    if before is None or before == now:
        return None
    try:
        return first_findings(workspace, case, before, now)
    except NotFound:  # it had scored nothing, or is gone
        return None


def one_bar(run: Run) -> Onlooker:
    """All of it as one job; a stage that is left out counts as done."""
    from engine.jobs.rules import TRAINING_STAGE

    def rules(found: TrainingRules | None) -> None:
        if found is None:
            run.report(Step(TRAINING_STAGE, 0, 0, "rules", last=True))

    return Onlooker(lambda _part, _model: nullcontext(run), rules)


def shipped_starter(wanted: bool) -> StarterPack | None:
    """The package's starter, when it is wanted. Raises ModelCorrupt."""
    from engine.starter.file import shipped

    return shipped() if wanted else None
