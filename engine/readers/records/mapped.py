"""JSON records of no known shape, by the user's mapping: names are keys of the record, "a.b" is b inside of a."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from engine.domain.records import ReaderItem
from engine.readers.guard import guarded
from engine.readers.guess.guessed import map_cells
from engine.readers.text.moments import Moments

_MISSING = object()


def covers(record: dict[str, Any], mapping: Mapping[str, str]) -> bool:
    """Whether the record has what is mapped to the executable; records leave fields out that have no value."""
    column = mapping.get("image")
    return column is not None and _value(record, column) not in (_MISSING, None, "")


@guarded
def map_mapped(record: dict[str, Any], position: int, mapping: Mapping[str, str], moments: Moments) -> ReaderItem:
    """The record as an event, or a Reject that names the field that is wrong."""
    cells = {column: _text(_value(record, column)) for column in mapping.values()}
    return map_cells(cells, position, dict(mapping), moments)


def _value(record: dict[str, Any], name: str) -> Any:
    if name in record:
        return record[name]
    value: Any = record
    for part in name.split("."):
        if not isinstance(value, dict) or part not in value:
            return _MISSING
        value = value[part]
    return value


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None or value is _MISSING:
        return ""
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return " ".join(value)  # arguments
    return json.dumps(value, ensure_ascii=False)
