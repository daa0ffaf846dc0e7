"""CSV for Timesketch; see engine/handover/timeline_events.py. Tags are a list in JSON, which Timesketch reads as one.

Cells are made harmless for spreadsheets as in every CSV, so a command line that begins with a dash has an apostrophe in front;
JSON lines have it as it was recorded.
"""

from __future__ import annotations

import csv
import json
from typing import Any, TextIO

from engine.handover.csv_cells import escape_cell
from engine.handover.format import ExportFormat, Needs
from engine.handover.material import Handed
from engine.handover.timeline_events import COLUMNS, events


def write(handed: Handed, stream: TextIO) -> int:
    """Header and rows; the number of rows."""
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    written = 0
    for one in events(handed.rows, handed.said):
        writer.writerow([_cell(one[name]) for name in COLUMNS])
        written += 1
    return written


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return escape_cell(json.dumps(value))
    return repr(value) if isinstance(value, int | float) else escape_cell(value)


FORMAT = ExportFormat(
    "timesketch", "Timesketch timeline, CSV", ".timesketch.csv", 40, Needs.PROCESSES, ("process", "processes"), write
)
