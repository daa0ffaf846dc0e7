"""When the interface trains the classifier again by itself."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from engine.classifier.trust import OF_EACH, WHOLE, Said
from engine.errors import NotFound
from tui.actions.classifier import enough_now, taught_with, training_due
from tui.runtime.services import Services

CASE = "demo"
WORDS = {f"m{n}": "malicious" for n in range(10)} | {f"b{n}": "benign" for n in range(10)}
MANY = {
    (key, WHOLE if number % 2 else number): Said(word, number, number)
    for number, (key, word) in enumerate(WORDS.items(), start=1)
}
"""One decision a chain; of every other one a variant."""


def workspace_of(counts: Any, now: dict[tuple[str, int], Said], taught: dict[tuple[str, int], Said] | None) -> Any:
    return SimpleNamespace(
        learnt=SimpleNamespace(index=lambda _case: None if counts is None else SimpleNamespace(metrics={"labels": counts})),
        teaching=SimpleNamespace(said=lambda _case: now),
        vault=SimpleNamespace(
            in_use=lambda _case, _kind: None if taught is None else "classifier-1",
            taught_with=lambda _case, _model: {key: (said.verdict, 0.5) for key, said in (taught or {}).items()},
        ),
    )


@pytest.mark.parametrize(
    ("counts", "enough"),
    [
        (None, False), ({}, False), ("damaged", False), ({"malicious": OF_EACH, "benign": OF_EACH - 1}, False),
        ({"malicious": OF_EACH - 1, "benign": 99}, False),
        ({"malicious": OF_EACH, "benign": OF_EACH - 1, "false_positive": 1}, True),
    ],
)  # fmt: skip
def test_both_classes_have_to_have_enough(counts: Any, enough: bool) -> None:
    workspace = workspace_of(counts, MANY, None)
    assert enough_now(workspace, CASE) is enough
    assert training_due(workspace, CASE, None) is enough


def test_the_same_verdicts_are_not_trained_on_twice() -> None:
    counts = {"malicious": OF_EACH, "benign": OF_EACH}
    assert training_due(workspace_of(counts, MANY, None), CASE, None)
    assert not training_due(workspace_of(counts, MANY, MANY), CASE, None)
    assert not training_due(workspace_of(counts, MANY, None), CASE, MANY)  # a try that was refused
    assert taught_with(workspace_of(counts, MANY, MANY), CASE, MANY) == MANY
    assert taught_with(workspace_of(counts, MANY, None), CASE, MANY) == {}


def test_a_case_without_scores_is_not_due(ingested: Services) -> None:
    with pytest.raises(NotFound):
        training_due(ingested.workspace, CASE, None)
