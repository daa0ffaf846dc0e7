"""What is checked: a sentence, the command that a reader types, and what its output must show."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

MODEL = "MODEL"
"""In a command: the last line that the command before it printed, which is the model that it made."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command as a reader types it, and its small form for tests, which differs in nothing but what is said here.

    `more`: words behind it, in its small form. `instead`: other words in place of some of its own.
    `after`: the command that has to have run before. `long`: minutes and more, so its output is kept in measured.json.
    `slow`: even its small form takes more than some seconds.
    """

    text: str
    more: str = ""
    instead: Mapping[str, str] = field(default_factory=dict)
    after: Command | None = None
    long: bool = False
    slow: bool = False

    def words(self, *, small: bool) -> list[str]:
        """Its arguments, the program first."""
        words = shlex.split(self.text)
        return [self.instead.get(word, word) for word in words] + shlex.split(self.more) if small else words


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of a paper that can be checked.

    `says`: the sentence in the paper's sense, not its words. `shows`: what is looked for in the output, one expression after
    the other, the first match of each: its named groups are told by their names, else the match is printed as it stands.
    `remark`: where it is otherwise here, and why.
    """

    name: str
    paper: int
    says: str
    command: Command
    shows: tuple[str, ...]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a page of docs/ (or the README), the command that stands beside it there, and its kind in the output."""

    name: str
    page: str
    command: Command
    shows: tuple[str, ...]


class NotShown(LookupError):
    """A command's output lacks what it has to show."""


def shown(patterns: tuple[str, ...], output: str) -> str:
    """What an output shows. Raises NotShown."""
    parts: list[str] = []
    for pattern in patterns:
        found = re.search(pattern, output, re.MULTILINE)
        if found is None:
            raise NotShown(pattern)
        told = [f"{name.replace('_', ' ')} {value}" for name, value in found.groupdict().items()]
        parts.append(", ".join(told) or found[0].strip("\n"))
    return trimmed("\n".join(parts))


def trimmed(block: str) -> str:
    """Without blank lines at its ends, blanks behind its lines, and the margin that all of them have."""
    lines = [line.rstrip() for line in block.strip("\n").splitlines()]
    margin = min((len(line) - len(line.lstrip()) for line in lines if line), default=0)
    return "\n".join(line[margin:] for line in lines).strip("\n")
