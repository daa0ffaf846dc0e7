"""A field of one row: the only kind of field that oddkin has."""

from __future__ import annotations

from typing import Any

from textual.widgets import Input


class LineInput(Input):
    """An Input without a border, whatever has the focus.

    Textual draws a border around a field while it has the focus. In a single row nothing is left for the text then, and a rule
    `border: none` of ours does not help: theirs names a state and is the more specific one. Their compact form is made for it,
    so every field is made here, compact.
    """

    def __init__(self, value: str = "", **options: Any) -> None:
        super().__init__(value, compact=True, **options)
