"""What lists of hashes say of processes goes along wherever their table goes."""

from __future__ import annotations

import numpy as np

from engine.domain.corpora import joined
from engine.domain.processes import Listing, ProcessTable, Repute, part_of
from tests.engine.process_samples import make_table, with_lists

GOOD, BAD, BOTH = Listing(good=("g",)), Listing(bad=("b",)), Listing(("g",), ("b",))
ROWS = [(("/a",), -1, None), (("/a", "/b"), 0, None), (("/a", "/b", "/c"), 1, "c"), (("/a", "/d"), 0, None)]


def said(table: ProcessTable) -> list[Listing]:
    return [(*table.listings, Listing())[index] for index in table.on_lists().tolist()]


def test_bad_wins() -> None:
    assert [listing.known for listing in (Listing(), GOOD, BAD, BOTH)] == [Repute.UNKNOWN, Repute.GOOD, Repute.BAD, Repute.BAD]
    _, table = make_table(ROWS)
    assert with_lists(table, {0: GOOD, 1: BOTH}).known().tolist() == [1, 2, 0, 0]
    assert table.known().tolist() == [0, 0, 0, 0]


def test_a_part_has_its_ancestors_lists_too() -> None:
    corpus, table = make_table(ROWS)
    _, part = part_of(corpus, with_lists(table, {0: GOOD, 2: BAD}), np.array([2]))
    assert said(part) == [GOOD, Listing(), BAD]
    assert part_of(corpus, table, np.array([2]))[1].listed is None


def test_two_tables_joined_keep_theirs() -> None:
    corpus, table = make_table(ROWS)
    listed = with_lists(table, {1: GOOD, 3: BAD})
    other = with_lists(table, {0: BAD, 1: BOTH})
    both = joined(corpus, listed, corpus, other)[1]
    assert both is not None
    assert said(both) == [Listing(), GOOD, Listing(), BAD, BAD, BOTH, Listing(), Listing()]
    beside = joined(corpus, table, corpus, listed)[1]
    assert beside is not None
    assert said(beside) == [Listing()] * 5 + [GOOD, Listing(), BAD]
    plain = joined(corpus, table, corpus, table)[1]
    assert plain is not None
    assert plain.listed is None
