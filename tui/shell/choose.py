"""What the user means when a name is left out or shortened: the case, a chain, a finding, one of its incidents, a process."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from engine.errors import NotFound, UsageError
from engine.untrusted import visible
from tui.shell.not_there import nothing_named
from tui.shell.session import BEGIN, Session

if TYPE_CHECKING:
    from store.base.views import ChainRecord, IncidentView, ProcessView, QueueRow

RANK = re.compile(r"#?(\d{1,9})\Z")
"""A rank of the queue. Of four digits and more it may as well begin a key: about one key in 40 begins with four of them."""
FINDING = re.compile(r"[Ff](\d{1,9})\Z")
"""A finding by its number. With three digits and more it may as well begin a key."""
INCIDENT = re.compile(r"[Ff](\d{1,9})/(\d{1,9})\Z")
"""One incident of a finding."""
PROCESS = re.compile(r"[Pp]\d+\Z")
"""A process by its short number."""
BRANCH = re.compile(r"([Pp]\d+)/branch\Z", re.IGNORECASE)
"""A process with all that descends from it."""
KEY = re.compile(r"[0-9a-fA-F]{4,32}\Z")
"""What may begin a key."""


def choose_case(session: Session, name: str | None, *, to_change: bool = False, rehearsed: bool = False) -> str:
    """The named case, which must exist, or the newest one; says which when there were several to choose from.

    `to_change`: a verdict in the wrong case is worse than a question, so with several cases one must be named (UsageError);
    and what cannot be written is refused before anything is worked out (StoreError), unless the act is only `rehearsed`.
    """
    if to_change and not rehearsed:
        session.workspace.check_writable()
    cases = session.workspace.cases.list()
    if not cases:
        raise UsageError("There is no case yet.", remedy=BEGIN)
    known = ", ".join(visible(case.name) for case in cases[:10]) + (" …" if len(cases) > 10 else "")
    if name is None:
        if len(cases) > 1 and to_change:
            raise UsageError("There are several cases.", remedy=f"Choose with --case: {known}.")
        if len(cases) > 1:
            session.out.say(f"Case {visible(cases[0].name)} (the newest of {len(cases)}; choose with --case)")
        return cases[0].name
    if name not in {case.name for case in cases}:
        raise NotFound(f"There is no case {name!r}.", remedy=f"There are: {known}.")
    return name


def choose_chain(session: Session, case: str, reference: str) -> ChainRecord:
    """A chain by its rank in the queue (3 or #3) or by the first digits of its key; that of a process (P123471), or of the oddest
    one of a finding or an incident.
    """
    reference = reference.strip()
    process = choose_process(session, case, reference)
    incident = choose_incident(session, case, reference)
    if process is None and incident is not None:
        process = session.workspace.processes.get(incident.lead)
    if process is not None:
        return chain_of_process(session, process)
    finding = choose_finding(session, case, reference)
    if finding is not None:
        return session.workspace.chains.find(case, finding.key)
    rank = RANK.match(reference)
    found = _at_rank(session, case, int(rank.group(1))) if rank is not None else None
    if found is not None:
        return found
    found = _by_key(session, case, reference)
    if found is None:
        raise nothing_named(session, case, reference)
    if rank is None:
        return found
    session.out.say(f"There is no rank {reference}; this is the chain whose id begins with {reference}.")
    return found


def choose_finding(session: Session, case: str, reference: str) -> QueueRow | None:
    """The finding that F3 means, as its best chain's row; None for what means a chain. Raises NotFound for F3 without one."""
    named = FINDING.match(reference.strip())
    if named is None:
        return None
    number = int(named.group(1))
    if 0 < number <= session.workspace.findings.count(case):
        found = session.workspace.findings.get(case, number)
        say_if_behind(session, case)
        return found
    if _by_key(session, case, reference.strip()) is None:
        raise nothing_named(session, case, reference)
    return None


def chain_of_process(session: Session, process: ProcessView) -> ChainRecord:
    """The chain that a process ends in. Raises NotFound."""
    from store.base import ids

    if process.chain_id is None:
        remedy = "Its host is linked when its ingest ends, and of its ancestors or itself an image has to be known."
        raise NotFound(f"Process {ids.called(process.id)} ends in no chain.", remedy=remedy)
    return session.workspace.chains.by_id(process.chain_id)


def choose_incident(session: Session, case: str, reference: str) -> IncidentView | None:
    """The incident that F3/2 means; None for what means something else. Raises NotFound for F3/2 without one."""
    named = INCIDENT.match(reference.strip())
    if named is None:
        return None
    number, place = map(int, named.groups())
    say_if_behind(session, case)
    try:
        return session.workspace.findings.incident(case, number, place)
    except NotFound:
        raise nothing_named(session, case, reference) from None


def say_if_behind(session: Session, case: str) -> None:
    """Where evidence came since the findings were made: they are of what was there then."""
    from store.queue.marks import linked_since, lists_changed

    model = session.workspace.vault.in_use(case)
    if model is None:
        return
    if linked_since(session.workspace, case, model):
        session.out.say("Evidence came since these findings were made; `oddkin rank` makes them anew, with other numbers.")
    elif lists_changed(session.workspace, case, model):
        session.out.say("Lists of hashes changed since these findings were made; `oddkin rank` makes them anew.")


def choose_process(session: Session, case: str, reference: str) -> ProcessView | None:
    """The process that P123471 means, of a second record the one that it is merged into; that which P123471/branch begins with.
    None for what means something else.

    Raises NotFound where the case has no such process.
    """
    from store.base import ids

    branch = BRANCH.match(reference.strip())
    wanted = reference.strip() if branch is None else branch.group(1)
    if not PROCESS.match(wanted):
        return None
    number = ids.parse_short(wanted)
    hosts = {host.id for host in session.workspace.cases.hosts(case)}
    if number is not None and ids.host_of(number) in hosts:
        with suppress(NotFound):
            found = session.workspace.processes.get(number)
            return found if found.merged_into is None else session.workspace.processes.get(found.merged_into)
    raise nothing_named(session, case, wanted)


def choose_branch(session: Session, case: str, reference: str) -> ProcessView | None:
    """The topmost process of what P123471/branch means; None for what means something else. Raises as `choose_process` does."""
    named = BRANCH.match(reference.strip())
    return None if named is None else choose_process(session, case, named.group(1))


def _by_key(session: Session, case: str, reference: str) -> ChainRecord | None:
    if not KEY.match(reference):
        return None
    try:
        return session.workspace.chains.find(case, reference)
    except NotFound:
        return None


def _at_rank(session: Session, case: str, number: int) -> ChainRecord | None:
    rows = session.workspace.queue.page(case, after=number - 1, limit=1) if number else ()
    if not rows or rows[0].rank != number:
        return None
    return session.workspace.chains.find(case, rows[0].key)
