"""Fusion in numbers that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from engine.knowledge.build_tree import DISCOUNT
from engine.signals.fusion import fuse, surprise
from engine.signals.registry import signals


def test_surprise_is_the_rank_from_the_top() -> None:
    assert surprise(np.array([10.0, 30.0, 20.0])) == pytest.approx(-np.log([3 / 4, 1 / 4, 2 / 4]))


def test_equal_values_share_the_middle_of_their_ranks() -> None:
    # Ranks 2 and 3 of three: both stand at 2.5. All equal is as good as nothing known.
    assert surprise(np.array([1.0, 1.0, 2.0])) == pytest.approx(-np.log([2.5 / 4, 2.5 / 4, 1 / 4]))
    assert surprise(np.full(5, 7.0)) == pytest.approx(np.full(5, np.log(2)))


def test_what_is_not_known_is_neither_odd_nor_normal() -> None:
    assert surprise(np.array([np.nan, 1.0, 2.0])) == pytest.approx([np.log(2), -np.log(2 / 3), -np.log(1 / 3)])


def test_a_family_counts_once_with_its_weight() -> None:
    up, down = np.array([1.0, 2.0]), np.array([2.0, 1.0])
    families = {"twice": (3.0, ("a", "b")), "once": (1.0, ("c",)), "absent": (5.0, ("d",))}
    low, high = -np.log(2 / 3), -np.log(1 / 3)
    fused = fuse({"a": up, "b": up, "c": down}, families)
    assert fused == pytest.approx([(3 * low + high) / 4, (3 * high + low) / 4])


@pytest.mark.parametrize("discounting", [signal.name for signal in signals() if signal.discount is not None])
def test_chains_of_builds_and_known_products_keep_part_of_their_surprise(discounting: str) -> None:
    families = {"one": (1.0, ("a",))}
    fused = fuse({"a": np.array([1.0, 2.0]), discounting: np.array([0.0, 1.0])}, families)
    assert fused == pytest.approx([-np.log(2 / 3), -np.log(1 / 3) * DISCOUNT])


def test_no_signal_is_nothing_to_fuse() -> None:
    with pytest.raises(ValueError, match="no signal"):
        fuse({}, {"one": (1.0, ("a",))})


def test_an_estates_own_counts_are_half_of_what_is_said_of_rarity() -> None:
    up, down = np.array([1.0, 2.0]), np.array([2.0, 1.0])
    low, high = -np.log(2 / 3), -np.log(1 / 3)
    own_odd = fuse({"window_rarity": up, "starter_rarity": down, "order_rarity": down})
    assert own_odd == pytest.approx([(low + high) / 2] * 2)
    elsewhere = fuse({"starter_rarity": up, "order_rarity": down})
    assert elsewhere == pytest.approx([(low + high) / 2] * 2)
