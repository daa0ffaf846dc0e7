"""Every command of the table with arguments that a small case answers: tests that hold for all of them walk over it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from typer.main import get_command

from tui.command_line import app

READING: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("processes",): (), ("rank",): (), ("show",): ("F1",), ("tree",): (), ("export",): ("-o", "-"),
    ("report",): ("-o", "-"), ("doctor",): (),
    ("evaluate",): ("--labels", "{labels}"),
    ("rules", "list"): (), ("rules", "show"): ("1",), ("rules", "test"): ("C:\\a.exe",), ("rules", "apply-preview"): (),
    ("rules", "nearest"): ("bin",), ("rules", "map"): (),
    ("labels", "list"): (), ("labels", "history"): (), ("labels", "effects"): (), ("labels", "export"): (),
    ("labels", "curve"): ("--known", "{labels}"),
    ("models", "list"): (), ("models", "show"): ("{model}",), ("models", "check"): ("{model}",), ("models", "verify"): (),
    ("models", "export"): ("{model}", "-o", "{folder}/exported"),
    ("marks", "list"): (),
    ("cases", "list"): (), ("cases", "show"): (), ("cases", "verify"): (),
    ("exceptions", "list"): (), ("exceptions", "hidden"): (), ("exceptions", "export"): (),
    ("exceptions", "preview"): ("--from", "F1"),
    ("audit", "list"): (), ("audit", "verify"): (), ("audit", "export"): ("{folder}/audit.jsonl",),
}  # fmt: skip
"""What only reads a workspace."""
CHANGING: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("train",): (), ("label",): ("F1", "malicious"), ("classify",): (),
    ("rules", "learn"): (), ("rules", "accept"): ("1",), ("rules", "reject"): ("1",), ("rules", "take"): ("{model}",),
    ("labels", "undo"): (), ("labels", "redo"): (), ("labels", "import"): ("{labels}",),
    ("labels", "merge"): ("{labels}",),
    ("models", "use"): ("{model}",), ("models", "remove"): ("{model}",), ("cases", "remove"): ("case", "--yes"),
    ("exceptions", "add"): ("--from", "F1", "--reason", "software"), ("exceptions", "remove"): ("1",),
    ("exceptions", "renew"): ("1",), ("exceptions", "import"): ("{labels}",),
    ("cases", "forget-hashes"): (), ("sigma",): ("{folder}",), ("marks", "import"): ("{labels}",), ("marks", "forget"): (),
}  # fmt: skip
"""What changes what is there, and has nothing to change in a workspace that is not."""
BEGINNING = frozenset({("ingest",), ("fleet",), ("demo",), ("models", "ready"), ("models", "import"), ("rules", "add")})
"""What puts the first thing into a workspace."""
WITHOUT = frozenset({("formats",), ("starter", "show"), ("starter", "build")})
"""What needs no workspace."""


def leaves(command: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """(path, command) of everything that runs."""
    command = get_command(app) if command is None else command
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
        return
    for name, one in inner.items():
        yield from leaves(one, (*path, name))
