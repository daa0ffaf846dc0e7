"""Many rows, a block at a time: nothing is lost at a border, and the cursor is given back whatever happens."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.base.blocks import blocks, insert_all, integers
from store.workspace import Workspace, open_workspace
from tests.pages import small

NUMBERS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) SELECT i, i * i FROM n WHERE ?1 > 0"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    space = open_workspace(tmp_path_factory.mktemp("blocks") / "w")
    yield space
    space.close()


@given(count=st.integers(0, 9), size=st.integers(1, 4), beside=st.booleans())
def test_blocks_are_the_rows_in_their_order(workspace: Workspace, count: int, size: int, beside: bool) -> None:
    with (
        small("store.base.blocks.FETCH_BESIDE" if beside else "store.base.blocks.FETCH", size=size),
        workspace.read() as connection,
    ):
        found = list(blocks(connection, NUMBERS, (count,), small=beside))
        table = integers(connection, NUMBERS, (count,), 2, small=beside)
    assert [tuple(row) for rows in found for row in rows] == [(number, number**2) for number in range(1, count + 1)]
    assert all(len(rows) == size for rows in found[:-1])
    assert table.shape == (count, 2)
    assert table.dtype == np.int64
    assert table[:, 1].tolist() == [number**2 for number in range(1, count + 1)]


def test_the_cursor_is_closed_when_who_reads_breaks_off(tmp_path: Path) -> None:
    class Watched(sqlite3.Cursor):
        closed = 0

        def close(self) -> None:
            Watched.closed += 1
            super().close()

    class Driver:
        def __init__(self) -> None:
            self.connection = self
            self.dialect = SimpleNamespace(name="sqlite")
            self._file = sqlite3.connect(tmp_path / "file")

        def cursor(self) -> sqlite3.Cursor:
            return self._file.cursor(Watched)

    reading = blocks(Driver(), NUMBERS, (9,))  # type: ignore[arg-type]
    next(reading)
    with pytest.raises(ValueError, match="enough"):
        reading.throw(ValueError("enough"))
    assert Watched.closed == 1


def test_rows_are_written_as_they_come(workspace: Workspace) -> None:
    """A list of all rows of a large host would be most of what an ingest holds."""
    with workspace.write() as connection:
        there = []

        def rows() -> Iterator[tuple[str, int]]:
            for number in range(5):
                there.append(connection.exec_driver_sql("SELECT count(*) FROM counter WHERE name LIKE 'test%'").scalar())
                yield f"test {number}", number

        insert_all(connection, "INSERT INTO counter (name, value) VALUES (?, ?)", rows())
        assert there == [0, 1, 2, 3, 4]
