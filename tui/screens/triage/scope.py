"""What the next verdict in Triage is for: the rungs that a line of the list has, and the processes behind the chosen one.

The rows of the tree that have a `┃`, with those that are out of sight, are the processes that a verdict is written to: both are
read from `part`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.verdicts.subject import OfBranch, OfIncident, OfProcess
from tui.screens.triage.target import VerdictTarget
from tui.words.triage.scope_words import Reach

if TYPE_CHECKING:
    from store.base.views import QueueRow
    from tui.screens.triage.incident.rows import IncidentRows

IN_INCIDENT = (Reach.PROCESS, Reach.BRANCH, Reach.INCIDENT, Reach.FINDING)


def rungs_of(row: QueueRow | None) -> tuple[Reach, ...]:
    """From the narrowest to the widest."""
    if row is None:
        return ()
    if row.whole is None:
        return (Reach.CHAIN,)
    return IN_INCIDENT if row.whole.incidents else (Reach.FINDING,)


def part(scope: Reach, rows: IncidentRows | None, process: int | None) -> frozenset[int]:
    """The recorded processes of the incident that is shown which a scope covers; `process`: under the cursor, where the incident
    covers it.
    """
    if rows is None or scope is Reach.CHAIN:
        return frozenset()
    if scope is Reach.PROCESS:
        return frozenset({process} if process is not None else ()) & rows.judged
    return rows.branch(process) if scope is Reach.BRANCH else rows.judged


def written(scope: Reach, rows: IncidentRows | None, process: int | None) -> frozenset[int]:
    """Of these what a verdict would be written to: those that are decided stay as they are."""
    return frozenset() if rows is None else rows.undecided(part(scope, rows, process))


def target_of(
    row: QueueRow, scope: Reach, rows: IncidentRows | None, process: int | None, place: int = 1
) -> VerdictTarget | None:
    """What a verdict on a rung is for; None where that is nothing. place: of the incident, where it is still being read."""
    whole = row.whole
    if whole is None or scope in {Reach.FINDING, Reach.CHAIN} or not whole.incidents:
        return VerdictTarget((row,))
    incident = OfIncident(whole.number, rows.story.incident.place if rows is not None else place, whole.set_id)
    if scope is Reach.INCIDENT:
        if rows is None:
            return VerdictTarget((row,), incident, processes=whole.processes if whole.incidents == 1 else None, above=whole.above)
        one = rows.story.incident
        return VerdictTarget((row,), incident, one.host, one.processes, above=one.score >= rows.story.threshold)
    covered = part(scope, rows, process)
    if rows is None or process is None or not covered:
        return None
    on = OfProcess(process) if scope is Reach.PROCESS else OfBranch(process, incident)
    above = any((rows.covered[number].score or 0.0) >= rows.story.threshold for number in covered)
    return VerdictTarget((row,), on, rows.story.incident.host, len(covered), above=above)
