"""What is said where a reference means nothing: which kind of thing was asked for, and which of that kind there are."""

from __future__ import annotations

import re
import shlex

from engine.errors import NotFound, OddkinError, UsageError
from engine.untrusted import visible
from tui.shell.session import Session

FINDING = re.compile(r"[Ff](\d{1,32})\Z")
INCIDENT = re.compile(r"[Ff](\d{1,32})/(\d{1,32})\Z")
PROCESS = re.compile(r"[Pp]\d+\Z")
RANK = re.compile(r"#?(\d{1,32})\Z")
KEY = re.compile(r"[0-9a-fA-F]{4,32}\Z")
KINDS = (
    "A finding is named F3, an incident F3/2, a process P123471, a process with all that descends from it P123471/branch, a"
    " chain by its rank (3) or the first 4 digits of its id."
)


def nothing_named(session: Session, case: str, reference: str) -> OddkinError:
    """An error to raise for `reference`, which nothing in the case is called. By its shape alone: F99999999 may begin a chain's
    key too, but who writes an F means a finding.
    """
    wanted, where = reference.strip(), f"in case {visible(case)}"
    if finding := FINDING.match(wanted):
        return NotFound(f"There is no finding F{int(finding[1])} {where}.", remedy=_findings(session, case))
    if incident := INCIDENT.match(wanted):
        return _no_incident(session, case, *map(int, incident.groups()))
    if PROCESS.match(wanted):
        remedy = f"`oddkin processes{of(session, case)}` lists those there are, by these numbers."
        return NotFound(f"There is no process {wanted.upper()} {where}.", remedy=remedy)
    if rank := RANK.match(wanted):
        chains = session.workspace.queue.counts(case).chains
        remedy = f"There are ranks 1 to {chains}: oddkin rank --chains{of(session, case)}" if chains else "The queue is empty."
        return NotFound(f"There is no chain of rank {int(rank[1])} {where}.", remedy=remedy)
    if KEY.match(wanted):
        remedy = f"`oddkin rank --chains{of(session, case)}` lists chains with the first digits of their ids."
        return NotFound(f"There is no chain {where} whose id begins with {wanted}.", remedy=remedy)
    return UsageError(f"{visible(reference, 80)!r} is no name of a finding, an incident, a process or a chain.", remedy=KINDS)


def _no_incident(session: Session, case: str, number: int, place: int) -> NotFound:
    findings = session.workspace.findings
    if not 0 < number <= findings.count(case):
        return NotFound(f"There is no finding F{number} in case {visible(case)}.", remedy=_findings(session, case))
    whole = findings.get(case, number).whole
    last = whole.incidents if whole is not None else 1
    there = f"F{number}/1 to F{number}/{last}" if last > 1 else f"F{number}/1 alone"
    return NotFound(
        f"There is no incident F{number}/{place}.", remedy=f"There is {there}: oddkin show F{number}{of(session, case)}"
    )


def _findings(session: Session, case: str) -> str:
    count = session.workspace.findings.count(case)
    if not count:
        return f"There is no finding; chains are listed by: oddkin rank --chains{of(session, case)}"
    there = f"There are F1 to F{count}" if count > 1 else "There is F1 alone"
    return f"{there}: oddkin rank{of(session, case)}"


def of(session: Session, case: str) -> str:
    """The option that names a case in a command that is told, where it has to be named."""
    return "" if len(session.workspace.cases.names()) == 1 else f" --case {visible(shlex.quote(case))}"
