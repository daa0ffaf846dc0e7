"""One training for both front ends: who uses the new model, what is said, what an interruption leaves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from typer.testing import CliRunner

from engine.detector import DetectorParams
from engine.errors import Cancelled, StoreError
from engine.progress import CancelToken, Run, Step
from tui.actions.demo import simulate_case
from tui.actions.ingest import first_queue
from tui.actions.train_and_score import Onlooker, Part, TrainingOrder, one_bar, train_and_score
from tui.command_line import app
from tui.runtime.services import Services
from tui.words.training_words import in_use_words

pytestmark = pytest.mark.usefixtures("few_passes")

CASE = "demo"


def order(**more: Any) -> TrainingOrder:
    params = DetectorParams(seed=3, device="cpu", threat_prior=False)
    params = replace(params, network=replace(params.network, steps=10), embedding=replace(params.embedding, epochs=2))
    return TrainingOrder(**{"cases": [CASE], "params": params, "starter": False, "rules": False} | more)


@pytest.mark.parametrize("use", [True, False])
def test_use_decides_who_ranks_the_case(trained: Services, use: bool) -> None:
    workspace = trained.workspace
    old = workspace.vault.in_use(CASE)
    made = train_and_score(workspace, order(), one_bar(Run()), use=use)
    assert made.model_id != old
    assert (made.before, made.in_use) == (old, made.model_id if use else old)
    assert workspace.vault.in_use(CASE) == made.in_use
    assert set(workspace.thresholds.scored_models(CASE)) >= {made.model_id}


def test_a_case_without_a_model_uses_the_first_one_at_once(ingested: Services) -> None:
    made = train_and_score(ingested.workspace, order(name="first"), one_bar(Run()), use=False)
    assert (made.before, made.in_use, ingested.workspace.vault.in_use(CASE)) == (None, made.model_id, made.model_id)
    assert ingested.workspace.vault.show(made.model_id).manifest["name"] == "first"


def test_the_ready_one_is_replaced_at_once_and_what_changed_is_told(ingested: Services) -> None:
    """Nobody chose what is left; a model that somebody trained stays until it is switched."""
    workspace = ingested.workspace
    queue = first_queue(workspace, CASE, Run())
    assert queue is not None
    assert queue.ready
    made = train_and_score(workspace, order(), one_bar(Run()), use=False)
    assert (made.before, made.in_use, workspace.vault.in_use(CASE)) == (queue.model_id, made.model_id, made.model_id)
    assert made.changed is not None
    assert made.changed.read == 10
    beside = train_and_score(workspace, order(), one_bar(Run()), use=False)
    assert (beside.in_use, beside.changed) == (made.model_id, None)
    assert first_queue(workspace, CASE, Run()) is None


def test_each_part_is_watched_and_the_rules_are_told_before_the_training(
    ingested: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.jobs.rules.learn_rules", lambda *_all, **_more: None)
    seen: list[Any] = []

    @contextmanager
    def part(which: Part, model_id: str) -> Iterator[Run]:
        seen.append((which, model_id))
        yield Run()
        seen.append("over")

    made = train_and_score(
        ingested.workspace, order(rules=True), Onlooker(part, lambda found: seen.append(found is not None)), use=True
    )
    assert seen == [(Part.RULES, ""), "over", True, (Part.TRAIN, ""), "over", (Part.SCORE, made.model_id), "over"]


def test_a_stage_that_is_left_out_counts_as_done(ingested: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[Step] = []
    token = CancelToken()

    def listener(step: Step) -> None:
        steps.append(step)
        token.cancel()

    with pytest.raises(Cancelled):
        train_and_score(ingested.workspace, order(), one_bar(Run(listener, token)), use=True)
    assert [(step.stage, step.last) for step in steps][:1] == [("rules", True)]
    assert ingested.workspace.vault.list() == ()


def test_an_interrupted_scoring_leaves_the_model_in_use(trained: Services) -> None:
    old = trained.workspace.vault.in_use(CASE)
    token = CancelToken()

    @contextmanager
    def part(which: Part, _model: str) -> Iterator[Run]:
        if which is Part.SCORE:
            token.cancel()
        yield Run(token=token)

    with pytest.raises(Cancelled):
        train_and_score(trained.workspace, order(), Onlooker(part, lambda _found: None), use=True)
    assert trained.workspace.vault.in_use(CASE) == old
    assert len(trained.workspace.vault.list()) == 2


def test_what_can_only_be_read_is_refused_before_anything_is_worked_out(
    trained: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise StoreError("sealed")

    monkeypatch.setattr(trained.workspace, "check_writable", refuse)
    monkeypatch.setattr("engine.jobs.train.train", lambda *_all, **_more: pytest.fail("trained"))
    with pytest.raises(StoreError, match="sealed"):
        train_and_score(trained.workspace, order(), one_bar(Run()), use=False)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [(None, "b", "In use: b; before: none"), ("a", "b", "In use: b; before: a"), ("a", "a", "In use: a, as before")],
)
def test_both_front_ends_say_what_is_in_use(before: str | None, after: str, said: str) -> None:
    assert in_use_words(before, after) == said


def test_the_command_line_says_what_was_in_use_and_what_is(trained: Services) -> None:
    workspace = trained.workspace
    old = workspace.vault.in_use(CASE)
    flags = ["--epochs", "1", "--no-starter", "--no-rules", "--seed", "4"]
    done = CliRunner().invoke(app, ["-w", str(workspace.folder), "train", *flags], catch_exceptions=False)
    assert f"In use: {done.stdout.strip()}; before: {old}\n" in done.stderr
    assert workspace.vault.in_use(CASE) == done.stdout.strip()


def test_the_demo_of_both_front_ends_is_one_case(empty: Services, tmp_path: Any) -> None:
    from engine.simulator import FleetPlan

    made = simulate_case(empty.workspace, tmp_path / "logs", FleetPlan(hosts=2, days=1, seed=7), Run())
    assert empty.workspace.cases.names() == (CASE,)
    assert made.report.kept == empty.workspace.cases.show(CASE).kept
    assert made.fleet.intrusions
