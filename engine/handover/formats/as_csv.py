"""CSV: a row a process, every column. What is done to cells: engine/handover/csv_cells.py."""

from __future__ import annotations

from typing import TextIO

from engine.handover.format import ExportFormat, Needs
from engine.handover.material import Handed
from engine.handover.tables import write_csv


def write(handed: Handed, stream: TextIO) -> int:
    """Header and rows; the number of rows."""
    return write_csv(handed.rows, stream, bom=handed.bom)


FORMAT = ExportFormat(
    "csv", "CSV, for spreadsheets and scripts", ".csv", 10, Needs.PROCESSES, ("process", "processes"), write, table=True
)
