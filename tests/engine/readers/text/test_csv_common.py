"""Tables: encodings, delimiters, damage."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.records import Reject
from engine.errors import InputError
from engine.readers.text import csv_common
from engine.readers.text.csv_common import head_rows, process_id, read_rows, table
from engine.readers.text.csv_preface import delimiter_of

CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=12)


@given(
    st.lists(st.lists(CELL, min_size=2, max_size=4), min_size=1, max_size=6), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])
)
@settings(max_examples=150, deadline=None)
def test_rows_round_trip(rows: list[list[str]], encoding: str) -> None:
    rows = [["name", "x"], *rows]
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    found = list(read_rows(io.BytesIO(out.getvalue().encode(encoding))))
    assert [row.cells for row in found] == rows
    assert [row.number for row in found] == list(range(1, len(rows) + 1))


def test_line_separators_inside_cells_and_nuls() -> None:
    found = list(read_rows(io.BytesIO("a,b\nx\u2028y,p\x0cq\n1\x002,z\n".encode())))
    assert [row.cells for row in found] == [["a", "b"], ["x\u2028y", "p\x0cq"], ["1\x002", "z"]]


def test_bytes_that_are_no_text_stay_visible() -> None:
    assert list(read_rows(io.BytesIO(b"a,b\n\xff,c\n")))[1].cells == ["ÿ", "c"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(delimiter: str) -> None:
    assert delimiter_of(delimiter.join(["a", '"x,y;z"', "b"])) == delimiter
    assert head_rows(delimiter.join("abc").encode() + b"\n")[0] == ("a", "b", "c")


def test_rows_of_another_width_cost_themselves() -> None:
    first, bad, last = table(io.BytesIO(b"a,b\n1,2\n1\n3,4\n"), "")
    assert first == (1, {"a": "1", "b": "2"})
    assert last == (3, {"a": "3", "b": "4"})
    assert isinstance(bad, Reject)
    assert (bad.position, bad.code, bad.sample) == (2, "bad-row", b"1")


def test_a_cell_beyond_the_limit_ends_somewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    limit = csv.field_size_limit()
    monkeypatch.setattr(csv_common, "MAX_CELL", 1000)
    csv.field_size_limit(1000)
    try:
        rows = list(table(io.BytesIO(b'a,b\n"' + b"x\n" * 2000 + b'",2\n"5",6\n7,8\n'), ""))
    finally:
        csv.field_size_limit(limit)
    assert isinstance(rows[0], Reject)
    # Its closing quote reads like an opening one, which costs the next row, too.
    assert rows[-1][1] == {"a": "7", "b": "8"}  # type: ignore[index]


def test_the_first_of_equal_columns_counts_and_suffixes_go() -> None:
    assert list(table(io.BytesIO(b"Time [Local Time],a,a\n1,2,3\n"), "")) == [(1, {"Time": "1", "a": "2"})]
    assert list(table(io.BytesIO(b"a,b,c\n1,2,3\n"), "", frozenset("b"))) == [(1, {"b": "2"})]


def test_a_header_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError):
        list(table(io.BytesIO(b"a\rb,c\n1,2\n"), "x.csv"))


def test_process_ids() -> None:
    assert [process_id(cell) for cell in ("7", "0x1a", "22536.0", " 5 ", "5,210")] == [7, 26, 22536, 5, 5210]
    assert [process_id(cell) for cell in ("0", "", None, "-1", "x", "1.5", "S-1-5-18", "0xzz", "9" * 30)] == [None] * 9


def test_heads_that_are_no_tables() -> None:
    assert head_rows(b'{"a": 1, "b": 2}\n') == ()
    assert head_rows(bytes(range(32)) * 20) == ()
    assert head_rows(b"") == ()


BLANK = "\n" * 100_000


@pytest.mark.parametrize("before", ["", "A title\n\n"], ids=["no title", "title"])
def test_blank_lines_below_the_header_hide_no_table(before: str) -> None:
    rows = read_rows(io.BytesIO(f"{before}a\tb\tc\n{BLANK}1\t2\t3\n4\t5\t6\n".encode()))
    assert [row.cells for row in rows] == [["a", "b", "c"], ["1", "2", "3"], ["4", "5", "6"]]
