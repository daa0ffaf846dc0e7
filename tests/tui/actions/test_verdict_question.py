"""What a verdict asks before it is given: what is much, what is left, and a bar that fits the narrowest terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.verdicts import VERDICTS, Verdict
from store.verdicts.extent import Cell, Extent
from tui.actions.verdict_question import Question

BAR = 78
"""Columns of the bar on a terminal of 80."""
CELLS = st.dictionaries(
    st.builds(
        Cell, st.integers(0, 3), st.integers(1, 3), st.none() | st.sampled_from(VERDICTS), st.booleans(), st.booleans()
    ),
    st.integers(1, 40),
)  # fmt: skip


def extent(*counts: tuple[str | None, bool, int], hosts: int = 1) -> Extent:
    """(verdict, above the threshold, processes), on so many hosts each."""
    return Extent(
        {Cell(1, host, verdict, above, False): count for verdict, above, count in counts for host in range(1, hosts + 1)},
        scored=True,
    )


@pytest.mark.parametrize("above", [0, 1, 12_345])
@pytest.mark.parametrize("verdict", [Verdict.MALICIOUS.word, Verdict.FALSE_POSITIVE.word])
def test_the_short_question_fits_into_eighty_columns(above: int, verdict: str) -> None:
    asked = Question(verdict, extent((None, True, above), (None, False, 99_999 - above), ("benign", False, 5_000)))
    text = "".join(part for part, _ in asked.line("m", short=True))
    assert text.rstrip().endswith("esc nothing")
    assert len(text.rstrip()) <= BAR
    assert ("enter" in text) == bool(above)  # the careful answer, where there is one


def test_whose_verdicts_go_is_named_and_fits_into_eighty_columns() -> None:
    whole = extent(("benign", True, 99_999), ("malicious", True, 99_999))
    whole = Extent(whole.cells, scored=True, authors=("a\x1b[31m" + "name " * 20, "bob", "eve"))
    asked = Question("undetermined", whole, overwrite=True)
    for short in (False, True):
        text = "".join(part for part, _ in asked.line("o", short=short))
        assert text.rstrip().endswith("A all  esc nothing")
        assert "\x1b" not in text
        assert "99,999 malicious, 99,999 benign" in text
        assert "enter" not in text  # nothing of it is to be replaced by accident
    assert len(text.rstrip()) <= BAR
    one = Question("malicious", Extent({Cell(1, 1, "benign", True, False): 1}, True, ("bob",)), overwrite=True)
    assert "it is benign, by bob" in "".join(part for part, _ in one.line("m"))
    assert (one.asks, Question("benign", one.extent, overwrite=True).idle) == (True, True)


@pytest.mark.parametrize(
    ("planned", "needed"),
    [
        (extent((None, True, 50)), False),
        (extent((None, True, 51)), True),
        (extent((None, True, 1), hosts=2), True),
        (extent((None, True, 11), (None, False, 11)), False),
        (extent((None, True, 11), (None, False, 12)), True),
        (extent((None, False, 20)), False),  # each of them is seen
        (extent((None, False, 21)), True),
        (extent((None, False, 1)), False),  # one process is what was named
        (extent((None, True, 2), ("benign", False, 60)), False),  # which it leaves
    ],
)
def test_much_wide_or_mostly_below_is_asked_about(planned: Extent, needed: bool) -> None:
    asked = Question("malicious", planned)
    assert asked.needed(asked.everything) is needed


@given(CELLS, st.sampled_from([None, *VERDICTS]), st.booleans())
def test_what_is_decided_is_told_as_left_or_as_replaced(cells: dict[Cell, int], verdict: str | None, overwrite: bool) -> None:
    whole = Extent(cells, scored=True)
    asked = Question(verdict, whole, overwrite)
    left, lost = sum(asked.skipped.values()), sum(asked.replaced.values())
    assert asked.above.processes <= asked.everything.processes <= whole.processes
    if verdict is None:
        assert (asked.everything.processes, left, lost) == (sum(whole.decided.values()), 0, 0)
    elif overwrite:
        assert (asked.everything.processes, left) == (whole.processes, 0)
        assert lost == sum(whole.decided.values()) - whole.decided.get(verdict, 0)
    else:
        assert (asked.everything.processes, left, lost) == (whole.undecided, sum(whole.decided.values()), 0)
