from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from engine.domain.distinct import distinct

KINDS = ("<i8", "<i4", "<i1", "<u8", "<f8", "<U3")


@given(st.sampled_from(KINDS).flatmap(lambda kind: arrays.arrays(kind, arrays.array_shapes(max_dims=2, min_side=0))))
def test_as_numpy_finds_them(values: npt.NDArray[np.generic]) -> None:
    wanted = np.unique(values[values == values])
    found = distinct(values[values == values])
    assert found.dtype == values.dtype
    assert found.tolist() == wanted.tolist()


@given(*[arrays.arrays("<i8", st.integers(0, 9), elements=st.integers(-3, 3))] * 3)
def test_those_of_several_arrays_are_their_union(
    one: npt.NDArray[np.int64], two: npt.NDArray[np.int64], three: npt.NDArray[np.int64]
) -> None:
    assert distinct(one, two, three).tolist() == sorted(set(np.concatenate([one, two, three]).tolist()))


def test_nothing_given_is_changed_or_shared() -> None:
    values = np.array([3, 1, 2])
    found = distinct(values)
    found[:] = 9
    assert values.tolist() == [3, 1, 2]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_has_no_values(kind: str) -> None:
    assert distinct(np.zeros(0, kind)).dtype == np.dtype(kind)
