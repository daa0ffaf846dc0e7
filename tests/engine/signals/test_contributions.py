"""Parts of a fused score: they are the fusion's own, and add up to it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.signals.contributions import contributions
from engine.signals.fusion import fuse
from engine.signals.registry import signals

FUSED = [signal.name for signal in signals() if signal.family is not None]
DISCOUNTS = [signal.name for signal in signals() if signal.discount is not None]
VALUES = st.floats(-50, 50) | st.just(float("nan"))


@given(st.data(), st.integers(1, 12), st.sets(st.sampled_from([*FUSED, *DISCOUNTS]), min_size=1))
def test_parts_add_up_to_the_score(data: st.DataObject, size: int, names: set[str]) -> None:
    values = {name: np.array(data.draw(st.lists(VALUES, min_size=size, max_size=size))) for name in sorted(names | {FUSED[0]})}
    parts = contributions(values)
    assert set(parts) == set(values) - set(DISCOUNTS)
    assert np.sum(list(parts.values()), axis=0) == pytest.approx(fuse(values), rel=1e-12)
    assert all((part >= 0).all() for part in parts.values())


@given(st.data(), st.integers(2, 12))
def test_parts_of_some_are_ranked_among_all(data: st.DataObject, size: int) -> None:
    among = {name: np.array(data.draw(st.lists(VALUES, min_size=size, max_size=size))) for name in FUSED[:3]}
    some = {name: value[:1] for name, value in among.items()}
    parts = contributions(some, among=among)
    assert np.sum(list(parts.values()), axis=0) == pytest.approx(fuse(some, among=among), rel=1e-12)


def test_the_parts_of_a_family_share_its_weight() -> None:
    families = {"two": (3.0, ("a", "b")), "one": (1.0, ("c",))}
    parts = contributions({"a": np.array([1.0, 2.0]), "b": np.array([1.0, 2.0]), "c": np.array([1.0, 2.0])}, families)
    low = -np.log(2 / 3)
    assert [parts[name][0] for name in "abc"] == pytest.approx([low * 1.5 / 4, low * 1.5 / 4, low / 4])


def test_without_a_signal_there_are_no_parts() -> None:
    with pytest.raises(ValueError, match="no signal"):
        contributions({}, {})
