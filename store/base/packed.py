"""Small arrays in a column: chain steps, step errors, signal values. Little-endian on every machine."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from engine.domain.records import MAX_STEPS
from store.base.errors import damaged

STEP_BYTES = 4
ABOVE = b"\xff" * (STEP_BYTES * MAX_STEPS)
"""Sorts behind every packed chain, so [p, p + ABOVE) are the chains that begin with p."""


def unpack_steps(packed: bytes) -> list[int]:
    """Path ids of one chain, root first: little-endian, four bytes each."""
    numbers: list[int] = _read(packed, "<i4").tolist()
    return numbers


def unpack_floats(packed: bytes, kind: str) -> tuple[float, ...]:
    """Numbers of 32 (`kind` "<f4") or 64 bits ("<f8"), little-endian."""
    return tuple(_read(packed, kind).tolist())


def _read(packed: bytes, kind: str) -> Any:
    try:
        return np.frombuffer(packed, dtype=kind)
    except (ValueError, TypeError) as problem:
        raise damaged("numbers in a column are cut off") from problem


def stored_json(text: Any) -> Any:
    """What a column of JSON holds. Raises StoreError where that is none any more."""
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError) as problem:
        raise damaged("a column of JSON holds none") from problem


def plain_value(value: Any) -> Any:
    """For json.dumps: metrics and manifests may hold numpy's numbers and arrays; anything else is told as text."""
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else str(value)
