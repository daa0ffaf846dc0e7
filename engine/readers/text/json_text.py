"""One JSON object from bytes, tolerant of what real exports do to text."""

from __future__ import annotations

import codecs
import json
import math
import re
from typing import Any

import orjson

_LONG_NUMBER = 20
"""Digits of the largest 64-bit number."""
_HOLE = b"\x00" * 16
"""A file system leaves zeros where what was written was lost. What stands at both sides of such a hole is of two records."""
_TRAILING = re.compile(r'("(?:[^"\\]++|\\.)*+"?)|,(?=[ \t\r\n]*+[}\]])', re.DOTALL)
"""A text, closed or not, which stays as it is, or a comma with nothing behind it."""


def load_object(data: bytes) -> dict[str, Any] | None:
    """The object, None when the bytes are no JSON object. Never raises.

    Second try for what orjson refuses and logs contain: bytes that are no UTF-8 come as surrogate escapes and halves of
    surrogate pairs (an emoji cut by a length limit) as they are, so that nothing of a command line is lost. NaN and Infinity,
    which data frames write for what is missing, are null. A trailing comma behind or inside of the object is ignored.
    """
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        value = _second_try(data)
    return value if type(value) is dict else None


def _second_try(data: bytes) -> Any:
    # Files that were joined bring their byte order marks along.
    stripped = data.strip(b" \t\r\n\x00\x1e,").removeprefix(codecs.BOM_UTF8)
    if not stripped.startswith(b"{") or not stripped.endswith(b"}") or _HOLE in stripped:
        return None
    text = stripped.decode("utf-8", "surrogateescape")
    value = _decoded(text)
    return _decoded(without_loose_commas(text)) if value is None else value


def without_loose_commas(text: str) -> str:
    """The text with a blank for each comma that nothing follows before a bracket closes: everything else stays in its place."""
    return _TRAILING.sub(_kept, text)


def _kept(match: re.Match[str]) -> str:
    return match.group(1) or " "


def _decoded(text: str) -> Any:
    try:
        return json.loads(text, strict=False, parse_int=_number, parse_float=_number, parse_constant=_missing)
    except (ValueError, RecursionError):
        return None


def _number(text: str) -> int | float | None:
    """As orjson has them: 64-bit integers, other numbers as floats. None for what no float holds: it costs its field only."""
    if len(text) < _LONG_NUMBER and text.lstrip("-").isdigit():
        return int(text)
    number = float(text)
    return None if math.isinf(number) else number


def _missing(text: str) -> None:
    """NaN and Infinity are not in JSON."""
