"""Lists of texts as other programs print them into one cell: Python's ['a', 'b'] (plaso, pandas) and JSON's ["a", "b"].

Read by a grammar of their own: nothing that a log holds is evaluated.
"""

from __future__ import annotations

import re

from orjson import JSONDecodeError, loads

_ITEM = re.compile(r"""[\s,]*+(?:'((?:[^'\\]|\\.)*+)'|"((?:[^"\\]|\\.)*+)"|(None|True|False|-?\d{1,20}))""", re.DOTALL)
_END = re.compile(r"[\s,]*+\]")
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
_WRITTEN = re.compile(r"""\\(?!["'\\nrt]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})""")
"""A backslash that Python writes doubled, and that is not: whoever printed the list wrote C:\\Windows as it is."""
_NAMED = {"n": "\n", "t": "\t", "r": "\r"}
_MOST = 64
"""An event has at most 23 values."""


def quoted_list(cell: str) -> list[str] | None:
    """The texts of a cell that is a list; None when it is none."""
    stripped = cell.strip()
    if stripped[:1] != "[" or stripped[-1:] != "]":
        return None
    try:
        values = loads(stripped)
    except JSONDecodeError:
        return list_at(stripped, 0)
    return values if isinstance(values, list) and len(values) <= _MOST else None


def list_at(text: str, at: int) -> list[str] | None:
    """The texts of the list that begins at a place; None where none does. psort leaves the commas out: ['a'  'b']."""
    if text[at : at + 1] != "[":
        return None
    values: list[str] = []
    at += 1
    while (match := _ITEM.match(text, at)) is not None and len(values) < _MOST:
        single, double, bare = match.groups()
        raw = bare if bare is not None else single if single is not None else double
        values.append("" if bare == "None" else raw)
        at = match.end()
    if not _END.match(text, at):
        return None
    if any(_WRITTEN.search(value.replace("\\\\", "")) for value in values):
        return values
    return [_ESCAPE.sub(_character, value) for value in values]


def _character(match: re.Match[str]) -> str:
    name = match.group(1)
    if len(name) == 1:
        return _NAMED.get(name, name)
    code = int(name[1:], 16)
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"
