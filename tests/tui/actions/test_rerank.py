"""Re-ranking, once for both front ends: only where it is due, again when scores changed under it, three times at most."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from engine.errors import NotFound, StoreError
from engine.progress import Run
from tui.actions import rerank
from tui.actions.rerank import Reranker
from tui.runtime.services import Services

CASE = "demo"


class Bar:
    """Counts how often something was drawn."""

    begun = 0

    @contextmanager
    def __call__(self) -> Iterator[Run]:
        self.begun += 1
        yield Run()


@pytest.fixture
def labelled(trained: Services) -> Services:
    labels = trained.workspace.labels
    labels.set(CASE, [trained.workspace.queue.page(CASE, limit=1)[0].key], "false_positive", author="ada")
    return trained


def fails(monkeypatch: pytest.MonkeyPatch, times: int, then: Any = None) -> list[int]:
    """`relearn` refuses so often, as when the case was scored anew meanwhile."""
    import engine.jobs.relearn

    real, calls = engine.jobs.relearn.relearn, list[int]()

    def instead(*arguments: Any) -> Any:
        calls.append(len(calls))
        if then is not None:
            then(*arguments)
        if len(calls) <= times:
            raise StoreError("scored anew")
        return real(*arguments)

    monkeypatch.setattr(engine.jobs.relearn, "relearn", instead)
    return calls


def test_nothing_is_done_and_nothing_drawn_where_nothing_changed(labelled: Services) -> None:
    reranker, bar = Reranker(labelled.workspace), Bar()
    first = reranker.bring_up_to_date(CASE, bar)
    assert first is not None
    assert first.change is not None
    assert not labelled.workspace.learnt.standing(CASE).stale
    assert reranker.bring_up_to_date(CASE, bar) is None
    assert bar.begun == 1


@pytest.mark.parametrize("failures", [1, 2])
def test_scored_anew_meanwhile_is_tried_again(labelled: Services, monkeypatch: pytest.MonkeyPatch, failures: int) -> None:
    calls, bar = fails(monkeypatch, failures), Bar()
    done = Reranker(labelled.workspace).bring_up_to_date(CASE, bar)
    assert done is not None
    assert done.change is not None
    assert (len(calls), bar.begun) == (failures + 1, 1)
    assert not labelled.workspace.learnt.standing(CASE).stale


def test_the_third_refusal_is_the_last(labelled: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = fails(monkeypatch, 100)
    with pytest.raises(StoreError, match="scored anew"):
        Reranker(labelled.workspace).bring_up_to_date(CASE, Bar())
    assert len(calls) == rerank.TRIES == 3


def test_what_somebody_else_has_done_meanwhile_is_not_done_again(labelled: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    import engine.jobs.relearn

    real = engine.jobs.relearn.relearn
    calls = fails(monkeypatch, 1, then=real)
    done = Reranker(labelled.workspace).bring_up_to_date(CASE, Bar())
    assert done is not None
    assert done.change is None
    assert len(calls) == 1


def test_what_verdicts_do_not_change_is_read_once(labelled: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    import engine.jobs.relearn

    real, calls = engine.jobs.relearn.prepare, list[str]()

    def counted(case: str, *rest: Any) -> Any:
        calls.append(case)
        return real(case, *rest)

    monkeypatch.setattr(engine.jobs.relearn, "prepare", counted)
    reranker, workspace = Reranker(labelled.workspace), labelled.workspace
    for row in workspace.queue.page(CASE, limit=3):
        workspace.labels.set(CASE, [row.key], "benign", author="ada")
        assert reranker.bring_up_to_date(CASE, Bar()) is not None
    assert len(calls) == 1


def test_a_case_without_scores_has_no_order(ingested: Services) -> None:
    with pytest.raises(NotFound):
        Reranker(ingested.workspace).bring_up_to_date(CASE, Bar())


def test_the_command_line_tries_again_too(labelled: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from tui.command_line import app

    fails(monkeypatch, 1)
    done = CliRunner().invoke(app, ["-w", str(labelled.workspace.folder), "rank", "--format", "json"], catch_exceptions=False)
    assert "not re-ordered" not in done.stderr
    assert not labelled.workspace.learnt.standing(CASE).stale
