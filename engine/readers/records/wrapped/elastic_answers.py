"""Answers of search services: Elasticsearch's hits, the columns and rows of ES|QL, SQL, Log Analytics and data frames."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.readers.contract import Record
from engine.readers.text.json_text import load_object

_ACTIONS = frozenset(("index", "create", "update", "delete"))
_ROWS = ("values", "rows", "Rows", "data")
_NAMES = ("name", "ColumnName", "Name", "text")


def source_of(record: Record) -> list[Any] | None:
    """What a hit holds: `_source`, as an object or as its text, or the `fields` beside it, whose values are lists."""
    source = record.get("_source")
    if isinstance(source, str):
        source = load_object(source.encode("utf-8", "surrogatepass"))
    if isinstance(source, dict) and source:
        return [source]
    fields = record.get("fields")
    if isinstance(fields, dict) and ("_id" in record or "_index" in record):
        return [plain(fields)]
    return [] if isinstance(source, dict) else None


def hits_of(record: Record) -> list[Any] | None:
    """The hits of an answer, which may be none."""
    hits = record["hits"]
    if isinstance(hits, dict):
        # Of an answer that was only asked how many there are; a list of another name is no such thing.
        counted = "total" in hits and not any(isinstance(value, list) for value in hits.values())
        hits = hits.get("hits", [] if counted else None)
    if not isinstance(hits, list) or not all(isinstance(hit, dict) for hit in hits):
        return None
    return hits


def responses_of(record: Record) -> list[Any] | None:
    """The answers of a multi search."""
    answers = record["responses"]
    return answers if isinstance(answers, list) and all(isinstance(one, dict) for one in answers) else None


def action_of(record: Record) -> list[Any] | None:
    """[] for a line of a bulk file that says what to do with the next one: it is no record."""
    if len(record) != 1:
        return None
    (key, target), *_ = record.items()
    known = isinstance(target, dict) and all(isinstance(name, str) and name.lstrip("_") in _TARGET for name in target)
    return [] if key in _ACTIONS and known else None


_TARGET = frozenset(
    (
        *("index", "id", "type", "routing", "parent", "version", "version_type", "op_type", "pipeline", "require_alias"),
        *("if_seq_no", "if_primary_term", "retry_on_conflict", "dynamic_templates", "list_executed_pipelines", "score"),
    )
)


def rows_of(record: Record) -> list[Any] | None:
    """Rows under the names of their columns, as records without what is null."""
    columns = record.get("columns", record.get("Columns"))
    rows = next((record[key] for key in _ROWS if isinstance(record.get(key), list)), None)
    if not isinstance(columns, list) or not columns or rows is None or not all(isinstance(row, list) for row in rows):
        return None
    names = [_name(column) for column in columns]
    if None in names:
        return None
    if rows and len(rows) == len(names) and any(len(row) != len(names) for row in rows):
        rows = list(zip(*rows, strict=False))  # ES|QL with columnar=true
    return [{name: value for name, value in zip(names, row, strict=False) if value is not None} for row in rows]


def tables_of(record: Record) -> list[Any] | None:
    """The tables of a Log Analytics or Kusto answer."""
    tables = record.get("tables", record.get("Tables"))
    if not isinstance(tables, list) or not tables:
        return None
    rows = [rows_of(table) for table in tables if isinstance(table, dict)]
    found = [row for of_table in rows if of_table is not None for row in of_table]
    return found if any(of_table is not None for of_table in rows) else None


def fields_of(record: Record) -> list[Any] | None:
    """Rows of CloudWatch Logs Insights: lists of {"field": name, "value": value}."""
    rows = record["results"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        return None
    found = [
        {cell["field"]: cell.get("value") for cell in row if isinstance(cell, dict) and isinstance(cell.get("field"), str)}
        for row in rows
    ]
    return found if any(found) else None


def plain(fields: Mapping[str, Any]) -> Record:
    """`fields`: a list of one is its value."""
    return {key: value[0] if type(value) is list and len(value) == 1 else value for key, value in fields.items()}


def _name(column: object) -> str | None:
    if isinstance(column, str):
        return column
    if not isinstance(column, dict):
        return None
    return next((column[key] for key in _NAMES if isinstance(column.get(key), str)), None)
