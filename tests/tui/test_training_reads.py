"""A training reads its case once, shows every stage, and stops in any of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

import engine.detector.model
from engine.detector import DetectorParams
from engine.domain.scores import ScoreSet
from engine.errors import Cancelled
from engine.jobs.rules import TrainingRules
from engine.jobs.score import score
from engine.jobs.train import Trained, train
from engine.progress import CancelToken, Listener, Step, silent
from engine.rules.rule import Rule, RuleSet, State
from tui.runtime.services import Services

CASE = "demo"
NAMES = Rule(r"^([a-z]{6,30}\.exe)$", "<temp>", "learnt", state=State.ACCEPTED)
"""Makes chains of different programs one: what is learnt from is then less than what is scored."""
RULES = TrainingRules(RuleSet((NAMES,)), None, learnt=False)


def trained(services: Services, listener: Listener = silent, token: CancelToken | None = None) -> Trained:
    params = DetectorParams(seed=3, device="cpu")
    params = replace(params, network=replace(params.network, steps=10), embedding=replace(params.embedding, epochs=2))
    ports = services.workspace.chains, services.workspace.vault
    return train([CASE], params, *ports, listener, token or CancelToken(), rules=RULES)


def scored(services: Services, made: Trained, listener: Listener = silent, token: CancelToken | None = None) -> ScoreSet:
    ports = services.workspace.chains, services.workspace.vault
    arguments: dict[str, Any] = {"detector": made.detector, "loaded": made.loaded}
    return score(CASE, made.model_id, *ports, listener, token or CancelToken(), **arguments)


def test_a_case_is_loaded_and_read_once(ingested: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: Counter[str] = Counter()

    def counted(place: Any, name: str) -> None:
        real = getattr(place, name)

        def instead(*arguments: Any, **named: Any) -> Any:
            calls[name] += 1
            return real(*arguments, **named)

        monkeypatch.setattr(place, name, instead)

    chains = type(ingested.workspace.chains)
    counted(chains, "load_corpus")
    counted(chains, "load_processes")
    monkeypatch.setattr(engine.detector.model, "read", lambda *_: pytest.fail("read a second time"))
    made = trained(ingested)
    scored(ingested, made)
    assert calls == {"load_corpus": 1, "load_processes": 1}


def test_what_training_has_read_scores_as_what_is_read_again(ingested: Services) -> None:
    made = trained(ingested)
    assert made.loaded is not None
    assert int(made.manifest["metrics"]["chains"]) < len(made.loaded[1])  # the rule made some one
    once = scored(ingested, made)
    ports = ingested.workspace.chains, ingested.workspace.vault
    again = score(CASE, made.model_id, *ports, silent, CancelToken())
    for name in (field.name for field in fields(ScoreSet) if field.name not in {"signals", "findings"}):
        one, two = getattr(once, name), getattr(again, name)
        assert one.tobytes() == two.tobytes() if isinstance(one, np.ndarray) else one == two, name
    for one, two in zip(once.signals, again.signals, strict=True):
        assert (one.name, one.value.tobytes(), one.tail.tobytes()) == (two.name, two.value.tobytes(), two.tail.tobytes())
    assert once.findings is not None
    assert again.findings is not None
    assert once.findings.keys == again.findings.keys


STAGES = ("read chains", "read processes", "read command lines", "learn words", "train", "read signals", "explain")


def test_every_stage_is_shown_and_ends(ingested: Services) -> None:
    steps: list[Step] = []
    scored(ingested, trained(ingested, steps.append), steps.append)
    begun = list(dict.fromkeys(step.stage for step in steps))
    assert [stage for stage in begun if stage in STAGES] == list(STAGES)
    assert begun[-1] == "write scores"
    assert {step.stage for step in steps if step.last} == set(begun)


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_looks_at_the_token(ingested: Services, stage: str) -> None:
    token = CancelToken()
    after: list[str] = []

    def listener(step: Step) -> None:
        if token.cancelled:
            after.append(step.stage)
        elif step.stage == stage:
            token.cancel()

    with pytest.raises(Cancelled):
        scored(ingested, trained(ingested, listener, token), listener, token)
    assert set(after) <= {stage}
