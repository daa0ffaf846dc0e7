"""Every command that the program tells somebody to type is one that its parser takes."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from typing import Any

from typer import TyperException
from typer.main import get_command

from tests.contracts.sources import SOURCES, nodes, shown
from tui.command_line import app

GROUP: Any = get_command(app)
TOLD = re.compile(r"oddkin((?: (?!oddkin)[^\s`,;()]+)+)")
"""What follows the name, up to what ends a command in a sentence; two blanks do."""
NUMBERS = {"NUMBER": "1", "N": "1"}
PROSE = frozenset(
    ["and", "or", "beside", "to", "makes", "shows", "lists", "teaches", "tells", "does", "it", "compares", "leaves", "…", "->"]
)
"""Words of the sentence around a command, which stand behind it without a comma."""


def texts() -> Iterator[tuple[str, str]]:
    """(where, text) of every string that may be shown: no docstrings. What is put into one is a word or its end."""
    for path in SOURCES:
        passed_over: set[int] = set()
        for node in nodes(path):
            if isinstance(node, ast.Expr):
                passed_over.add(id(node.value))
            elif isinstance(node, ast.JoinedStr):
                passed_over |= {id(part) for part in ast.walk(node)}
                yield f"{shown(path)}:{node.lineno}", filled(node)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in passed_over:
                yield f"{shown(path)}:{node.lineno}", node.value


def filled(text: ast.JoinedStr) -> str:
    """With a 1 for each thing that is put in as a word or behind a letter, and nothing for an option that may be left out."""
    made = ""
    for part in text.values:
        if isinstance(part, ast.Constant):
            made += str(part.value)
        else:
            made += "" if made.rpartition(" ")[2].startswith("--") or made[-1:].islower() else "1"
    return made


def commands(text: str) -> Iterator[list[str]]:
    """The words of each command that a text tells, without `oddkin`."""
    for found in TOLD.finditer(text):
        words = found[1].strip().rstrip(".:?").split()
        if words[0] not in GROUP.commands:
            continue  # "oddkin reads" is a sentence
        end = next((at for at, word in enumerate(words) if word in PROSE or word.endswith((".", ":"))), len(words))
        yield shlex.split(" ".join(words[: end + (end < len(words) and words[end] not in PROSE)]).rstrip(".:"))


def problem(words: list[str]) -> str:
    """Why the parser refuses; "" where it takes them. Nothing is run."""
    command, rest = GROUP.commands[words[0]], [NUMBERS.get(word, word) for word in words[1:]]
    if hasattr(command, "commands"):
        if not rest:
            return ""  # the group, whose help is shown
        if rest[0] not in command.commands:
            return f"no command {rest[0]}"
        command, rest = command.commands[rest[0]], rest[1:]
    try:
        command.make_context(words[0], rest, resilient_parsing=False)
    except TyperException as error:
        return str(getattr(error, "message", "") or error)
    return ""


IN_A_FILE = {("starter", "build", "RECORDINGS")}
"""What the starter's manifest says of how it was built; it is part of a file that is the same whenever it is built."""


def test_a_command_that_is_told_is_taken() -> None:
    """All in one test: one each would have every worker read all modules before the first test runs."""
    told = {(where, *words) for where, text in texts() for words in commands(text) if tuple(words) not in IN_A_FILE}
    assert len(told) > 60
    assert {(where, *words): why for where, *words in told if (why := problem(words))} == {}


def test_a_wrong_command_is_noticed() -> None:
    (missing,) = commands("Run `oddkin models use` and rank.")
    (unknown,) = commands("See: oddkin labels lst, or wait.")
    (fine,) = commands("Try again: oddkin ingest PATH --case NAME   (or wait)")
    (valueless,) = commands("Leave a term out. See: oddkin processes --where")
    assert problem(missing)
    assert problem(valueless) == "Option '--where' requires an argument."
    assert problem(unknown) == "no command lst"
    assert problem(fine) == ""
