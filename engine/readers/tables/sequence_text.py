"""Lists of strings in Python's notation, read without running any of it.

`eval` would run what the log says. `ast.literal_eval` runs nothing, but compiles the text first: deep nesting and huge
numbers crash or stall the interpreter, and it takes a dozen types that are no list of names.
"""

from __future__ import annotations

import re

MAX_ITEMS = 1024
_STRING = re.compile(r"'((?:[^'\\]++|\\.)*+)'|\"((?:[^\"\\]++|\\.)*+)\"", re.DOTALL)
_BARE = re.compile(r"[^\s,\[\]'\"()]+(?:[ \t]+[^\s,\[\]'\"()]+)*")
_BLANK = re.compile(r"\s*")
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|(.))", re.DOTALL)
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "\n": "", "\\": "\\", "'": "'", '"': '"'}
_ABSENT = frozenset(("None", "nan", "NaN", "null"))


class NotASequence(ValueError):
    """The text is no list of strings; says where it stops being one."""


def parse_sequence(text: str, start: int = 0) -> tuple[list[str], int]:
    """Names of the list that begins at `start`, and the position behind its bracket.

    Names without quotes are taken as they are; None and nan among them mean "nothing there" and are left out. Raises
    NotASequence, nothing else.
    """
    if not text.startswith("[", start):
        raise NotASequence(f"expected '[' at {start}")
    items: list[str] = []
    at = _blank(text, start + 1)
    while not text.startswith("]", at):
        if match := _STRING.match(text, at):
            items.append(unescaped(match.group(match.lastindex or 1)))
        elif match := _BARE.match(text, at):
            if match.group() not in _ABSENT:
                items.append(match.group())
        else:
            raise NotASequence(f"expected a name at {at}")
        if len(items) > MAX_ITEMS:
            raise NotASequence(f"more than {MAX_ITEMS} names")
        at = _blank(text, match.end())
        if text.startswith(",", at):
            at = _blank(text, at + 1)
        elif not text.startswith("]", at):
            raise NotASequence(f"expected ',' or ']' at {at}")
    return items, at + 1


def unescaped(body: str) -> str:
    """What stands between the quotes of a Python string. Unknown escapes stay, as they do in Python."""
    return _ESCAPE.sub(_character, body) if "\\" in body else body


def _character(match: re.Match[str]) -> str:
    two, four, eight, octal, other = match.groups()
    if other is not None:
        return _SIMPLE.get(other, match.group())
    code = int(octal, 8) if octal else int(two or four or eight, 16)
    # Lone surrogates and numbers beyond Unicode cannot be stored as UTF-8; they stay visible as they are written.
    return match.group() if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF else chr(code)


def _blank(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at
