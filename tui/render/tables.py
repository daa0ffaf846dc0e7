"""Tables as the commands print them, and what JSON can hold of numbers."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.style import Style
from rich.table import Table
from rich.text import Text

GOES_ON = "↳"
"""Begins each further line of a cell. Where the cells before it are empty there, a log's own words would begin a line else."""


class Folded:
    """The text of a cell. What is too long for its column goes on below, each further line behind GOES_ON."""

    def __init__(self, text: Text) -> None:
        self._text = text

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement.get(console, options, self._text)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if self._text.cell_len <= options.max_width:
            yield self._text
            return
        width = max(options.max_width - len(GOES_ON), 1)
        first, *further = self._text.wrap(console, width, overflow="fold")
        yield first
        yield from (Text(GOES_ON) + line for line in further)


class FoldingTable(Table):
    """A table whose texts fold so."""

    def add_row(self, *cells: RenderableType | None, style: str | Style | None = None, end_section: bool = False) -> None:
        """A text is taken as it stands: no markup."""
        folded = [Folded(Text(cell)) if isinstance(cell, str) else cell for cell in cells]
        super().add_row(*folded, style=style, end_section=end_section)


def table(*columns: str, right: Collection[str] = (), heading: str | None = None, widest: int | None = None) -> Table:
    """Columns by their titles, those in `right` flush right; what is too long for its column goes on below."""
    out = FoldingTable(box=SIMPLE_HEAD, pad_edge=False, title=heading, title_justify="left")
    for column in columns:
        out.add_column(column, justify="right" if column in right else "left", overflow="fold", max_width=widest)
    return out


def finite(value: Any) -> Any:
    """The same with null for NaN and infinity, which JSON has not."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: finite(inner) for key, inner in value.items()}
    return [finite(inner) for inner in value] if isinstance(value, list | tuple) else value
