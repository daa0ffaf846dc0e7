"""Incidents as a graph for Graphviz: engine/handover/pictures/dot.py. Each is a cluster under its title."""

from __future__ import annotations

from typing import TextIO

from engine.handover.format import ExportFormat, Needs
from engine.handover.material import Handed
from engine.handover.pictures.dot import HEAD, lines, quoted


def write(handed: Handed, stream: TextIO) -> int:
    """The graph; the number of incidents."""
    stream.write("\n".join(["digraph oddkin {", f'  label="{quoted(handed.about.sentence())}";', *HEAD]) + "\n")
    written = 0
    for incident in handed.incidents:
        written += 1
        stream.write(f'  subgraph cluster_{written} {{\n  label="{quoted(incident.title)}";\n')
        stream.writelines(f"{line}\n" for line in lines(incident.roots, f"i{written}p"))
        stream.write("  }\n")
    stream.write("}\n")
    return written


FORMAT = ExportFormat("dot", "incidents as a graph, Graphviz", ".dot", 90, Needs.INCIDENTS, ("incident", "incidents"), write)
