"""A column at a time is written what was written a cell at a time: the old writer stands here as the reference."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import get_type_hints

from hypothesis import example, given
from hypothesis import strategies as st

from engine.handover.csv_cells import escape_cell, escape_cells
from engine.handover.rows import COLUMNS, JOINTS, ExportRow
from engine.handover.tables import write_csv, write_jsonl

TEXT = (
    st.text(alphabet=st.sampled_from("=+-@＝＋－＠'\"`\t\r\n;, \\u{}1b\0\x1b\u202e\udcff\ud83d\ude00a"), max_size=8)
    | st.text(alphabet=st.characters(exclude_categories=()), max_size=8)
    | st.sampled_from(["C:\\Windows\\a.exe -x", '"C:\\Program Files\\a.exe" -x', "", "\\u", "{1b}", "'", " =1", '"@'])
)
FLOAT = st.floats() | st.sampled_from([0.0, -0.0, 1.0, 1e6, -1.5])
INT = st.integers(-3, 3) | st.just(2**63)
BY_TYPE = {
    str: TEXT,
    int: INT,
    int | None: st.none() | INT,
    float | None: st.none() | FLOAT,
    tuple[str, ...]: st.lists(TEXT, max_size=3).map(tuple),
    tuple[float, ...]: st.lists(FLOAT, max_size=3).map(tuple),
}
ROW = st.fixed_dictionaries({name: BY_TYPE[kind] for name, kind in get_type_hints(ExportRow).items()})
HEAD = ROW.map(lambda values: ExportRow(**values))
CHANGES = st.lists(ROW.flatmap(lambda values: st.sets(st.sampled_from(COLUMNS)).map(lambda names: {n: values[n] for n in names})))


def cell(name: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        value = JOINTS[name].join(f"{part:.6g}" if isinstance(part, float) else str(part) for part in value)
    if isinstance(value, int | float):
        return repr(value)
    return escape_cell(str(value))


def by_cells(rows: Sequence[ExportRow]) -> str:
    sink = io.StringIO(newline="")
    writer = csv.writer(sink)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([cell(name, getattr(row, name)) for name in COLUMNS])
    return sink.getvalue()


@given(HEAD, CHANGES)
def test_exports_are_byte_for_byte_those_of_single_cells(head: ExportRow, changes: list[dict[str, object]]) -> None:
    """Rows that share most values with the first, as those of a chain do; blocks of two rows."""
    rows = [head, *(replace(head, **change) for change in changes)]  # type: ignore[arg-type]
    table, lines = io.StringIO(newline=""), io.StringIO(newline="")
    assert write_csv(iter(rows), table) == write_jsonl(iter(rows), lines) == len(rows)
    assert table.getvalue() == by_cells(rows)
    assert lines.getvalue() == "".join(json.dumps(asdict(row)) + "\n" for row in rows)


@example(["a", "\\u", "{1b}"])
@example(["a;=1", "b"])
@example(["a\\u{", "b"])
@example(["a", "'b", " =1", "`-1", '"@'])
@given(st.lists(TEXT))
def test_a_column_of_cells_is_each_of_its_cells(texts: list[str]) -> None:
    assert escape_cells(texts) == [escape_cell(text) for text in texts]


def test_zeros_that_are_equal_are_written_as_they_are() -> None:
    plain = ExportRow(
        *(("",) * 7),
        0.0,
        1,
        *(("",) * 2),
        1,
        *(("",) * 4),
        (),
        (0.0,),
        1,
        (),
        1,
        1,
        *(("",) * 4),
        1,
        1.0,
        1,
        (),
        1,
        0.5,
        *(("",) * 5),
        1,
        *(("",) * 7),
        *(("",) * 3),
        None,
        "",
        0,
    )
    sink = io.StringIO(newline="")
    write_csv([plain, replace(plain, score=-0.0, step_errors=(-0.0,)), replace(plain, score=1, step_errors=(10**6, 1e6))], sink)
    found = [(row["score"], row["step_errors"]) for row in csv.DictReader(io.StringIO(sink.getvalue(), newline=""))]
    assert found == [("0.0", "0"), ("-0.0", "'-0"), ("1", "1000000 1e+06")]
