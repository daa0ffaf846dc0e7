"""JSON lines for Timesketch; see engine/handover/timeline_events.py. What is not known is left out, texts are as recorded."""

from __future__ import annotations

from typing import TextIO

from engine.handover.format import ExportFormat, Needs
from engine.handover.material import Handed
from engine.handover.plain import wholly
from engine.handover.tables import write_documents
from engine.handover.timeline_events import events


def write(handed: Handed, stream: TextIO) -> int:
    """One event a line; their number."""
    known = ({name: value for name, value in one.items() if value is not None} for one in events(handed.rows, handed.said))
    return write_documents(map(wholly, known), stream)


FORMAT = ExportFormat(
    "timesketch-jsonl",
    "Timesketch timeline, JSON lines",
    ".timesketch.jsonl",
    50,
    Needs.PROCESSES,
    ("process", "processes"),
    write,
)
