"""What a format of an export is: a module of engine.handover.formats has one, called FORMAT."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TextIO

from engine.handover.material import Handed


class Needs(Enum):
    """What a format is made of."""

    PROCESSES = "processes"
    INCIDENTS = "incidents"


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """One format. Text in UTF-8, lines as they are written."""

    name: str
    """On the command line; the module's, without as_ and with a dash for an underscore."""
    title: str
    """For a person: what it is for."""
    ending: str
    """Of its files, with the dot; no two formats have the same. Some programs go by it."""
    order: int
    """Place in the list."""
    needs: Needs
    unit: tuple[str, str]
    """What is counted, one and many: process, processes."""
    write: Callable[[Handed, TextIO], int]
    """Writes it; returns how many of them. Raises NotFound where nothing can be made of what was chosen."""
    table: bool = False
    """A CSV for spreadsheets, which may begin with a byte order mark."""
