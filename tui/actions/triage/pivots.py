"""From a process to all that share something with it: each a line of the filter language, so that it can be edited.

A pivot is exact where the language can be: what is looked for is quoted whole. Of command lines the shape is asked for, with any
number where this one has a number: the next beacon has another id.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.errors import UsageError
from engine.hash_lists.hashes import named
from engine.untrusted import visible
from store.base.views import ProcessView
from store.where.expression import MOST_CHARACTERS
from store.where.grammar import write
from store.where.matching import Spread, spread, times_of
from store.where.meaning import read
from store.where.terms import Term, Value
from store.workspace import Workspace
from tui.words.words import base, when

When = Callable[[int | None], str]
AROUND = "5m"
_NUMBER = re.compile(r"0x[0-9a-fA-F]+|[0-9a-fA-F]{16,}|\d+")
_SPECIAL = re.compile(r"([\\.\[\]{}()*+?^$|/])")
_STRENGTH = ("SHA512", "SHA256", "SHA1", "MD5", "IMPHASH")


@dataclass(frozen=True, slots=True)
class Pivot:
    """One way to go on."""

    letter: str
    name: str
    told: str
    """What is shared. Untrusted."""
    line: str
    """The filter."""


def pivots(process: ProcessView, parent: ProcessView | None, when: When = when) -> tuple[Pivot, ...]:
    """Those that the record tells enough for; `when` tells times as the screens do."""
    return tuple(_pivots(process, parent, when))


def counted(workspace: Workspace, case: str, pivot: Pivot) -> Spread:
    """How many recorded processes it leaves, on how many hosts; reads the case's processes. Raises NotFound."""
    try:
        return spread(workspace, case, read(pivot.line, times_of(workspace, case)))
    except UsageError:  # a record whose text no line can ask for
        return Spread(0, 0)


def _pivots(one: ProcessView, parent: ProcessView | None, when: When) -> Iterator[Pivot]:
    if one.image:
        name = base(one.image)
        yield Pivot("i", "same image", name, _asks("image", one.image))
    if one.command_line:
        shape = command_shape(one.command_line)
        yield Pivot(
            "c", "same command line but for numbers", one.command_line, write((Term("cmd", (Value(shape, regex=True),)),))
        )
    if one.user:
        yield Pivot("u", "same user", one.user, _asks("user", one.user))
        yield Pivot(
            "U", "same user on this host", f"{one.user} on {one.host}", f"{_asks('user', one.user)} {_asks('host', one.host)}"
        )
    if one.logon_id:
        yield Pivot(
            "s", "same session", f"{one.logon_id} on {one.host}", f"{_asks('session', one.logon_id)} {_asks('host', one.host)}"
        )
    if strongest := _strongest(one.hashes or ""):
        yield Pivot("h", "same hash", strongest, _asks("hash", strongest))
    if parent is not None and parent.image:
        yield Pivot("p", "same parent program", base(parent.image), _asks("parent", parent.image))
    if one.image:
        yield Pivot("k", "what it starts", f"children of {base(one.image)}", _asks("parent", one.image))
    if one.time_us is not None and (moment := when(one.time_us)):
        around = f"time:{moment}±{AROUND}"
        yield Pivot("t", f"±{AROUND} on this host", f"{one.host}, {moment}", f"{_asks('host', one.host)} {around}")
        yield Pivot("T", f"±{AROUND} on all hosts", moment, around)


def command_shape(text: str) -> str:
    """An expression for command lines that differ from this one in numbers only; of a long one its beginning."""
    parts: list[str] = ["^"]
    size, at = 1, 0
    for match in (*_NUMBER.finditer(text), None):
        plain = _SPECIAL.sub(r"\\\1", text[at : match.start() if match is not None else len(text)])
        digits = "[0-9a-fA-Fx]+" if match is not None else "$"
        if size + len(plain) + len(digits) > MOST_CHARACTERS - 20:
            left = MOST_CHARACTERS - 20 - size
            parts.append(_whole(plain[: max(left, 0)]))
            break
        parts += [plain, digits]
        size += len(plain) + len(digits)
        at = match.end() if match is not None else len(text)
    return "".join(parts)


def _whole(text: str) -> str:
    """Without a backslash at the end whose character was cut off."""
    hanging = len(text) - len(text.rstrip("\\"))
    return text[:-1] if hanging % 2 else text


def _strongest(text: str) -> str:
    found = dict(named(text))
    return next((found[kind] for kind in _STRENGTH if kind in found), "")


def _asks(key: str, text: str) -> str:
    return write((Term(key, (Value(text),)),))


def told(pivot: Pivot) -> str:
    """What is shared, made visible."""
    return visible(pivot.told)
