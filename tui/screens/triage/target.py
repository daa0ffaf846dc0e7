"""What a verdict is for: lines of the list, or the incident or process that the pane beside it shows. Named before the key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from store.base import ids
from store.base.views import IncidentView, QueueRow
from store.verdicts.subject import OfChain, OfFinding, OfIncident, OfProcess, Several, Subject
from tui.actions.verdict_question import ASK_ABOVE
from tui.words.chain_words import called, kind
from tui.words.words import on_hosts


@dataclass(frozen=True, slots=True)
class VerdictTarget:
    """Lines of the list, or a part of what one of them stands for."""

    rows: tuple[QueueRow, ...]
    incident: IncidentView | None = None
    """Only this occurrence of the line's finding."""
    process: int | None = None
    """Only this process."""
    above: bool = True
    """Of an incident: its oddest process is above the threshold."""

    @property
    def on(self) -> Subject:
        """For the store."""
        if self.process is not None:
            return OfProcess(self.process)
        if self.incident is not None:
            return OfIncident(self.incident.finding, self.incident.place, self.incident.set_id)
        subjects = tuple(_subject(row) for row in self.rows)
        return subjects[0] if len(subjects) == 1 else Several(subjects)

    @property
    def keys(self) -> tuple[str, ...]:
        """Of the lines that are decided by it as a whole, so that they can be shown so before it is written."""
        return () if self.process is not None or self.incident is not None else tuple(row.key for row in self.rows)

    @property
    def named(self) -> bool:
        """One chain or process that was named as such: its verdict is replaced, whatever it is."""
        return self.process is not None or (self.incident is None and len(self.rows) == 1 and self.rows[0].whole is None)

    @property
    def called(self) -> str:
        """A short name for the line that tells of a verdict."""
        if self.process is not None:
            return f"process {ids.called(self.process)}"
        if self.incident is not None:
            return f"incident F{self.incident.finding}/{self.incident.place}"
        return called(self.rows[0]) if len(self.rows) == 1 else kind(len(self.rows), findings=self.rows[0].whole is not None)

    @property
    def covers(self) -> str:
        """Processes and hosts, of one thing; "" for several lines, which have to be counted together."""
        if self.process is not None:
            return on_hosts(1, 1)
        if self.incident is not None:
            return on_hosts(self.incident.processes, 1)
        if len(self.rows) != 1:
            return ""
        row = self.rows[0]
        return on_hosts(row.count, row.host_count) if row.whole is None else on_hosts(row.whole.processes, row.whole.hosts)

    @property
    def sure(self) -> bool:
        """One process: there is nothing to ask."""
        if self.process is not None:
            return True
        if self.incident is not None:
            return self.incident.processes <= 1
        return sum(row.count if row.whole is None else row.whole.processes for row in self.rows) <= 1

    @property
    def asks(self) -> bool:
        """Whether a verdict on it is likely asked about, by what is known without counting: nothing is shown as decided then."""
        if self.process is not None or (self.incident is None and len(self.rows) != 1):
            return self.process is None
        if self.incident is not None:
            return self.incident.processes > ASK_ABOVE or not self.above
        row, whole = self.rows[0], self.rows[0].whole
        processes, hosts = (row.count, row.host_count) if whole is None else (whole.processes, whole.hosts)
        return processes > ASK_ABOVE or hosts > 1 or not (row.finding > 0 if whole is None else whole.above)


def of_rows(rows: Sequence[QueueRow]) -> VerdictTarget | None:
    """Lines of the list; None for none."""
    return VerdictTarget(tuple(rows)) if rows else None


def _subject(row: QueueRow) -> OfChain | OfFinding:
    return OfChain(row.key) if row.whole is None else OfFinding(row.whole.number, row.whole.set_id)
