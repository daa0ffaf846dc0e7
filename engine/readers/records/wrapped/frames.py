"""Data frames as pandas writes them: DataFrame.to_json with orient "columns", which is what it does unasked, or "index".

pandas.pydata.org, DataFrame.to_json. The other orients need no name: "records" is a list, "split" and "table" are answers with
columns and rows.
"""

from __future__ import annotations

from typing import Any

from engine.readers.contract import Record


def rows_of_frame(record: Record) -> list[Any] | None:
    """The rows of a frame, without what is null; None where it is none. {"0": {"pid": 1}} and {"pid": {"0": 1}} are one."""
    name = next(iter(record), "")
    value = record.get(name)
    if type(value) is not dict:
        return None  # nearly every record
    if name.isdigit():
        return list(record.values()) if all(_is_row(name, row) for name, row in record.items()) else None
    # Columns have the same rows, which are numbers.
    if not next(iter(value), "").isdigit() or not all(map(str.isdigit, value)):
        return None
    if not all(type(column) is dict and column.keys() == value.keys() for column in record.values()):
        return None
    return [{name: cell for name, column in record.items() if (cell := column[number]) is not None} for number in value]


def _is_row(name: str, row: object) -> bool:
    return name.isdigit() and type(row) is dict
