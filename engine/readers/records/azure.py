"""What Microsoft's query APIs and exports wrap around rows: Defender's and Log Analytics' answers, event hubs, storage accounts.

Sources: learn.microsoft.com, "Advanced hunting API" (Schema, Results), "Azure Monitor Log Analytics API: response format"
(tables of columns and rows), "Raw data streaming API" (records, each with its properties).
"""

from __future__ import annotations

from typing import Any

from engine.readers.contract import Record
from engine.readers.text.json_text import load_object

_STREAMED = ("operationName", "category", "tenantId", "resourceId")


def results(record: Record) -> list[Any] | None:
    """Rows of an answer of Defender's advanced hunting."""
    found = record["Results"]
    return found if isinstance(found, list) and ("Schema" in record or "Stats" in record or len(record) == 1) else None


def tables(record: Record) -> list[Any] | None:
    """Rows of an answer of Log Analytics, under the names of their columns; the row's table where it is named."""
    found: list[Any] = []
    for table in _listed(record.get("tables", record.get("Tables"))):
        columns = _listed(table.get("columns", table.get("Columns"))) if isinstance(table, dict) else []
        names = [column.get("name", column.get("ColumnName")) for column in columns if isinstance(column, dict)]
        if not names or not all(isinstance(name, str) for name in names):
            return None
        found += [_row(names, row) for row in _listed(table.get("rows", table.get("Rows")))]
    return found or None


def records(record: Record) -> list[Any] | None:
    """Records of one message of an event hub, or of one blob."""
    found = record["records"]
    return found if isinstance(found, list) and found and all(isinstance(one, dict) for one in found) else None


def properties(record: Record) -> list[Any] | None:
    """The row that was streamed, which some senders write as text."""
    inner = record["properties"]
    if not any(name in record for name in _STREAMED):
        return None
    if isinstance(inner, str):
        inner = load_object(inner.encode("utf-8", "replace"))
    if not isinstance(inner, dict):
        return None
    category = record.get("category")
    table = category.rpartition("-")[2] if isinstance(category, str) and category.startswith("AdvancedHunting-") else ""
    return [{**inner, "TableName": table} if table and "TableName" not in inner else inner]


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _row(names: list[Any], row: object) -> Any:
    return {name: value for name, value in zip(names, row, strict=False) if value is not None} if isinstance(row, list) else row
