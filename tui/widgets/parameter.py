"""A setting as a form offers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Parameter:
    """One line of the form."""

    id: str
    label: str
    choices: tuple[tuple[Any, str], ...]
    """Value and words, in the order of ←/→; the first is the default."""
    help: str
    parse: Callable[[str], Any] | None = None
    """Typed text to a value; raises UsageError. None: only the choices."""
    words: Callable[[Any], str] = str
    """For values that are none of the choices."""

    def told(self, value: Any) -> str:
        """The value in words."""
        return next((words for choice, words in self.choices if choice == value), None) or self.words(value)
