"""A training reads its case once, shows every stage, and stops in any of them."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from sqlalchemy.exc import OperationalError

import engine.detector.model
from engine.detector import DetectorParams
from engine.domain.scores import ScoreSet
from engine.errors import Cancelled
from engine.jobs.relearn import case_rules, queue_of
from engine.jobs.rules import TrainingRules
from engine.jobs.score import KEEP, score
from engine.jobs.train import Trained, train
from engine.progress import CancelToken, Run, Step
from engine.rules.rule import Rule, RuleSet, State
from engine.verdicts.features import VariantFeatures
from tui.runtime.services import Services

CASE = "demo"
NAMES = Rule(r"^([a-z]{6,30}\.exe)$", "<temp>", "learnt", state=State.ACCEPTED)
"""Makes chains of different programs one: what is learnt from is then less than what is scored."""
RULES = TrainingRules(RuleSet((NAMES,)), None, learnt=False)


def trained(services: Services, run: Run = Run()) -> Trained:
    params = DetectorParams(seed=3, device="cpu")
    params = replace(params, network=replace(params.network, steps=10), embedding=replace(params.embedding, epochs=2))
    ports = services.workspace.chains, services.workspace.vault
    return train([CASE], params, *ports, run, rules=RULES)


def scored(services: Services, made: Trained, run: Run = Run()) -> ScoreSet:
    ports = services.workspace.chains, services.workspace.vault
    arguments: dict[str, Any] = {"detector": made.detector, "loaded": made.loaded}
    return score(CASE, made.model_id, *ports, run, **arguments)


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


def signals_kept(services: Services) -> list[tuple[object, ...]]:
    with services.workspace.read() as connection:
        rows = connection.exec_driver_sql("SELECT chain_id, score, signals FROM score ORDER BY chain_id").all()
    assert len(rows) > 100
    return [tuple(row) for row in rows]


def test_what_training_has_read_scores_as_what_is_read_again(ingested: Services) -> None:
    made = trained(ingested)
    assert made.loaded is not None
    assert int(made.manifest["metrics"]["chains"]) < len(made.loaded[1])  # the rule made some one
    once = scored(ingested, made)
    ports = ingested.workspace.chains, ingested.workspace.vault
    signals = signals_kept(ingested)
    again = score(CASE, made.model_id, *ports, Run())
    assert signals_kept(ingested) == signals
    for name in (field.name for field in fields(ScoreSet) if field.name not in {"signals", "findings", "processes", "parts"}):
        one, two = getattr(once, name), getattr(again, name)
        assert one.tobytes() == two.tobytes() if isinstance(one, np.ndarray) else one == two, (name, one, two)
    assert once.findings is not None
    assert again.findings is not None
    assert once.findings.keys == again.findings.keys
    assert once.parts is not None
    assert again.parts is not None
    assert (once.parts.names, once.parts.values.tobytes()) == (again.parts.names, again.parts.values.tobytes())


STAGES = ("read chains", "read processes", "read command lines", "learn words", "train", "read signals", "explain")


def test_every_stage_is_shown_and_ends(ingested: Services) -> None:
    steps: list[Step] = []
    scored(ingested, trained(ingested, Run(steps.append)), Run(steps.append))
    begun = list(dict.fromkeys(step.stage for step in steps))
    assert [stage for stage in begun if stage in STAGES] == list(STAGES)
    assert begun[-3:] == ["write scores", "relate incidents", KEEP]
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
        scored(ingested, trained(ingested, Run(listener, token)), Run(listener, token))
    assert set(after) <= {stage}


def kept(services: Services) -> list[tuple[Any, ...]]:
    """All that is stored of what is kept, but for the number of the score set."""
    with services.workspace.read() as connection:
        heads = connection.exec_driver_sql("SELECT name, made_from, head, digest FROM kept ORDER BY name").all()
        parts = connection.exec_driver_sql("SELECT name, part, data FROM kept_part ORDER BY name, part").all()
    return [tuple(row) for row in (*heads, *parts)]


def test_the_first_verdict_finds_the_very_bytes_that_it_would_have_made(
    ingested: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored(ingested, trained(ingested))
    at_scoring = kept(ingested)
    teaching, vault = ingested.workspace.teaching, ingested.workspace.vault
    with monkeypatch.context() as patched:
        patched.setattr(VariantFeatures, "of", lambda *_all: pytest.fail("made again"))
        patched.setattr(type(teaching), "load_processes", lambda *_all: pytest.fail("read again"))
        queue_of(CASE, teaching, vault, Run())
    assert len(at_scoring) > 1
    with ingested.workspace.write() as connection:
        connection.exec_driver_sql("DELETE FROM kept")
        connection.commit()
    queue_of(CASE, teaching, vault, Run())
    assert kept(ingested) == at_scoring
    assert len(case_rules(vault, CASE)) == 1  # that made it other shapes than the paths alone


def test_ranking_anew_keeps_as_training_does(ingested: Services) -> None:
    made = trained(ingested)
    scored(ingested, made)
    first = kept(ingested)
    score(CASE, made.model_id, ingested.workspace.chains, ingested.workspace.vault, Run())
    assert kept(ingested) == first


def test_scores_beside_the_model_in_use_leave_what_is_kept_of_that(ingested: Services) -> None:
    made = trained(ingested)
    scored(ingested, made)
    first = kept(ingested)
    ports = ingested.workspace.chains, ingested.workspace.vault
    score(CASE, trained(ingested).model_id, *ports, Run(), use=False)
    assert ingested.workspace.vault.in_use(CASE) == made.model_id
    assert kept(ingested) == first


@pytest.mark.parametrize("stage", ["write scores", "relate incidents", KEEP])
def test_who_stops_once_the_scores_are_written_has_the_scores(ingested: Services, stage: str) -> None:
    token = CancelToken()
    made = trained(ingested)

    def listener(step: Step) -> None:
        if step.stage == stage and (step.last or stage != "write scores"):
            token.cancel()

    scored(ingested, made, Run(listener, token))
    workspace = ingested.workspace
    assert kept(ingested) == []
    assert workspace.vault.in_use(CASE) == made.model_id
    assert workspace.queue.counts(CASE).chains > 0
    queue_of(CASE, workspace.teaching, workspace.vault, Run())
    assert kept(ingested) != []


def test_what_was_linked_anew_since_it_was_read_is_not_kept(ingested: Services) -> None:
    made = trained(ingested)
    with ingested.workspace.write() as connection:
        connection.exec_driver_sql("UPDATE host SET linked_us = linked_us + 1 WHERE id = (SELECT min(id) FROM host)")
        connection.commit()
    scored(ingested, made)
    assert kept(ingested) == []


def test_a_workspace_that_is_full_has_the_scores_all_the_same(ingested: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_all: Any) -> None:
        raise OperationalError("INSERT", (), sqlite3.OperationalError("database or disk is full"))

    monkeypatch.setattr("store.scores.kept.save", full)
    made = trained(ingested)
    scored(ingested, made)
    assert kept(ingested) == []
    assert ingested.workspace.vault.in_use(CASE) == made.model_id
