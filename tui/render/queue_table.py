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


def table(rows: Sequence[QueueRow]) -> Table:
    """For eyes. The worst step stands in brackets."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    out = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for title in ("rank", "score", "finding", "seen", "hosts", "first seen"):
        out.add_column(title, justify="left" if title == "first seen" else "right", no_wrap=True)
    out.add_column("chain", overflow="fold", ratio=1)
    out.add_column("verdict", no_wrap=True)
    out.add_column("id", no_wrap=True)
    for row in rows:
        out.add_row(
            str(row.rank),
            f"{row.score:.3f}",
            str(row.finding) if row.finding else "",
            f"{row.count:,}",
            f"{row.host_count:,}",
            when(row.first_us),
            Text(short_chain(row.steps, row.worst_step), style="bold" if row.finding else ""),
            verdict_mark(row.verdict),
            row.key[:SHORT_KEY],
        )
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
