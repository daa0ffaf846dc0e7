"""The beginning of a JSON object that is too long, or too damaged, to be read as one: up to the list in which it goes on.

An answer of a search service is one object around millions of records. What stands before its list is kept, and each element of
the list is then read as if the answer held nothing else.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from engine.readers.text.json_text import load_object

_MOST = 1 << 18
"""Bytes of a beginning: it is kept, and read once more behind the list."""
_DEEPEST = 8
_SHORT = 256
_SHOWN = 20
"""Elements of the list that tell what it is a list of."""
_BLANK = re.compile(r"[ \t\r\n]*+")
_decode = json.JSONDecoder(strict=False).raw_decode
_OPENS = re.compile(r"\[[ \t\r\n]*+(?=\{)")


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before a list inside of an object, and where in the object the list is."""

    text: bytes
    """From the object's brace to the list's bracket."""
    path: tuple[str, ...]
    beside: tuple[dict[str, Any], ...]
    """The short values at each step of the path: what the records inside may lack, and no record itself."""
    first: list[Any]
    """The first elements of the list."""

    def around(self, elements: list[Any]) -> dict[str, Any]:
        """The object as if it held these elements only, beside its names and numbers."""
        whole: dict[str, Any] = dict(self.beside[0])
        node = whole
        for key, beside in zip(self.path, self.beside[1:], strict=False):
            node[key] = node = dict(beside)
        node[self.path[-1]] = elements
        return whole


def head_at(plain: str, start: int) -> Head | None:
    """The head of the object that begins at `start`; None when it does not go on in a list of objects. One character of `plain`
    is one byte.
    """
    path: list[str] = []
    at = start
    while len(path) < _DEEPEST:
        place = _unfinished_member(plain, at + 1, start + _MOST)
        if place is None:
            return None
        key, at = place
        path.append(key)
        if plain[at] == "{":
            continue
        opening = _OPENS.match(plain, at)
        if opening is None:
            return None
        text = plain[start : at + 1].encode("latin-1")
        record = load_object(text + b"]" + b"}" * len(path))
        # Of members of one name the last one counts, and then the list is not where it was found.
        beside = _beside(record, path)
        return None if beside is None else Head(text, tuple(path), tuple(beside), _elements(plain, opening.end()))
    return None


def _beside(record: Any, path: list[str]) -> list[dict[str, Any]] | None:
    found = []
    for key in path:
        if not isinstance(record, dict):
            return None
        found.append({name: value for name, value in record.items() if _short(value)})
        record = record.get(key)
    return found if record == [] else None


def _short(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= _SHORT and value[:1] not in ("{", "[", "<")
    return value is not None and not isinstance(value, (dict, list))


def _unfinished_member(plain: str, at: int, end: int) -> tuple[str, int] | None:
    """The name of the first member that cannot be read to its end, or ends behind `end`, and where its value begins."""
    try:
        while at < end:
            at = _blank(plain, at)
            if plain[at] == ",":
                at = _blank(plain, at + 1)
            if plain[at] != '"':
                return None
            key, at = _decode(plain, at)
            at = _blank(plain, at)
            if plain[at] != ":":
                return None
            at = _blank(plain, at + 1)
            try:
                following = _decode(plain, at)[1]
            except (ValueError, RecursionError):
                following = end
            if following >= end:
                return (_utf8(key), at) if plain[at] in "{[" else None
            at = following
    except (IndexError, ValueError):
        return None
    return None


def _elements(plain: str, at: int) -> list[Any]:
    found: list[Any] = []
    while len(found) < _SHOWN:
        try:
            element, at = _decode(plain, at)
            found.append(element)
            at = _blank(plain, at)
            if plain[at] != ",":
                break
            at = _blank(plain, at + 1)
        except (ValueError, IndexError, RecursionError):
            break
    return found


def _blank(plain: str, at: int) -> int:
    match = _BLANK.match(plain, at)
    return match.end() if match else at


def _utf8(key: str) -> str:
    """A name, whose bytes were taken for characters."""
    return key.encode("latin-1", "replace").decode("utf-8", "replace")
