"""What a model would learn from: the case in three lines."""

from __future__ import annotations

from store.base.views import CaseSummary
from tui.widgets.line_pane import LinePane
from tui.words.spans import Line


class DataPane(LinePane):
    """Counts of a case."""

    BORDER_TITLE = "Data"
    _case: str | None = None
    _summary: CaseSummary | None = None

    def show(self, case: str | None, summary: CaseSummary | None) -> None:
        """Draw a case; its figures may come later."""
        self._case = case
        self._summary = summary if summary is not None and summary.name == case else None
        self.rebuild()

    def drawn(self, width: int, height: int) -> list[Line]:
        """Name, chains and hosts, processes and verdicts."""
        if self._case is None:
            return [[(" No case yet: 1 ingests logs.", "warning")]]
        lines: list[Line] = [[(f" {self._case}", "strong")]]
        one = self._summary
        if one is not None:
            lines.append([(f" {one.chains:,}", ""), (" chains on ", "dim"), (f"{one.hosts:,}", ""), (" hosts", "dim")])
            processes = one.kept - one.merged
            lines.append([(f" {processes:,}", ""), (" processes, ", "dim"), (f"{one.labels:,}", ""), (" verdicts", "dim")])
        return lines
