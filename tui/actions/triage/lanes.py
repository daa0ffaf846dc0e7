"""Where and when a finding happened: each of its incidents, and those that processes tie to the one that is shown.

What a responder asks first (when did it start, which hosts, which account, where else), for all of a finding at once; the tree
beside the reasons answers it for one incident.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.untrusted import visible
from store.base.views import FindingView, IncidentView, ProcessView
from store.where.matching import Spread
from store.workspace import Workspace
from tui.actions.triage.pivots import counted, pivots
from tui.words.triage.commands import account, rising
from tui.words.words import base, many

MOST = 500
"""Incidents of one finding that are listed; a finding of more tells how many they are."""
OWN, FROM, TO = "", "←", "→"
"""How a line stands to the one it was come to from: of the same finding, what started it, what it started."""
TIED = 40
"""Incidents that are come to from tie to tie, at most."""


@dataclass(frozen=True, slots=True)
class IncidentLane:
    """One incident."""

    incident: IncidentView
    account: str
    """Who began it, and as whom its oddest process runs where that has more rights. Visible."""
    tie: str = OWN
    how: str = ""
    """In what way it is tied, "" for one of the finding itself. Visible."""

    @property
    def name(self) -> str:
        """F3/2."""
        return f"F{self.incident.finding}/{self.incident.place}"


@dataclass(frozen=True, slots=True)
class Lanes:
    """A finding by hosts and times, the earliest first."""

    whole: FindingView
    place: int
    """Of the incident that was asked about."""
    lanes: tuple[IncidentLane, ...]

    @property
    def left(self) -> int:
        """Incidents of the finding that are not listed."""
        return self.whole.incidents - sum(lane.tie == OWN for lane in self.lanes)


def lanes(workspace: Workspace, case: str, process_id: int) -> Lanes | None:
    """Of the finding that covers a process; None where none does. Raises NotFound where the case was scored anew."""
    findings = workspace.findings
    asked = findings.of_process(case, process_id)
    if asked is None:
        return None
    whole = findings.get(case, asked.finding).whole
    assert whole is not None
    own = findings.incidents(case, asked.finding, limit=MOST)
    if all(one.place != asked.place for one in own):
        own = (asked, *own[: MOST - 1])
    tied = [one for one in _tied(workspace, case, asked) if one[0].finding != asked.finding]
    incidents = [*((one, OWN, "") for one in own), *tied]
    ends = [end for one, _, _ in incidents for end in (one.top, one.lead)]
    processes = {one.id: one for one in workspace.processes.of_ids(ends)}
    made = (IncidentLane(one, _account(one, processes), tie, visible(how)) for one, tie, how in incidents)
    return Lanes(whole, asked.place, tuple(sorted(made, key=_when_it_began)))


def elsewhere(workspace: Workspace, case: str, process_id: int) -> str:
    """How far a process's program and command line are spread: certutil.exe ran 14 times on 3 hosts, this command line once on 1
    host; "" for one without a name. Reads the case's processes. Raises NotFound.
    """
    process = workspace.processes.get(process_id)
    found = {one.letter: counted(workspace, case, one) for one in pivots(process, None) if one.letter in {"i", "c"}}
    if "i" not in found:
        return ""
    said = [f"{visible(base(process.image))} ran {_times(found['i'])}"]
    if "c" in found:
        said.append(f"this command line, but for numbers, {_times(found['c'])}")
    return ", ".join(said)


def _times(found: Spread) -> str:
    often = {1: "once", 2: "twice"}.get(found.processes, f"{found.processes:,} times")
    return f"{often} on {many(found.hosts, 'host')}"


def _tied(workspace: Workspace, case: str, asked: IncidentView) -> list[tuple[IncidentView, str, str]]:
    """What is tied to an incident, to that, and so on: an intrusion goes from host to host. Each with its sign and how."""
    from store.queue.related import related

    seen = {(asked.finding, asked.place)}
    waiting = [(asked.finding, asked.place)]
    found: list[tuple[IncidentView, str, str]] = []
    while waiting and len(found) < TIED:
        here = waiting.pop(0)
        for one in related(workspace, case, *here):
            begins, ends = (one.from_finding, one.from_place), (one.to_finding, one.to_place)
            there, sign = (ends, TO) if begins == here else (begins, FROM)
            if there not in seen:
                seen.add(there)
                waiting.append(there)
                found.append((workspace.findings.incident(case, *there), sign, one.how))
    return found


def _account(one: IncidentView, processes: dict[int, ProcessView]) -> str:
    top, lead = (None if (found := processes.get(end)) is None else found.user for end in (one.top, one.lead))
    return rising(top or lead, lead, account)


def _when_it_began(lane: IncidentLane) -> tuple[int, int, int, int]:
    one = lane.incident
    return one.first_us or 0, one.last_us or 0, one.finding, one.place
