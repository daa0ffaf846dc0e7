"""Names in a drawn map never cover each other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.render.word_map import Box, free_place

EDGES: Box = (0, 0, 1000, 800)
SPOT = st.tuples(st.integers(0, 1000), st.integers(0, 800))
SIZE = st.tuples(st.integers(5, 200), st.integers(5, 20))


@given(st.lists(st.tuples(SPOT, SIZE), max_size=30))
def test_names_cover_no_other_name_and_stay_inside(wanted: list[tuple[tuple[float, float], tuple[float, float]]]) -> None:
    taken: list[Box] = []
    for at, size in wanted:
        found = free_place(at, size, EDGES, taken)
        if found is None:
            continue
        left, low, right, high = found
        assert 0 <= left < right <= 1000
        assert 0 <= low < high <= 800
        assert not any(left < one[2] and one[0] < right and low < one[3] and one[1] < high for one in taken)
        taken.append(found)
    assert len(taken) >= min(len(wanted), 1)


def test_a_name_in_the_open_stands_where_it_belongs() -> None:
    assert free_place((500, 400), (100, 10), EDGES, []) == (450, 395, 550, 405)
