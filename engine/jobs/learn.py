"""Train a challenger: a new model beside the one in use, scored so that both can be compared before anybody switches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.jobs.ports.models import ModelVault
from engine.jobs.ports.score import ProcessStore
from engine.jobs.score import score
from engine.jobs.train import train
from engine.progress import CancelToken, Listener

if TYPE_CHECKING:
    from engine.detector import DetectorParams
    from engine.jobs.rules import TrainingRules
    from engine.starter.pack import StarterPack


@dataclass(frozen=True, slots=True)
class Learnt:
    """A model that has scored the case."""

    model_id: str
    manifest: dict[str, Any]
    in_use: str | None
    """The model that the case used before, and still uses when it is another one."""
    chains: int
    flagged: int
    findings: int


def learn(
    case: str,
    data: Sequence[str],
    params: DetectorParams,
    chains: ProcessStore,
    vault: ModelVault,
    listener: Listener,
    token: CancelToken,
    *,
    name: str | None = None,
    starter: StarterPack | None = None,
    rules: TrainingRules | None = None,
) -> Learnt:
    """Learn from the cases `data`, score `case`. A case without a model uses the new one at once: there is nothing to leave.

    Raises Cancelled. Before the model is published that leaves nothing behind, afterwards a model without scores; what the
    case uses is untouched either way.
    """
    before = vault.in_use(case)
    trained = train(data, params, chains, vault, listener, token, name=name, starter=starter, rules=rules)
    scores = score(
        case,
        trained.model_id,
        chains,
        vault,
        listener,
        token,
        detector=trained.detector,
        loaded=trained.loaded,
        use=before is None,
    )
    told = scores.metrics
    return Learnt(trained.model_id, trained.manifest, before, int(told["chains"]), int(told["flagged"]), int(told["findings"]))
