"""A field of a record by its path, nested or flattened: exporters write {"a": {"b": 1}} and {"a.b": 1} for the same thing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_DEEPEST = 8


def at(record: Mapping[str, Any], path: str) -> Any:
    """What stands at `a.b.c`, whichever of its parts are nested; None where nothing does. Never raises."""
    if path in record:
        return record[path]
    parts = path.split(".", _DEEPEST)
    for size in range(len(parts) - 1, 0, -1):
        inner = record.get(".".join(parts[:size]))
        if type(inner) is list and len(inner) == 1:
            inner = inner[0]
        if isinstance(inner, Mapping):
            return at(inner, ".".join(parts[size:]))
    return None


def group(record: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    """The object at a path, with flattened fields below it as its own; empty where there is none."""
    found = at(record, path)
    if type(found) is list and len(found) == 1:
        found = found[0]
    if isinstance(found, Mapping):
        return found
    before = f"{path}."
    return {key[len(before) :]: value for key, value in record.items() if key.startswith(before)}
