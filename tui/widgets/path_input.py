"""A field for a path: completes while typing, takes what a file manager pastes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

from textual.binding import Binding, BindingType
from textual.suggester import Suggester

from engine.untrusted import visible
from tui.widgets.line_input import LineInput

SCAN = 2_000
"""Entries of a folder that are looked at for a completion."""


def pasted_path(text: str) -> str:
    """What terminals paste when a file is dropped on them, as a path: quotes, file:// addresses, escaped blanks."""
    text = text.strip().strip("\x00")
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    if text.startswith("file://"):
        return unquote(urlsplit(text).path)
    return text.replace("\\ ", " ") if "\\ " in text and "/" in text else text


def pasted_paths(text: str) -> list[str]:
    """The paths in what was pasted, one a line."""
    return [pasted_path(line) for line in text.splitlines() if line.strip()]


def completions(typed: str, limit: int = SCAN) -> list[str]:
    """Paths that begin with `typed`, folders with a closing slash, sorted; [] where nothing can be seen."""
    if not typed:
        return []
    expanded = os.path.expanduser(typed)  # noqa: PTH111 - Path would drop the last separator
    folder, _, start = expanded.rpartition(os.sep)
    base = typed[: len(typed) - len(start)]
    found = []
    try:
        with os.scandir(folder + os.sep if folder or expanded.startswith(os.sep) else ".") as entries:
            for number, entry in enumerate(entries):
                if number >= limit:
                    break
                if entry.name.startswith(start) and (start or not entry.name.startswith(".")):
                    found.append(base + entry.name + (os.sep if entry.is_dir() else ""))
    except OSError:
        return []
    return sorted(found)


class PathSuggester(Suggester):
    """The first path that goes on from what was typed, shown behind the cursor."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """A path that begins with `value`."""
        # Not one whose name would act on the terminal: what is suggested is drawn as it is. Tab completes those too.
        found = (path for path in completions(value) if path != value and visible(path) == path)
        return next(found, None)


class PathInput(LineInput):
    """Tab completes as far as it is clear, and leaves the field when there is nothing to complete; → takes the suggestion."""

    HELP = "Type or paste a path. **tab** completes, **→** takes the grey suggestion, **enter** goes on."

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", "Complete", show=False, id="path.complete", tooltip="Complete the path as far as it is clear")
    ]

    def __init__(self, value: str = "", **options: Any) -> None:
        super().__init__(value, suggester=PathSuggester(), **options)

    def action_complete(self) -> None:
        """Extend the path; go to the next field when that changes nothing."""
        found = completions(self.value)
        start = os.path.commonprefix(found)  # noqa: RUF071 - characters are what is typed
        if found and len(start) > len(self.value):
            self.value = start
            self.cursor_position = len(start)
        else:
            self.screen.focus_next()

    @property
    def path(self) -> Path:
        """What is in the field, `~` expanded."""
        return Path(pasted_path(self.value)).expanduser()


class Target:
    """A file to be written: what is there already is replaced only when somebody says so twice."""

    def __init__(self) -> None:
        self._asked: Path | None = None

    def problem(self, text: str) -> str | None:
        """Why nothing can be written there, or not at once; None for nothing."""
        path = Path(text).expanduser()
        if not path.name or path.is_dir():
            return "Name a file."
        if not path.parent.is_dir():
            return f"There is no folder {path.parent}."
        if path.exists() and self._asked != path:
            self._asked = path
            return "This file is there already: enter again replaces it."
        return None
