"""What a line of the list says; tui.words.triage.finding_row draws it, tui.actions.triage.finding_lines finds it out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.domain.marks import RuleMark
    from tui.words.spans import Span


@dataclass(frozen=True, slots=True)
class FindingLine:
    """What a line says. Texts are visible already; roles of spans as in tui.words.spans."""

    time_us: int | None
    """Of the first odd process."""
    last_us: int | None
    host: str
    """Without domain; the rest is in `hosts`."""
    user: str
    """Without domain; "" where no record tells."""
    user_rise: str
    """A privileged account that something of it runs as, where what started that does not; "" where none rises."""
    parent: str
    """Base name of what started the command, without `.exe`; "" where it is not known."""
    command: tuple[Span, ...]
    """The command that says most, shortened (tui.words.triage.commands); the program in the role "strong"."""
    why: str
    """At most 26 cells."""
    technique: str
    """Id of ATT&CK, "" for none."""
    processes: int
    occurrences: int
    hosts: int
    score: float
    strength: int
    """1 … 8, the score against the highest of the case; 0 for none."""
    verdicts: str
    """The letter of the key that gave it, `*` for several kinds or a part, "" for what is to decide."""
    process: int = 0
    """Whose command it is; 0 for none."""
    place: int | None = None
    """In the order that verdicts made; None while nobody has taught anything."""
    chance: float | None = None
    """How likely verdicts make it malicious; None while that is not known."""
    marks: tuple[RuleMark, ...] = ()
    """What rules of others say of any of its processes, the strongest first."""
