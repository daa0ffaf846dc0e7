import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import Cancelled
from engine.progress import CancelToken
from engine.threads import in_order


@given(st.lists(st.integers(), max_size=20), st.integers(1, 4))
def test_answers_come_in_the_order_of_the_parts_whatever_the_threads(parts, threads):
    assert list(in_order(lambda part: part * 2, parts, threads=threads)) == [part * 2 for part in parts]


def test_two_parts_are_worked_on_at_once():
    both = threading.Barrier(2, timeout=30)
    assert list(in_order(lambda part: (both.wait(), part)[1], [1, 2, 3, 4], threads=2)) == [1, 2, 3, 4]


@pytest.mark.parametrize("threads", [1, 3])
def test_a_cancelled_run_begins_few_parts_more(threads):
    token, begun = CancelToken(), []

    def work(part):
        begun.append(part)
        if part == 2:
            token.cancel()

    with pytest.raises(Cancelled):
        list(in_order(work, range(100), token.raise_if_cancelled, threads))
    assert len(begun) <= 3 + 2 * threads


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_is_raised_where_its_answer_would_come(threads):
    answers = in_order(lambda part: 6 // part, [3, 2, 0, 1], threads=threads)
    assert [next(answers), next(answers)] == [2, 3]
    with pytest.raises(ZeroDivisionError):
        next(answers)
