r"""The shape of a command line as exceptions know it: all of it, between its blanks.

Numbers, addresses and the like are not told apart, and that is said; everything else is, marks between letters too. Rejected:
the shapes that verdicts teach by (engine.words.command_shape), which leave open which script an interpreter runs, and that is all
that tells an agent's from an intruder's; the detector's words, to which `c:\agent\run.bat` is `c agent run.bat`. A long command
line has no shape but its own hash.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from enum import StrEnum

from engine.words.command_line import LONGEST, MAX_WORDS, masked

_BLANKS = re.compile(r"[ \t]+")
"""A line break is none: to a shell it ends a command."""
WHOLE = "<whole>"
"""Stands before the hash of a command line that is too long for a shape."""
OPEN = {
    "<url>": "any URL", "<ip>": "any address", "<guid>": "any GUID", "<hex>": "any hexadecimal digits", "<n>": "any number",
}  # fmt: skip
"""What a word of a shape stands for that somebody else chooses."""


class CommandKind(StrEnum):
    """What an exception says of a command line where that is no shape."""

    ANY = "any"
    NONE = "none"
    """The record has none."""


CommandShape = tuple[str, ...] | CommandKind
"""Words, or one of the kinds."""


def shape_of_command(command_line: str | None) -> CommandShape:
    """What a narrow exception asks of a command line: never ANY."""
    if command_line is None:
        return CommandKind.NONE
    found = tuple(part for part in _BLANKS.split(masked(command_line[:LONGEST])) if part)
    if len(command_line) > LONGEST or len(found) >= MAX_WORDS:
        return WHOLE, hashlib.sha256(command_line.encode("utf-8", "surrogatepass")).hexdigest()
    return found


def left_open(command: CommandShape) -> tuple[str, ...]:
    """What the words of a shape leave to whoever writes the command line, each once."""
    told: Iterable[str] = () if isinstance(command, CommandKind) else command
    return tuple(dict.fromkeys(said for word in told for mark, said in OPEN.items() if mark in word))
