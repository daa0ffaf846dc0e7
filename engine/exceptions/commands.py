"""The shape of a command line as exceptions know it: its words (engine.words.command_line), all of them and in their order.

Numbers, addresses and the like are not told apart, and that is said; files and names are. The shapes that verdicts teach by
(engine.words.command_shape) were tried: they leave open which script an interpreter runs, which is all that tells an agent's from
an intruder's. Words are the first of a command line. What stands behind them is unseen, and whoever knows of an exception could
put anything there; so a command line that is longer than what is seen has no shape but its own hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from enum import StrEnum

from engine.words.command_line import LONGEST, MAX_WORDS, words

WHOLE = "<whole>"
"""Stands before the hash of a command line that is too long for a shape."""
OPEN = {
    "<url>": "any URL", "<ip>": "any address", "<blob>": "any base64", "<guid>": "any GUID", "<hex>": "any hexadecimal digits",
    "<n>": "any number",
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
    found = words(command_line)
    if len(command_line) > LONGEST or len(found) >= MAX_WORDS:
        return WHOLE, hashlib.sha256(command_line.encode("utf-8", "surrogatepass")).hexdigest()
    return tuple(found)


def left_open(command: CommandShape) -> tuple[str, ...]:
    """What the words of a shape leave to whoever writes the command line, each once."""
    told: Iterable[str] = () if isinstance(command, CommandKind) else command
    return tuple(dict.fromkeys(said for word in told for mark, said in OPEN.items() if mark in word))
