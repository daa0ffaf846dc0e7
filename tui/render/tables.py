"""Tables as the commands print them, and what JSON can hold of numbers."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table


def table(*columns: str, right: Collection[str] = (), heading: str | None = None, widest: int | None = None) -> Table:
    """Columns by their titles, those in `right` flush right; what is too long for its column goes on below."""
    out = Table(box=SIMPLE_HEAD, pad_edge=False, title=heading, title_justify="left")
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
