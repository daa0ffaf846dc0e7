"""The ranked queue as a table, JSON or CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from store.csv_cells import escape_cell
from tui.choose import SHORT_KEY
from tui.render.words import short_chain, verdict_mark, when

if TYPE_CHECKING:
    from rich.table import Table

    from store.views import QueueRow

CSV_COLUMNS = (
    "rank", "chain_id", "finding", "score", "verdict", "chain_count", "host_count", "first_seen", "worst_step", "chain",
    "step_errors",
)  # fmt: skip


NARROW = 110
"""Columns below which a table leaves out what is not needed to choose a row."""
CHAIN_WIDTH = 30
"""Columns that the chain has at least."""


def table(rows: Sequence[QueueRow], width: int) -> Table:
    """For eyes, on `width` columns. The worst step stands in brackets."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    narrow = width < NARROW
    out = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1), collapse_padding=True)
    for title in ("rank", "score", "seen") if narrow else ("rank", "score", "finding", "seen", "hosts", "first seen"):
        out.add_column(title, justify="left" if title == "first seen" else "right", no_wrap=True)
    out.add_column("chain", overflow="fold", ratio=1, min_width=CHAIN_WIDTH)
    out.add_column("verdict", no_wrap=True)
    out.add_column("id", no_wrap=True)
    for row in rows:
        cells: dict[str, str | Text] = {
            "rank": str(row.rank),
            "score": f"{row.score:.3f}",
            "finding": str(row.finding) if row.finding else "",
            "seen": f"{row.count:,}",
            "hosts": f"{row.host_count:,}",
            "first seen": when(row.first_us),
            "chain": Text(short_chain(row.steps, row.worst_step), style="bold" if row.finding else ""),
            "verdict": verdict_mark(row.verdict, short=narrow),
            "id": row.key[:SHORT_KEY],
        }
        out.add_row(*(cells[str(column.header)] for column in out.columns))
    return out


def plain(row: QueueRow) -> dict[str, Any]:
    """One row with the names of the export's columns."""
    return {
        "rank": row.rank,
        "chain_id": row.key,
        "finding": row.finding or None,
        "score": row.score,
        "verdict": row.verdict,
        "chain_count": row.count,
        "host_count": row.host_count,
        "first_seen": when(row.first_us, fraction=True),
        "worst_step": row.worst_step + 1,
        "chain": list(row.steps),
        "step_errors": [round(error, 6) for error in row.step_errors],
    }


def as_json(rows: Iterable[QueueRow]) -> str:
    """A JSON array; control characters are escaped by JSON itself."""
    return json.dumps([plain(row) for row in rows], indent=1)


def as_csv(rows: Iterable[QueueRow]) -> str:
    """CSV with the cells of `store.export`: nothing that a spreadsheet would run."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for row in rows:
        errors = " ".join(f"{error:.6g}" for error in row.step_errors)
        cells = plain(row) | {"chain": " -> ".join(row.steps), "step_errors": errors}
        writer.writerow(escape_cell(cell) if isinstance(cell := cells[name], str) else cell for name in CSV_COLUMNS)
    return text.getvalue()
