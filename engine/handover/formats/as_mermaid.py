"""Incidents as a mermaid flowchart: engine/handover/pictures/mermaid.py. Each is a subgraph under its title.

Mermaid itself refuses texts of more than 50,000 characters and charts of more than 500 edges unless its page is told otherwise
(maxTextSize, maxEdges); for such incidents there are svg and dot.
"""

from __future__ import annotations

from typing import TextIO

from engine.handover.format import ExportFormat, Needs
from engine.handover.material import Handed
from engine.handover.pictures.mermaid import CLASSES, lines, text

MOST_TEXT, MOST_EDGES = 50_000, 500
"""Of mermaid's own configuration (https://mermaid.js.org/config/schema-docs/config.html)."""


def write(handed: Handed, stream: TextIO) -> int:
    """The chart; the number of incidents."""
    stream.write("\n".join(["flowchart LR", *CLASSES]) + "\n")
    written = size = edges = 0
    for incident in handed.incidents:
        written += 1
        drawn = [f'  subgraph i{written}["{text(incident.title)}"]', *lines(incident.roots, f"i{written}p"), "  end"]
        size += sum(map(len, drawn)) + len(drawn)
        edges += sum("-->" in line or "-.->" in line for line in drawn)
        stream.writelines(f"{line}\n" for line in drawn)
    if size > MOST_TEXT or edges > MOST_EDGES:
        handed.said.append(
            f"This chart has {size:,} characters and {edges:,} edges; mermaid draws {MOST_TEXT:,} and {MOST_EDGES} unless its"
            " page allows more. svg and dot have no such bound."
        )
    return written


FORMAT = ExportFormat(
    "mermaid", "incidents as a flowchart, mermaid", ".mmd", 100, Needs.INCIDENTS, ("incident", "incidents"), write
)
