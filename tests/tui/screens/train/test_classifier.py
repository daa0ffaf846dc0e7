"""The classifier on the Train screen, and its training by itself; the training itself is stubbed, its job is tested elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from engine.classifier.comparison import Decision
from engine.classifier.trust import TO_BEGIN
from engine.device import Device
from engine.jobs.classify import Classified
from engine.progress import Run, Step
from tests.tui.conftest import CASE
from tests.tui.waiting import wait_for
from tui.actions import models as model_jobs
from tui.actions.classifier import enough_now
from tui.app.app import OddkinApp
from tui.runtime.services import Services
from tui.screens.train.classifier_pane import ClassifierPane
from tui.screens.train.loss_plot import LossPlot
from tui.screens.train.screen import TrainScreen
from tui.screens.train.stage_list import StageList


@pytest.fixture(autouse=True)
def known_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    """torch is not asked."""
    monkeypatch.setattr("engine.device.available", lambda threads=1: (Device("cpu", "test", 1),))


def outcome(*, accepted: bool) -> Classified:
    figures = {"held_back": 26.0, "malicious": 12.0, "malicious_findings": 11.0, "other_findings": 13.0, "challenger_auc": 0.91}
    decision = Decision(accepted, "Judged [red]on 26 \x1bheld-back labels.", figures)
    manifest = {
        "labels": {"malicious": 12, "benign": 14}, "synthetic": 300,
        "decision": {"accepted": accepted, "sentence": decision.sentence, "figures": decision.figures},
        "reliability": [[0.0, 0.2, 0.1, 0.08, 40]],
    }  # fmt: skip
    return Classified(None, decision, manifest, ())


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[threading.Event]:
    """An event per training that was started; a training ends when its event is set, refused, or when it is stopped."""
    started: list[threading.Event] = []

    def classify(case: str, params: Any, store: Any, vault: Any, run: Run, **more: Any) -> Classified:
        done = threading.Event()
        started.append(done)
        run.report(Step("read queue", 9, 9, "chains", last=True))
        run.report(Step("train classifier", 10, 100, "batches", metrics={"loss": 0.5, "chains/s": 100.0}))
        while not done.wait(0.01):
            run.raise_if_cancelled()
        return outcome(accepted=False)

    monkeypatch.setattr("engine.jobs.classify.classify", classify)
    return started


async def train_screen(pilot: Pilot[None], app: OddkinApp) -> TrainScreen:
    await wait_for(lambda: isinstance(app.screen, TrainScreen) and app.services.device != "", "the screen", pilot)
    screen = app.screen
    assert isinstance(screen, TrainScreen)
    return screen


def label(services: Services, malicious: int, others: int) -> None:
    """The first chain of each finding, by an act of its own."""
    firsts = {row.member_of or -row.rank: row.key for row in reversed(services.workspace.queue.page(CASE, limit=500))}
    for place, key in enumerate(list(reversed(firsts.values()))[: malicious + others]):
        services.workspace.labels.set(CASE, [key], "malicious" if place < malicious else "benign")


def told(screen: TrainScreen) -> Callable[[str], bool]:
    return lambda words: words in screen.query_one(ClassifierPane).text()


async def test_a_training_shows_its_stages_and_why_it_was_refused(trained: Services, runs: list[threading.Event]) -> None:
    app = OddkinApp(trained, "train")
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await train_screen(pilot, app)
        await pilot.press("v", "r")
        await wait_for(lambda: len(runs) == 1, "it has begun", pilot)
        assert screen.query_one(ClassifierPane).display
        await wait_for(lambda: "▸ train network" in screen.query_one(StageList).text(), "the stages are its own", pilot)
        await wait_for(lambda: "loss 0.5" in screen.query_one(LossPlot).text(), "the loss is drawn", pilot)
        runs[0].set()
        await wait_for(lambda: told(screen)("refused"), "the judgement", pilot)
        text = screen.query_one(ClassifierPane).text()
        assert "challenger auc         0.91 on 12 malicious and 14 not (variants of 11 and 13 findings)" in text
        assert "[red]on 26" in text
        assert "12 malicious, 14 benign" in text
        assert "\x1b" not in app.export_screenshot()
        assert trained.workspace.vault.in_use(CASE, "classifier") is None
        await pilot.press("v")
        assert not screen.query_one(ClassifierPane).display


async def test_x_stops_it_and_nothing_is_changed(trained: Services, runs: list[threading.Event]) -> None:
    app = OddkinApp(trained, "train")
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await train_screen(pilot, app)
        models = trained.workspace.vault.list()
        await pilot.press("v", "r")
        await wait_for(lambda: len(runs) == 1, "it has begun", pilot)
        await pilot.press("ctrl+x")
        await wait_for(lambda: app.runner.running is None and not screen.has_class("running"), "it has stopped", pilot)
        assert trained.workspace.vault.list() == models
        await pilot.press("r")
        await wait_for(lambda: len(runs) == 2, "it can begin again", pilot)
        runs[1].set()


async def test_two_keys_on_many_chains_train_nothing(trained: Services, runs: list[threading.Event]) -> None:
    keys = [row.key for row in trained.workspace.queue.page(CASE, limit=100)]
    trained.workspace.labels.set(CASE, keys[:40], "malicious")
    trained.workspace.labels.set(CASE, keys[40:], "benign")
    assert enough_now(trained.workspace, CASE) is False  # nothing is learnt yet
    app = OddkinApp(trained, "triage")
    async with app.run_test(size=(120, 36)) as pilot:
        await wait_for(lambda: enough_now(trained.workspace, CASE), "a hundred verdicts are learnt from", pilot)
        await pilot.pause(0.2)
        assert runs == []


async def test_enough_new_verdicts_train_by_themselves_once(trained: Services, runs: list[threading.Event]) -> None:
    label(trained, 10, 4)
    app = OddkinApp(trained, "triage")
    async with app.run_test(size=(120, 36)) as pilot:

        async def learnt(event: int) -> None:
            def there() -> bool:
                index = trained.workspace.learnt.index(CASE)
                return index is not None and index.event >= event and index.metrics["labels"] is not None

            await wait_for(there, f"learnt from label event {event}", pilot)
            await pilot.pause()

        await learnt(14)
        assert runs == []  # four of the other kind are not enough, not even to be shown
        await pilot.press("v", "g", "n", "b")
        await learnt(15)
        await wait_for(lambda: len(runs) == 1, "it trains", pilot)
        assert app.runner.running == model_jobs.CLASSIFY
        runs[0].set()
        await wait_for(lambda: app.runner.running is None, "it has ended", pilot)
        await pilot.press("b")
        await learnt(16)
        await pilot.pause(0.2)
        assert len(runs) == 1  # one more verdict is not enough that is new


async def test_the_pane_and_the_refusal_ask_for_the_same_labels(trained: Services) -> None:
    app = OddkinApp(trained, "train")
    async with app.run_test(size=(160, 50)) as pilot:
        screen = await train_screen(pilot, app)
        await pilot.press("v")
        await wait_for(lambda: told(screen)("none yet"), "there is no classifier", pilot)
        shown = " ".join(screen.query_one(ClassifierPane).text().split())
        await pilot.press("r")
        await wait_for(lambda: bool(app._notifications) and app.runner.running is None, "it is refused", pilot, 30)
        refused = next(iter(app._notifications)).message
    assert TO_BEGIN == "10 labels with at least 5 malicious and 5 benign or false positive ones"
    assert f"Before it can be trained: {TO_BEGIN}" in shown
    assert f"a classifier needs {TO_BEGIN}." in refused
