"""A list of indicators as CSV: engine/handover/indicators.py. A row an indicator, with how often and where it stands.

Columns: kind (url, domain, host, ipv4, ipv6, path, a hash), value, mark (private address, well-known vendor …: nothing is
dropped), processes, hosts, first, last, where (image, hashes, command line), incidents, verdicts, example (a process).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import TextIO

from engine.handover.csv_cells import escape_cell
from engine.handover.format import ExportFormat, Needs
from engine.handover.indicators import KINDS, indicators, mark
from engine.handover.material import Handed
from engine.handover.rows import ExportRow
from engine.handover.tables import BOM

COLUMNS = (
    "kind", "value", "mark", "processes", "hosts", "first", "last", "where", "incidents", "verdicts", "example",
)  # fmt: skip
MOST = 10
"""Incidents that are named."""


@dataclass(slots=True)
class _Seen:
    """What is kept of an indicator."""

    value: str
    """As it was first written."""
    example: str
    processes: int = 0
    hosts: set[str] = field(default_factory=set)
    first: str = ""
    last: str = ""
    where: set[str] = field(default_factory=set)
    incidents: dict[str, None] = field(default_factory=dict)
    verdicts: set[str] = field(default_factory=set)
    marks: set[str] = field(default_factory=set)
    """Of the files that a hash is of."""

    def add(self, row: ExportRow, where: str) -> None:
        """One more process."""
        self.processes += 1
        self.hosts.add(row.host)
        self.where.add(where)
        if where == "hashes":
            self.marks.add(mark("path", row.image))
        if row.time:
            self.first = min(self.first or row.time, row.time)
            self.last = max(self.last, row.time)
        if row.incident:
            self.incidents[row.incident] = None
        if row.verdict:
            self.verdicts.add(row.verdict)


def write(handed: Handed, stream: TextIO) -> int:
    """Header and rows, by kind and value; the number of indicators."""
    found: dict[tuple[int, str], _Seen] = {}
    for row in handed.rows:
        for one in indicators(row):
            found.setdefault((KINDS.index(one.kind), one.same), _Seen(one.value, row.process)).add(row, one.where)
    if handed.bom:
        stream.write(BOM)
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    for (kind, _), seen in sorted(found.items(), key=lambda item: item[0]):
        writer.writerow(_cells(KINDS[kind], seen))
    return len(found)


def _cells(kind: str, seen: _Seen) -> list[str]:
    named = [*seen.incidents][:MOST]
    more = [f"and {len(seen.incidents) - MOST:,} more"] if len(seen.incidents) > MOST else []
    # A hash of a file that stands in a directory of the system and in another one, too, is not the system's.
    marked = next(iter(seen.marks)) if len(seen.marks) == 1 else mark(kind, seen.value)
    texts = (
        kind, seen.value, marked, str(seen.processes), str(len(seen.hosts)), seen.first, seen.last,
        ", ".join(sorted(seen.where)), ", ".join([*named, *more]), ", ".join(sorted(seen.verdicts)), seen.example,
    )  # fmt: skip
    return [escape_cell(text) for text in texts]


FORMAT = ExportFormat(
    "iocs", "list of indicators, CSV", ".iocs.csv", 80, Needs.PROCESSES, ("indicator", "indicators"), write, table=True
)
