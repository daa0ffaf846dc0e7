"""What both front ends do with models."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.classifier.trust import LEAST_JUDGED, MALICIOUS, OTHERS
from engine.errors import Cancelled, InputError, ModelCorrupt
from engine.progress import CancelToken, Run, Step
from store.workspace import Workspace
from tui.actions import models
from tui.runtime.services import Services
from tui.words.training_words import seen_words

CASE = "demo"


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The models that score a case."""
    import engine.jobs.score

    calls: list[str] = []
    monkeypatch.setattr(engine.jobs.score, "score", lambda _case, model_id, *_rest, **_more: calls.append(model_id))
    return calls


@pytest.mark.parametrize(("anew", "scored"), [(True, 1), (False, 0)])
def test_a_case_is_scored_anew_only_where_that_is_asked_for(
    workspace: Workspace, counted: list[str], anew: bool, scored: int
) -> None:
    model = workspace.vault.list()[0]
    used = models.use_model(workspace, CASE, model, Run(), anew=anew)
    assert len(counted) == scored
    assert used.counts == workspace.queue.counts(CASE)


def test_a_model_that_has_not_seen_all_chains_scores_before_it_is_used(
    workspace: Workspace, counted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.queue.marks.unscored", lambda *_: 3)
    model = workspace.vault.list()[0]
    models.use_model(workspace, CASE, model, Run(), anew=False)
    assert counted == [model.id]


def test_a_model_that_scored_before_hosts_were_linked_scores_before_it_is_used(
    workspace: Workspace, counted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.queue.marks.linked_since", lambda *_: True)
    model = workspace.vault.list()[0]
    models.use_model(workspace, CASE, model, Run(), anew=False)
    assert counted == [model.id]


def test_a_classifier_is_used_beside_the_detector(workspace: Workspace, counted: list[str]) -> None:
    detector = workspace.vault.in_use(CASE)
    stage = workspace.vault.stage()
    (stage / "one.json").write_text("1")
    figures = {"held_back": 40.0, "malicious": 20.0, MALICIOUS: LEAST_JUDGED, OTHERS: LEAST_JUDGED, "challenger_auc": 0.9}
    judged = {"decision": {"accepted": True, "figures": figures}}
    number = workspace.vault.publish(stage, {"kind": "classifier", "cases": [CASE], **judged})
    used = models.use_model(workspace, CASE, workspace.vault.show(number), Run(), anew=True)
    assert (used.kind, used.counts, counted) == ("classifier", None, [])
    assert (workspace.vault.in_use(CASE), workspace.vault.in_use(CASE, "classifier")) == (detector, number)


def test_every_model_is_looked_at_and_the_damaged_ones_are_named(trained: Services) -> None:
    workspace = trained.workspace
    model = workspace.vault.list()[0].id
    steps: list[Step] = []
    assert models.verify(workspace, [model], Run(steps.append)).startswith("1 model as published")
    assert [step.detail for step in steps] == [model]
    (workspace.models_folder / model / "texts.json").write_text("damaged")
    found = list(models.checked(workspace, [model, model]))
    assert [number for number, _ in found] == [model, model]
    assert all(error is not None for _, error in found)
    with pytest.raises(ModelCorrupt, match=models.short_id(model)):
        models.verify(workspace, [model], Run())
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        models.verify(workspace, [model], Run(token=token))


def test_a_model_goes_out_and_comes_in_as_one_file(workspace: Workspace, tmp_path: Path) -> None:
    model = workspace.vault.list()[0].id
    file = tmp_path / "one.oddkin"
    assert str(file) in models.export(workspace, model, file, Run())
    models.remove(workspace, model, Run())
    assert workspace.vault.list() == ()
    assert models.take(workspace, file) == model
    with pytest.raises(InputError, match="folder"):
        models.take(workspace, tmp_path)


def test_a_model_that_was_made_of_the_case_is_told() -> None:
    assert seen_words((), "acme") == ""
    said = seen_words(("one", "t\x1bwo"), "acme")
    assert "case acme (one, t\\ewo)" in said
    assert "\x1b" not in said
