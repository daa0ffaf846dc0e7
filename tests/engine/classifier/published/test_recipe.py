"""What the sequence model is taught, and what is held out."""

from __future__ import annotations

import pytest

from engine.classifier.published.recipe import PaperRecipe, divided
from engine.classifier.published.ten import APART, TEN
from engine.classifier.synthetic.paper import paper_set
from engine.errors import UsageError

PARTS = divided(PaperRecipe(each=1500), APART)


def test_no_sequence_is_in_both_parts() -> None:
    taught, held = ({one.steps for one in part} for part in (PARTS.taught, PARTS.held))
    assert not taught & held
    assert len(held) == pytest.approx(len(taught | held) / 10, abs=1)


def test_repeats_go_with_their_sequence() -> None:
    made = paper_set(1, 1500)
    assert len(PARTS.taught) + len(PARTS.held) + PARTS.removed == len(made)
    assert PARTS.different == len({one.steps for one in made}) < len(made)


def test_the_ten_tests_are_in_no_part() -> None:
    """Three of them were among the training sequences of an earlier version, word by word."""
    made = {one.steps for one in paper_set(1, 1500)}
    assert len(made & APART) > 0
    assert not {one.steps for one in (*PARTS.taught, *PARTS.held)} & APART
    assert PARTS.removed == sum(one.steps in APART for one in paper_set(1, 1500))
    assert len(APART) == 10


def test_the_ten_are_the_repositorys_and_one_answer_of_the_released_model_differs() -> None:
    assert TEN[0].leaf_first == ("curl", "bash", "httpd", "systemd")
    assert TEN[0].steps[0] == "systemd"
    (differs,) = (one for one in TEN if one.by_names != one.released)
    assert differs.leaf_first == ("lscpu", "python", "bash", "bash", "bash", "systemd")
    assert (differs.released, differs.released_probability) == (False, 0.038)


def test_a_recipe_that_cannot_be_divided_is_refused() -> None:
    with pytest.raises(UsageError):
        PaperRecipe(each=3)
    with pytest.raises(UsageError):
        PaperRecipe(batches=0)
