"""What a case is asked: values with their counts, and when things happened, against a count by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.where.counts import Counting, frequencies
from store.where.density import density
from store.where.matching import count
from store.where.meaning import read
from store.where.terms import ALL
from store.workspace import Workspace, open_workspace
from tests.store import samples

USERS = ("CORP\\ann", "CORP\\bob", None)


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Workspace]:
    """40 processes on three hosts, of three users, below one another."""
    workspace = open_workspace(tmp_path / "w")
    events = []
    for number in range(1, 41):
        host = f"H{number % 3}"
        parent = number - 3 if number > 3 else None
        events.append(
            samples.event(
                number, parent, host=host, user=USERS[number % 3 if number % 7 else 2], image=f"C:\\Apps\\p{number % 4}.exe",
                time_us=1_700_000_000_000_000 + number * 1_000_000,
            )
        )  # fmt: skip
    samples.fill(workspace, events)
    yield workspace
    workspace.close()


def listed(workspace: Workspace) -> list[tuple[str, str, str, int]]:
    """(user, host, program, time) of each recorded process."""
    found = workspace.processes.find("case", limit=1_000)
    return [(one.user or "", one.host, one.image.rpartition("\\")[2], one.time_us or 0) for one in found if not one.placeholder]


@pytest.mark.parametrize(("column", "place"), [(Counting.USER, 0), (Counting.HOST, 1), (Counting.IMAGE, 2)])
def test_each_value_is_counted_as_by_hand(case: Workspace, column: Counting, place: int) -> None:
    rows = listed(case)
    found = frequencies(case, "case", ALL, column)
    fold = str.lower if column is Counting.IMAGE else str
    wanted = Counter(fold(row[place]) for row in rows)
    assert {fold(one.value): one.processes for one in found.values} == wanted
    assert found.processes == len(rows) == 40
    assert found.complete
    for one in found.values:
        mine = [row for row in rows if fold(row[place]) == fold(one.value)]
        assert one.hosts == len({row[1] for row in mine})
        assert (one.first_us, one.last_us) == (min(row[3] for row in mine), max(row[3] for row in mine))
    rarity = [(one.hosts, one.processes) for one in found.values]
    assert rarity == sorted(rarity)


def test_a_filter_leaves_fewer(case: Workspace) -> None:
    found = frequencies(case, "case", read("host:H1"), Counting.USER)
    assert found.processes == sum(row[1] == "H1" for row in listed(case)) > 0
    assert frequencies(case, "case", read("host:nowhere"), Counting.USER).values == ()


def test_more_values_than_are_told_are_said(case: Workspace) -> None:
    found = frequencies(case, "case", ALL, Counting.IMAGE, most=2)
    assert (len(found.values), found.complete, found.processes) == (2, False, 40)


def test_odd_ones_are_those_of_the_model_in_use(case: Workspace) -> None:
    assert sum(one.odd for one in frequencies(case, "case", ALL, Counting.HOST).values) == 0
    samples.score(case, flagged=2, grouped=True)
    odd = count(case, "case", read("is:odd"))
    assert sum(one.odd for one in frequencies(case, "case", ALL, Counting.HOST).values) == odd > 0
    strip = density(case, "case", 7)
    assert strip is not None
    assert sum(strip.odd) == odd


@pytest.mark.parametrize("cells", [1, 7, 40, 1_000])
def test_cells_hold_every_process_once(case: Workspace, cells: int) -> None:
    found = density(case, "case", cells)
    assert found is not None
    times = [row[3] for row in listed(case)]
    assert len(found.processes) == cells
    assert sum(found.processes) == len(times)
    counted = Counter(found.cell_of(time) for time in times)
    assert {cell: count for cell, count in enumerate(found.processes) if count} == counted
    assert found.start_us(0) == min(times)
    assert found.cell_of(min(times) - 1) is None


def test_a_filter_thins_the_processes_and_not_the_odd_ones(case: Workspace) -> None:
    samples.score(case, flagged=2, grouped=True)
    whole, narrow = density(case, "case", 10), density(case, "case", 10, read("host:H1"))
    assert whole is not None
    assert narrow is not None
    assert sum(narrow.processes) < sum(whole.processes)
    assert narrow.odd == whole.odd
    assert 0 < sum(whole.odd) <= 40


@given(st.integers(min_value=-(2**40), max_value=2**40), st.integers(min_value=1, max_value=2**40))
def test_a_time_is_in_the_cell_that_begins_before_it(first: int, length: int) -> None:
    from store.where.density import Density

    strip = Density(first, length, (0,) * 5, (0,) * 5)
    for time in (first, first + length - 1, first + 3 * length, first + 5 * length - 1):
        cell = strip.cell_of(time)
        assert cell is not None
        assert strip.start_us(cell) <= time < strip.start_us(cell + 1)
    assert strip.cell_of(first + 5 * length) is None
