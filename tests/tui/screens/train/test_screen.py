"""The Train screen by keys: parameters, a run, the threshold, the comparison, switching."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot

from engine.detector import AlertBudget
from engine.device import Device
from engine.errors import UsageError
from engine.progress import Step
from tests.tui.rendered import rows_of
from tests.tui.screens.fixed_models import two_models
from tests.tui.waiting import wait_for
from tui.actions import models as model_jobs
from tui.app.app import OddkinApp
from tui.dialogs.text import TextDialog
from tui.runtime.messages import JobStepped
from tui.runtime.services import Services
from tui.screens.train.distribution_plot import DistributionPlot
from tui.screens.train.loss_plot import LossPlot
from tui.screens.train.screen import TrainScreen
from tui.screens.train.stage_list import StageList
from tui.screens.train.training_form import epochs_of, parameters, to_params
from tui.widgets.comparison import ComparisonPane
from tui.widgets.job_bar import JobBar
from tui.widgets.parameter_form import ParameterForm

pytestmark = pytest.mark.usefixtures("few_passes")

CPU = (Device("cpu", "test", 1),)


@pytest.fixture(autouse=True)
def known_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    """torch is not asked: that takes seconds and differs between machines."""
    monkeypatch.setattr("engine.device.available", lambda threads=1: CPU)
    # The starter doubles the chains; that it comes in is tested at the command line.
    monkeypatch.setattr("tui.actions.train_and_score.shipped_starter", lambda wanted: None)


@pytest.fixture
def short_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """A training of some batches, after rules from a few passes over the words."""
    monkeypatch.setattr("engine.rules.learning.words.LEAST_PASSES", 2)
    monkeypatch.setattr("engine.rules.learning.words.MOST_PASSES", 2)
    monkeypatch.setattr("tui.screens.train.training_form.to_params", _few_batches)


def _few_batches(values: Any, moved: float | None) -> Any:
    from dataclasses import replace

    params = to_params(values, moved)
    embedding = replace(params.embedding, epochs=2)
    return replace(params, device="cpu", embedding=embedding, network=replace(params.network, steps=30))


async def opened(pilot: Pilot[None], app: OddkinApp) -> TrainScreen:
    screen = app.screen
    assert isinstance(screen, TrainScreen)
    await wait_for(lambda: app.services.device != "", "the device is known", pilot)
    await wait_for(lambda: "‹" in screen.query_one(DistributionPlot).text() or app.services.summary is not None, "loaded", pilot)
    return screen


async def board(pilot: Pilot[None], screen: TrainScreen) -> DistributionPlot:
    plot = screen.query_one(DistributionPlot)
    await wait_for(lambda: plot.budget is not None and plot.budget.chains is not None, "the budget is known", pilot)
    return plot


async def test_form_chooses_types_and_refuses(trained: Services) -> None:
    app = OddkinApp(trained, "train")
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await opened(pilot, app)
        form = screen.query_one(ParameterForm)
        assert form.has_focus
        assert "auto: cpu test" in form.text()
        await pilot.press("j", "j", "j", "right", "right", "left")
        assert form.values["epochs"] == 1
        await pilot.press("enter")
        await wait_for(lambda: isinstance(app.screen, TextDialog), "the dialog is open", pilot)
        await pilot.press("backspace", "0", "enter")
        assert isinstance(app.screen, TextDialog)  # no epochs at all is refused, and said
        await pilot.press("backspace", "2", "5", "enter")
        assert form.values["epochs"] == 25
        await pilot.press("backspace")
        assert form.values["epochs"] is None


async def test_budget_moves_the_line_and_applies(trained: Services) -> None:
    app = OddkinApp(trained, "train")
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await opened(pilot, app)
        plot = await board(pilot, screen)
        before = trained.workspace.thresholds.standing("demo")
        plot.focus()
        await pilot.press("left", "h", "right", "left")
        plot = await board(pilot, screen)
        assert plot.budget is not None
        wanted = plot.budget
        assert wanted.allowed < before.flagging.chains
        assert wanted.changed
        assert trained.workspace.thresholds.standing("demo") == before
        await pilot.press("escape")
        assert plot.budget is not None
        assert not plot.budget.changed
        await pilot.press("left", "left")
        await board(pilot, screen)
        await pilot.press("enter")
        thresholds = trained.workspace.thresholds
        await wait_for(lambda: thresholds.standing("demo").moved is not None, "the threshold has moved", pilot)
        await wait_for(lambda: plot.budget is not None and not plot.budget.changed, "the new line holds", pilot)
        standing = thresholds.standing("demo")
        assert (standing.flagging.chains, standing.flagging.findings) == (wanted.chains, wanted.findings)
        assert standing.moved is not None
        assert f"now {standing.moved:.3g} per host-day" in screen.query_one(ParameterForm).text()


async def test_training_runs_beside_the_model_in_use_until_w(trained: Services, short_training: None) -> None:
    app = OddkinApp(trained, "train")
    in_use = trained.workspace.vault.in_use("demo")
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await opened(pilot, app)
        await board(pilot, screen)
        await pilot.press("w")  # nothing to switch to yet
        assert trained.workspace.vault.in_use("demo") == in_use
        await pilot.press("r")
        # "running" may have come and gone between two looks; "trained" stays.
        await wait_for(lambda: screen.has_class("trained") and not screen.has_class("running"), "it has trained", pilot, 60)
        said = f"In use: {model_jobs.short_id(in_use or '')}, as before"
        await wait_for(lambda: any(said in note.message for note in app._notifications), "it says what is in use", pilot)
        comparison = screen.query_one(ComparisonPane)
        await wait_for(lambda: "rank correlation" in comparison.text(), "both models are compared", pilot)
        assert screen.query_one(LossPlot).curve.points
        assert screen.query_one(StageList).text().count("✓") == 8
        rules = trained.workspace.rules.list()
        assert rules  # learnt, as the workspace had none
        assert screen.query_one(DistributionPlot).has_focus
        assert trained.workspace.vault.in_use("demo") == in_use
        new = trained.workspace.thresholds.scored_models("demo")[0]
        assert "new, not in use" in str(screen.query_one(DistributionPlot).border_title)
        assert "✓ in effect" not in screen.query_one(DistributionPlot).text()
        assert "  once in use" in screen.query_one(DistributionPlot).text()
        await pilot.press("full_stop")
        await wait_for(
            lambda: "in use)" in str(screen.query_one(DistributionPlot).border_title), "the other model is shown", pilot
        )
        assert "✓ in effect" in screen.query_one(DistributionPlot).text()
        await pilot.press("w")
        await wait_for(lambda: trained.workspace.vault.in_use("demo") == new, "the new model is in use", pilot)
        await wait_for(lambda: "no other model waits" in comparison.text(), "nothing is left to compare", pilot)


async def test_cancelling_leaves_everything_as_it_was(trained: Services) -> None:
    app = OddkinApp(trained, "train")
    models = trained.workspace.vault.list()
    standing = trained.workspace.thresholds.standing("demo")
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await opened(pilot, app)
        await pilot.press("r")
        await wait_for(lambda: "▸" in screen.query_one(StageList).text(), "a stage is at work", pilot)
        await pilot.press("ctrl+x")
        await wait_for(lambda: app.runner.running is None and not screen.has_class("running"), "it has stopped", pilot)
        assert "■" in screen.query_one(StageList).text()
        said = str(screen.query_one(JobBar).render())
        assert said.strip() == "■ training  stopped; the model in use and its scores are as they were"
    assert trained.workspace.vault.list() == models
    assert trained.workspace.thresholds.standing("demo") == standing
    assert not list(trained.workspace.models_folder.glob(".stage*"))


async def test_the_first_model_is_used_at_once(ingested: Services, short_training: None) -> None:
    app = OddkinApp(ingested, "train")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, app)
        await wait_for(
            lambda: "the first one" in " ".join(screen.query_one(ComparisonPane).text().split()), "it says what to do", pilot
        )
        await pilot.press("r")
        await wait_for(lambda: ingested.workspace.vault.in_use("demo") is not None, "a model is in use", pilot, 60)
        await wait_for(lambda: app.runner.running is None, "the job has ended", pilot)
        await board(pilot, screen)


async def test_rules_can_be_left_away(ingested: Services, short_training: None) -> None:
    app = OddkinApp(ingested, "train")
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await opened(pilot, app)
        form = screen.query_one(ParameterForm)
        assert "accepted, or learnt" in form.text()
        places = [line for line, text in enumerate(form.text().splitlines()) if "Rules" in text]
        form.move_to(places[0])
        await pilot.press("right", "r")
        await wait_for(lambda: ingested.workspace.vault.in_use("demo") is not None, "a model is in use", pilot, 60)
        await wait_for(lambda: app.runner.running is None, "the job has ended", pilot)
        assert "✓ rules" in screen.query_one(StageList).text()
    assert ingested.workspace.rules.list() == ()
    in_use = ingested.workspace.vault.in_use("demo")
    assert ingested.workspace.vault.show(in_use or "").manifest["rules"]["count"] == 0


async def test_without_a_case_it_says_the_next_key(empty: Services) -> None:
    app = OddkinApp(empty, "train")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = app.screen
        await pilot.press("r", "w", "full_stop")
        assert app.runner.running is None
        assert "1 ingests logs" in screen.query_one("#data").text()  # type: ignore[attr-defined]


async def test_hostile_text_is_shown_and_does_nothing(trained: Services) -> None:
    evil = "[red]\x1b[31m\u202e\x07name"
    with trained.workspace.write() as connection:
        connection.exec_driver_sql("UPDATE cases SET name = ?", (evil,))
        connection.exec_driver_sql("UPDATE path SET text = ? || text", ("\x1b]0;x\x07[bold]\u202e",))
        connection.commit()
    trained.case = evil
    app = OddkinApp(trained, "train")
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await opened(pilot, app)
        await board(pilot, screen)
        app.post_message(JobStepped("training", Step("device", 1, 1, detail=evil, last=True)))
        await wait_for(lambda: "✓ device" in screen.query_one(StageList).text(), "the step is drawn", pilot)
        shown = app.export_screenshot()
        for sign in ("\x1b", "\u202e", "\x07"):
            assert sign not in shown
        assert "[red]\\e[31m\\u202e" in shown.replace("&#160;", "")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("epochs", "0"),
        ("epochs", "1e3"),
        ("batch", "0"),
        ("batch", "65537"),
        ("word_epochs", "0"),
        ("seed", "-1"),
        ("threads", "٣"),
        ("budget", "nan"),
        ("budget", "0"),
        ("name", "a\x00b"),
    ],
)
def test_what_makes_no_sense_is_refused(name: str, text: str) -> None:
    one = next(one for one in parameters(CPU, 2, None) if one.id == name)
    assert one.parse is not None
    with pytest.raises(UsageError):
        one.parse(text)


def test_parameters_reach_the_detector() -> None:
    values = {one.id: one.choices[0][0] for one in parameters(CPU, 2, None)}
    params = to_params(values, None)
    assert (params.epochs, params.seed, params.score, params.budget.per_host_day, params.budget.at_least) == (
        None,
        1,
        "fused",
        AlertBudget().per_host_day,
        20,
    )
    params = to_params(values | {"epochs": 3, "seed": 9, "order": "published", "budget": 0.5}, None)
    assert (params.epochs, params.seed, params.score, params.budget.per_host_day, params.budget.at_least) == (
        3,
        9,
        "published",
        0.5,
        1,
    )
    assert model_jobs.short_id("detector-20260101-abcdef12") == "abcdef12"


def test_the_first_papers_method_brings_its_own_defaults_and_each_can_be_changed() -> None:
    from engine.detector.presets import as_published

    values = {one.id: one.choices[0][0] for one in parameters(CPU, 2, 4.0, "published")} | {"order": "published"}
    preset = to_params(values, 4.0)
    assert preset == as_published(replace(preset, threat_prior=True))
    assert epochs_of(values) == 2000
    changed = to_params(values | {"epochs": 7, "batch": 32, "word_epochs": 5, "budget": 4.0}, 4.0)
    assert (changed.epochs, changed.network.batch, changed.embedding.epochs) == (7, 32, 5)
    assert (changed.threshold, changed.budget.per_host_day, changed.budget.at_least) == ("budget", 4.0, 1)
    fused = {one.id: one.choices[0][0] for one in parameters(CPU, 2, None)}
    assert epochs_of(fused) is None
    assert to_params(fused | {"batch": 32, "word_epochs": 5}, None).network.batch == 32
    told = {one.id: one.told(None) for one in parameters(CPU, 1, None, "published") if one.id in {"epochs", "batch", "budget"}}
    assert told == {"epochs": "2,000", "batch": "64", "budget": "by the shuffle test"}


async def test_another_order_brings_its_defaults_into_the_form(trained: Services) -> None:
    app = OddkinApp(trained, "train")
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await opened(pilot, app)
        form = screen.query_one(ParameterForm)
        assert "up to 2,000 batches" in form.text()
        await pilot.press("j", "j", "right")
        await wait_for(lambda: "by the shuffle test" in form.text(), "the defaults follow", pilot)
        assert (form.values["order"], form.values["budget"], form.values["epochs"]) == ("published", None, None)
        assert "2,000 ›" in form.text()
        assert re.search(r"Starter +‹ none ›", form.text())
        assert form.values["starter"] == ""
        await pilot.press("left")
        await wait_for(lambda: "up to 2,000 batches" in form.text(), "the defaults are back", pilot)
        assert form.values["budget"] == 1.0
        assert re.search(r"Starter +‹ chains and prior ›", form.text())


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
def test_snapshot(ingested: Services, snap_compare: Any, size: tuple[int, int]) -> None:
    two_models(ingested)

    async def ready(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, OddkinApp)
        screen = await opened(pilot, app)
        await board(pilot, screen)
        await wait_for(lambda: "rank correlation" in screen.query_one(ComparisonPane).text(), "compared", pilot)
        await wait_for(lambda: app.services.summary is not None, "counted", pilot)

    assert snap_compare(OddkinApp(ingested, "train"), terminal_size=size, run_before=ready)


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
async def test_no_value_of_the_form_is_cut_and_what_there_is_to_compare_has_the_room(
    trained: Services, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.device.available", lambda threads=1: (Device("cpu", "x86_64", 1),))
    app = OddkinApp(trained, "train")
    async with app.run_test(size=size) as pilot:
        screen = app.screen
        form, plot = screen.query_one(ParameterForm), screen.query_one(DistributionPlot)
        await wait_for(lambda: "above" in plot.text(), "the threshold is drawn", pilot)
        await wait_for(lambda: "auto: cpu x86_64" in form.text(), "the devices are known", pilot)
        assert "…" not in "".join(rows_of(form))
        assert "…" not in "".join(rows_of(plot))
        compared = " ".join(" ".join(rows_of(screen.query_one(ComparisonPane))).replace("│", " ").split())
        assert "no other model waits. r trains one beside it, to be compared here." in compared
        # Columns as high as the pane lets them be: what is left below them is less than one more row of each.
        assert plot.size.height - len(plot.lines) < 4
