"""What a format is given: what was chosen, and what is to be said of where it comes from.

Nothing in it tells of the clock or of who asks: the same case, verdicts and version give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.handover.pictures.forest import DrawnNode
from engine.handover.rows import ExportRow


@dataclass(frozen=True, slots=True)
class About:
    """Where an export comes from. Names are untrusted."""

    case: str
    version: str
    """Of oddkin."""
    model: str = ""
    """Id of the model in use; "" for none."""
    rules: int = 0
    """Version of the normalisation rules that it was trained with; 0 for none."""

    def sentence(self) -> str:
        """For formats that have room for one."""
        rules = f", rules version {self.rules}" if self.rules else ""
        return f"oddkin {self.version}, case {self.case}, model {self.model or 'none'}{rules}"


@dataclass(frozen=True, slots=True)
class DrawnIncident:
    """One incident with all that it covers."""

    name: str
    """F3/2."""
    host: str
    verdict: str
    """Of its odd processes where that is one, else ""."""
    roots: list[DrawnNode]
    rows: tuple[ExportRow, ...]
    """The recorded processes that it covers, by time."""
    odd: frozenset[str]
    """Those of them that are odd in themselves, by their numbers (P123471)."""

    @property
    def title(self) -> str:
        """One line about it."""
        times = sorted(row.time for row in self.rows if row.time)
        span = f" · {times[0]} … {times[-1]}" if times else ""
        said = f" · {self.verdict}" if self.verdict else ""
        return f"{self.name} · {self.host}{span} · {len(self.rows):,} processes, {len(self.odd):,} odd{said}"


@dataclass(frozen=True, slots=True)
class Started:
    """Processes of the case that look the same to a rule, on one host."""

    image: str
    """As recorded."""
    parent_image: str
    """As recorded, else of the parent that was found; "" for unknown."""
    command_line: str
    """"" for unknown."""
    host: str
    processes: tuple[int, ...]
    """Their ids."""


@dataclass(slots=True)
class Handed:
    """What one export is made of. Iterators are read once."""

    about: About
    rows: Iterable[ExportRow] = ()
    """Processes that were chosen, for formats that need them."""
    incidents: Iterable[DrawnIncident] = ()
    """Incidents that they are in, for formats that need these."""
    case: Callable[[], Iterator[Started]] = lambda: iter(())
    """All recorded processes of the case."""
    verdicts: Callable[[Sequence[int]], Mapping[int, str]] = lambda _: {}
    """Id -> verdict that counts for a process, of those that have one."""
    bom: bool = False
    """A byte order mark in front of a table."""
    said: list[str] = field(default_factory=list)
    """What the format could not tell or has left out, a sentence each: whoever asked is told."""
