"""Incidents as a picture: engine/handover/pictures/svg.py. One below the other, each under its title."""

from __future__ import annotations

from typing import TextIO

from engine.handover.format import ExportFormat, Needs
from engine.handover.material import Handed
from engine.handover.pictures.svg import drawing


def write(handed: Handed, stream: TextIO) -> int:
    """The picture; the number of incidents."""
    forests = [(incident.title, incident.roots) for incident in handed.incidents]
    stream.write(drawing(forests))
    return len(forests)


FORMAT = ExportFormat("svg", "incidents as a picture, SVG", ".svg", 110, Needs.INCIDENTS, ("incident", "incidents"), write)
