"""The pages of a table against a plain list that grows and changes: no row is lost, none is an old one."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from tests.pages import small
from tui.widgets.ledger_table import RowPages

Row = tuple[int, int]
"""Position, and how often it has changed."""


class Growing:
    """Rows that somebody adds to and changes."""

    def __init__(self, size: int) -> None:
        self.all: list[Row] = [(position, 0) for position in range(size)]

    def count(self) -> int:
        return len(self.all)

    def rows(self, start: int, stop: int) -> Sequence[Row]:
        return self.all[start:stop]


def read(pages: RowPages[Row]) -> list[Row | None]:
    return [pages.row(position) for position in range(pages.count)]


@given(size=st.integers(1, 5), first=st.integers(0, 12), more=st.lists(st.integers(0, 6), max_size=4))
def test_a_source_that_grows_shows_every_row(size: int, first: int, more: list[int]) -> None:
    with small("tui.widgets.ledger_table.PAGE", size=size):
        source = Growing(first)
        pages = RowPages(source)
        assert read(pages) == source.all
        for by in more:
            source.all += [(len(source.all) + place, 0) for place in range(by)]
            assert pages.grow() is (by > 0)
            assert not pages.grow()
            assert pages.count == len(source.all)
            assert read(pages) == source.all
        assert pages.row(pages.count) is None


@given(size=st.integers(1, 5), rows=st.integers(1, 14), changed=st.sets(st.integers(0, 13)), unseen=st.sets(st.integers(0, 13)))
def test_rows_that_changed_are_read_again_and_are_told(size: int, rows: int, changed: set[int], unseen: set[int]) -> None:
    with small("tui.widgets.ledger_table.PAGE", size=size):
        source = Growing(rows)
        pages = RowPages(source)
        seen = {position // size for position in range(rows) if position not in unseen}
        for position in range(rows):
            if position // size in seen:
                pages.row(position)
        source.all = [(position, int(position in changed)) for position in range(rows)]
        found = pages.forget(lambda row: row[0] in changed)
        assert sorted(found) == [position for position in range(rows) if position in changed and position // size in seen]
        assert read(pages) == source.all


@given(size=st.integers(1, 5), rows=st.integers(0, 14))
def test_all_are_read_again_where_nobody_says_which(size: int, rows: int) -> None:
    with small("tui.widgets.ledger_table.PAGE", size=size):
        source = Growing(rows)
        pages = RowPages(source)
        read(pages)
        source.all = [(position, 1) for position in range(rows)]
        assert pages.forget() == []
        assert read(pages) == source.all
