"""One line of the list of findings, chains or processes, in words: who started what, where, and why it is worth a look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.words.spans import Span

if TYPE_CHECKING:
    from store.base.views import QueueRow
    from store.workspace import Workspace


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
    """The command that says most, shortened (tui.words.commands); the program in the role "strong"."""
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


def lines(workspace: Workspace, case: str, rows: Sequence[QueueRow]) -> list[FindingLine]:
    """A line for each row, of findings or of chains, in their order. A fixed number of queries, however many rows."""
    raise NotImplementedError
