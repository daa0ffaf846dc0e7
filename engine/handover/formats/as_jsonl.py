"""JSON lines: an object a process, with the names of the CSV's columns. Texts exactly as recorded."""

from __future__ import annotations

from typing import TextIO

from engine.handover.format import ExportFormat, Needs
from engine.handover.material import Handed
from engine.handover.tables import write_jsonl


def write(handed: Handed, stream: TextIO) -> int:
    """One object a line; their number."""
    return write_jsonl(handed.rows, stream)


FORMAT = ExportFormat("jsonl", "JSON lines, for programs", ".jsonl", 20, Needs.PROCESSES, ("process", "processes"), write)
