"""What a verdict is for: lines of the list, or a part of what one of them stands for. Named before the key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from store.base import ids
from store.base.views import QueueRow
from store.verdicts.subject import OfBranch, OfChain, OfFinding, OfIncident, OfProcess, Several, Subject
from tui.actions.verdict_question import ASK_ABOVE
from tui.words.chain_words import called, kind
from tui.words.triage.scope_words import Reach, host_words
from tui.words.words import many, on_hosts

Part = OfProcess | OfBranch | OfIncident


@dataclass(frozen=True, slots=True)
class VerdictTarget:
    """Lines of the list, or a part of what one of them stands for."""

    rows: tuple[QueueRow, ...]
    part: Part | None = None
    """Only this of the line's finding."""
    host: str = ""
    """Where that ran. Untrusted."""
    processes: int | None = None
    """How many it covers; None: to be counted."""
    above: bool = True
    """The oddest of them is above the threshold."""

    @property
    def on(self) -> Subject:
        """For the store."""
        if self.part is not None:
            return self.part
        subjects = tuple(_subject(row) for row in self.rows)
        return subjects[0] if len(subjects) == 1 else Several(subjects)

    @property
    def whole(self) -> bool:
        """The lines are decided by it, and not only a part of what they stand for."""
        one = self.rows[0].whole
        return self.part is None or (isinstance(self.part, OfIncident) and one is not None and one.incidents == 1)

    @property
    def scope(self) -> Reach:
        """The rung that it is."""
        if self.part is None:
            return Reach.CHAIN if self.rows[0].whole is None else Reach.FINDING
        kinds = {OfProcess: Reach.PROCESS, OfBranch: Reach.BRANCH, OfIncident: Reach.INCIDENT}
        return kinds[type(self.part)]

    @property
    def keys(self) -> tuple[str, ...]:
        """Of the lines that are decided by it as a whole, so that they can be shown so before it is written."""
        return tuple(row.key for row in self.rows) if self.whole else ()

    @property
    def called(self) -> str:
        """A short name for the line that tells of a verdict."""
        if isinstance(self.part, OfProcess):
            return f"process {ids.called(self.part.process_id)}"
        if isinstance(self.part, OfBranch):
            return f"branch of {ids.called(self.part.process_id)}"
        if isinstance(self.part, OfIncident):
            return f"incident F{self.part.finding}/{self.part.place}"
        return called(self.rows[0]) if len(self.rows) == 1 else kind(len(self.rows), findings=self.rows[0].whole is not None)

    @property
    def covers(self) -> str:
        """Processes and hosts, of one thing; "" for what has to be counted."""
        if self.part is not None:
            if self.processes is None:
                return ""
            return many(self.processes, "process", "processes") + (f" on {host_words(self.host)}" if self.host else " on 1 host")
        if len(self.rows) != 1:
            return ""
        row = self.rows[0]
        return on_hosts(row.count, row.host_count) if row.whole is None else on_hosts(row.whole.processes, row.whole.hosts)

    @property
    def asks(self) -> bool:
        """Whether a verdict on it is likely asked about, by what is known without counting: nothing is shown as decided then."""
        if self.part is not None:
            return self.processes is None or self.processes > ASK_ABOVE or (self.processes > 1 and not self.above)
        if len(self.rows) != 1:
            return True
        row, whole = self.rows[0], self.rows[0].whole
        if whole is None:
            return row.count > ASK_ABOVE or row.host_count > 1 or not row.finding > 0
        return whole.processes > ASK_ABOVE or whole.hosts > 1 or not whole.above

    @property
    def decided(self) -> bool:
        """All of it has a verdict, by what its line tells: a key asks whether that is to be replaced."""
        return self.whole and len(self.rows) == 1 and self.rows[0].verdict is not None


def of_rows(rows: Sequence[QueueRow]) -> VerdictTarget | None:
    """Lines of the list; None for none."""
    return VerdictTarget(tuple(rows)) if rows else None


def _subject(row: QueueRow) -> OfChain | OfFinding:
    return OfChain(row.key) if row.whole is None else OfFinding(row.whole.number, row.whole.set_id)


def place_of(row: QueueRow) -> str | int:
    """What the list finds a line by: a finding by its number, as several may be led by one chain, a chain by its key."""
    return row.key if row.whole is None else row.whole.number
