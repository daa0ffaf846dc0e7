"""What a report tells of: findings that were called malicious, then those above the threshold that nobody cleared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.domain.verdicts import Verdict
from engine.handover.rows import ExportRow
from engine.handover.told import techniques
from engine.progress import Run, Step
from store.base.views import IncidentView, QueueRow
from store.exceptions.hidden import HiddenFindings
from store.export.processes import finding_rows
from store.queue.filter import QueueFilter
from store.workspace import Workspace
from tui.actions.handover.report.excepted import HidingException
from tui.words.handover.report_words import MALICIOUS

PAGE = 256
HARMLESS = frozenset({Verdict.BENIGN.word, Verdict.FALSE_POSITIVE.word})


@dataclass(frozen=True, slots=True)
class ToldFinding:
    """One finding with all its processes."""

    row: QueueRow
    incidents: tuple[IncidentView, ...]
    rows: tuple[ExportRow, ...]
    """The recorded processes of all of its incidents."""

    @property
    def number(self) -> int:
        """Of the finding."""
        assert self.row.whole is not None
        return self.row.whole.number

    @property
    def malicious(self) -> bool:
        """Whether one of its processes was called so."""
        return any(row.verdict == MALICIOUS for row in self.rows)

    @property
    def judged(self) -> tuple[ExportRow, ...]:
        """Its processes that were called malicious; of a finding that has none all of them."""
        return tuple(row for row in self.rows if row.verdict == MALICIOUS) or self.rows

    def techniques(self) -> dict[str, str]:
        """Technique -> why, as its processes show them, the weightiest words of each."""
        found: dict[str, tuple[float, str]] = {}
        for row in self.rows:
            for one in techniques(row):
                found[one.technique] = max(found.get(one.technique, (0.0, "")), (one.weight, one.words), key=lambda pair: pair[0])
        return {technique: words for technique, (_, words) in sorted(found.items())}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a report is about."""

    findings: tuple[ToldFinding, ...]
    left: int
    """Findings above the threshold that it does not tell of."""
    cleared: int
    """Above the threshold and called harmless: they are counted, not told."""
    outside: tuple[ExportRow, ...]
    """Processes that were called malicious and are in no incident."""
    hidden: HiddenFindings
    """What exceptions hide, at the time of the report: none of it is among the findings …"""
    exceptions: tuple[HidingException, ...]
    """… and by which of them."""

    @property
    def malicious(self) -> tuple[ToldFinding, ...]:
        """Findings with a process that was called so."""
        return tuple(one for one in self.findings if one.malicious)

    @property
    def open(self) -> int:
        """Findings above the threshold without a final verdict."""
        return len(self.findings) - len(self.malicious) + self.left


def chosen(workspace: Workspace, case: str, limit: int, now_us: int, run: Run) -> Chosen:
    """Read them, as they are at a time. Raises NotFound for a case without scores."""
    from store.export.rows import rows

    called = {row.whole.number: row for row in _pages(workspace, case, QueueFilter(verdicts=(MALICIOUS,))) if row.whole}
    hidden = workspace.exceptions.hidden(case, now_us)
    wanted_ones = QueueFilter(flagged=True, without=hidden.findings)
    above = [row for row in _pages(workspace, case, wanted_ones) if row.whole and row.whole.number not in called]
    cleared = [row for row in above if row.verdict in HARMLESS]
    others = [row for row in above if row.verdict not in HARMLESS]
    told = []
    wanted = [*called.values(), *others[:limit]]
    for number, row in enumerate(wanted):
        run.raise_if_cancelled()
        run.report(Step("read findings", number, len(wanted), "findings"))
        assert row.whole is not None
        told.append(
            ToldFinding(
                row, tuple(_incidents(workspace, case, row.whole.number)), tuple(finding_rows(workspace, case, row.whole.number))
            )
        )
    outside = tuple(row for row in rows(workspace, case, (MALICIOUS,)) if not row.incident)
    malicious = sorted((one for one in told if one.malicious), key=_beginning)
    rest = [one for one in told if not one.malicious]
    return Chosen(
        (*malicious, *rest), max(len(others) - limit, 0), len(cleared), outside, hidden, _hiding(workspace, case, hidden)
    )


def _hiding(workspace: Workspace, case: str, hidden: HiddenFindings) -> tuple[HidingException, ...]:
    """The exceptions that hide something, or did until they expired."""
    findings = (*hidden.findings, *hidden.back)
    by = workspace.exceptions.by_finding(case, findings, None) if findings else {}
    named = {*hidden.exceptions, *hidden.expired}
    return tuple(
        HidingException(view, tuple(finding for finding in sorted(findings) if view.number in by.get(finding, ())))
        for view in (workspace.exceptions.list() if named else ())
        if view.number in named
    )


def _beginning(one: ToldFinding) -> tuple[str, int]:
    return min((row.time for row in one.judged if row.time), default="9"), one.number


def _pages(workspace: Workspace, case: str, wanted: QueueFilter) -> Iterator[QueueRow]:
    after = 0
    while page := workspace.findings.page(case, wanted, after=after, limit=PAGE):
        yield from page
        last = page[-1].whole
        assert last is not None
        after = last.number


def _incidents(workspace: Workspace, case: str, number: int) -> Iterator[IncidentView]:
    after = 0
    while page := workspace.findings.incidents(case, number, after=after, limit=PAGE):
        yield from page
        after = page[-1].place
