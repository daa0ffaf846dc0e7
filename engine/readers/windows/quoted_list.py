"""Lists of texts as other programs print them into one cell: Python's ['a', 'b'] (plaso, pandas) and JSON's ["a", "b"].

Read by a grammar of their own: nothing that a log holds is evaluated.
"""

from __future__ import annotations

import re

from orjson import JSONDecodeError, loads

_ITEM = re.compile(r"""[\s,]*(?:'((?:[^'\\]|\\.)*+)'|"((?:[^"\\]|\\.)*+)"|(None|True|False|-?\d{1,20}))(?=[\s,]|\Z)""", re.DOTALL)
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
_NAMED = {"n": "\n", "t": "\t", "r": "\r"}
_MOST = 64
"""An event has at most 23 values."""


def quoted_list(cell: str) -> list[str] | None:
    """The texts of a list; None when the cell is none. psort leaves the commas out: "['a'  'b']"."""
    stripped = cell.strip()
    if stripped[:1] != "[" or stripped[-1:] != "]":
        return None
    try:
        values = loads(stripped)
    except JSONDecodeError:
        return _printed(stripped[1:-1])
    return values if isinstance(values, list) and len(values) <= _MOST else None


def _printed(inner: str) -> list[str] | None:
    values: list[str] = []
    at = 0
    while at < len(inner) and len(values) <= _MOST:
        match = _ITEM.match(inner, at)
        if match is None:
            return values if values and not inner[at:].strip(" ,\n") else None
        single, double, bare = match.groups()
        raw = bare if bare is not None else single if single is not None else double
        values.append("" if raw == "None" and bare else _ESCAPE.sub(_character, raw))
        at = match.end()
    return values if len(values) <= _MOST else None


def _character(match: re.Match[str]) -> str:
    name = match.group(1)
    if len(name) == 1:
        return _NAMED.get(name, name)
    code = int(name[1:], 16)
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"
