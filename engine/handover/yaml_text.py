"""YAML of texts, numbers, lists and maps as Sigma wants it written: four blanks, single quotes where a text allows them.

Keys are ours; a text with characters that act or are not seen stands in double quotes with escapes (YAML 1.2, 5.7), so that
nothing that a log says begins a line, a comment, an anchor or another type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from engine.untrusted import visible

_PLAIN = re.compile(r"[a-z][a-z0-9_.-]*(?: [a-z0-9_.-]+)*")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
INDENT = "    "


def document(value: dict[str, Any]) -> str:
    """A map as a document."""
    return "".join(f"{line}\n" for line in _lines(value, 0))


def _lines(value: dict[str, Any], depth: int) -> Iterator[str]:
    for key, one in value.items():
        begin = f"{INDENT * depth}{key}:"
        if isinstance(one, dict):
            yield begin
            yield from _lines(one, depth + 1)
        elif isinstance(one, list | tuple):
            yield begin
            yield from (f"{INDENT * (depth + 1)}- {scalar(item)}" for item in one)
        else:
            yield f"{begin} {scalar(one)}"


def scalar(value: str | int) -> str:
    """One value on one line."""
    if isinstance(value, int):
        return str(value)
    if _PLAIN.fullmatch(value) and not _WORDS & {value}:
        return value
    # What visible() changes would act, hide or break the line.
    if visible(value) == value:
        return "'" + value.replace("'", "''") + "'"
    return '"' + "".join(map(_escaped, value)) + '"'


def _escaped(char: str) -> str:
    code = ord(char)
    if char in {'"', "\\"}:
        return f"\\{char}"
    if 0x20 <= code < 0x7F:
        return char
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
