"""Sentences of the report."""

from __future__ import annotations

from collections.abc import Sequence

from engine.domain.verdicts import Verdict
from tui.words.verdicts import LOOKS
from tui.words.words import many, on_hosts

MARKS = "Marks that rules of others left, beside the score and never in it"
LIMIT = 50
"""Findings that a report tells of besides those called malicious, unless somebody says how many."""
MALICIOUS = Verdict.MALICIOUS.word
UNJUDGED = "without a verdict"
LIMITS = (
    "What was not logged cannot be found: processes whose creation no record tells of are known from their children alone, or not"
    " at all. Gaps in the logs, where they can be seen, are listed above.",
    "A score orders the chains of this case; it is no probability, and means nothing beside a score of another case.",
    "What stands below the threshold was ranked and not looked at here, unless somebody judged it.",
    "Reasons are what tables and counts say of a process; whether it was an attack, verdicts say, and who gave them.",
    "Techniques are those that the tables or a note name; that none is named does not mean that there was none.",
    "Times are as the logs have them, in UTC. Clocks that were wrong are wrong here, too.",
)
"""What a reader must not conclude."""


def called(verdict: str) -> str:
    """A verdict in a sentence; a word for none."""
    look = LOOKS.get(verdict)
    return look.name if look is not None else verdict.replace("_", " ") or UNJUDGED


def span(first: str, last: str) -> str:
    """From … to …; "" for unknown times."""
    if not first and not last:
        return ""
    return f"{first or '?'} to {last or '?'}" if first != last else first


def looked_at(processes: int, hosts: int, sources: int, when: str) -> str:
    """What the case has."""
    told = f"{many(processes, 'process creation')} on {many(hosts, 'host')} from {many(sources, 'log file')} were read"
    return f"{told}; they are of {when}." if when else f"{told}."


def found(malicious: int, open_: int, hosts: Sequence[str], accounts: Sequence[str], when: str, most: int = 8) -> str:
    """The one sentence that somebody sends."""
    if not malicious:
        said = "Nothing was called malicious so far."
    else:
        on = _some(hosts, most)
        by = f", under the accounts {_some(accounts, most)}" if accounts else ""
        at = f", {when}" if when else ""
        said = f"{many(malicious, 'finding')} {'was' if malicious == 1 else 'were'} called malicious, on {on}{by}{at}."
    left = f" {many(open_, 'finding')} above the threshold {'has' if open_ == 1 else 'have'} no final verdict." if open_ else ""
    return said + left


def _some(names: Sequence[str], most: int) -> str:
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown


def finding_title(number: int, verdict: str, hosts: Sequence[str]) -> str:
    """F4, malicious, on web01."""
    return f"F{number}, {called(verdict)}, on {_some(hosts, 3)}" if hosts else f"F{number}, {called(verdict)}"


def more_findings(left: int) -> str:
    """What is not told."""
    return f"{many(left, 'more finding')} above the threshold {'is' if left == 1 else 'are'} not told here (--limit tells more)."


def covered(processes: int, hosts: int, odd: int) -> str:
    """How much a finding is."""
    return f"{on_hosts(processes, hosts)}, {odd:,} of them odd in themselves"


def more_incidents(left: int) -> str:
    """Of one finding."""
    return f"{many(left, 'more incident')} of this finding {'is' if left == 1 else 'are'} listed and not drawn."


def not_drawn(left: int, incident: str) -> str:
    """Of one incident."""
    told = f"{many(left, 'more process', 'more processes')} of {incident} {'is' if left == 1 else 'are'} not drawn"
    return f"{told}. All of it: oddkin export {incident} --format svg -o FILE"


def not_listed(left: int, number: int) -> str:
    """Of one finding."""
    told = f"{many(left, 'more process', 'more processes')} of this finding {'is' if left == 1 else 'are'} not listed"
    return f"{told}. All of them: oddkin export F{number} -o FILE"


def nothing_judged() -> str:
    """In place of findings."""
    return "No finding is above the threshold, and nothing was called malicious."


def unknown(records: int, read: int) -> str:
    """Of a source."""
    return f"{records:,} of {read:,} records were not understood"


def key_told(kept: int, new: int, left: Sequence[str]) -> str:
    """What became of the names."""
    said = f"{many(kept + new, 'name')} replaced" + (f", {new:,} of them new in the key" if kept else "")
    return f"{said}; too short to be replaced: {', '.join(left)}" if left else said
