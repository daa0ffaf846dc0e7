"""What the tables and whoever judged it say of a process that is handed over: techniques of ATT&CK, and in what words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.handover.rows import ExportRow
from engine.knowledge.telling import SAYS, Aspect, tellings

TECHNIQUE = re.compile(r"(?<![\w.])T\d{4}(?:\.\d{3})?(?![\w.]*\w)", re.IGNORECASE)
"""An id of ATT&CK in a note, as a tag (#T1059.001) or as a word."""
BY_HAND = "named in the note of its verdict"


@dataclass(frozen=True, slots=True)
class ShownTechnique:
    """A technique that a process shows."""

    technique: str
    """T1059.001"""
    words: str
    """Why: a table's clause, or that somebody named it."""
    weight: float
    """As engine.knowledge.telling weighs it, 0.6 … 2; 2 for what a person named."""


def techniques(row: ExportRow) -> Iterator[ShownTechnique]:
    """Those of a process itself, each once: what its note names first, then by weight. Entries that say little are left out, as
    they are in the lines of the queue.
    """
    seen: set[str] = set()
    for found in TECHNIQUE.findall(row.note):
        if found.upper() not in seen:
            seen.add(found.upper())
            yield ShownTechnique(found.upper(), BY_HAND, 2.0)
    for one in tellings(row.chain or (row.image.lower(),), row.command_line, row.original_file_name):
        if one.above or one.weight < SAYS or (one.part is Aspect.ROLE and not one.techniques):
            continue
        for technique in one.techniques:
            if technique not in seen:
                seen.add(technique)
                yield ShownTechnique(technique, one.why, one.weight)
