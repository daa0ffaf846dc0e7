"""One line of the list of findings, chains or processes, in words: who started what, where, and why it is worth a look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.domain.processes import Repute
from engine.domain.verdicts import Verdict
from engine.knowledge.telling import SAYS, Aspect, Telling, tellings
from engine.untrusted import visible
from tui.words.triage.commands import account, command_spans, plain_name, short_host
from tui.words.triage.finding_line import FindingLine
from tui.words.triage.phrases import PRIVILEGED, TABLES, by_statistics
from tui.words.words import base

if TYPE_CHECKING:
    from store.base.views import QueueRow
    from store.queue.line_facts import LineFacts, LineProcess
    from store.workspace import Workspace

__all__ = ["FindingLine", "letter", "lines", "of_chain", "of_itself", "rises", "strength", "telling", "telling_most"]

BLOCKS = 8
"""Heights of the block that stands for a score."""
LETTERS = {
    Verdict.MALICIOUS.word: "M",
    Verdict.BENIGN.word: "B",
    Verdict.FALSE_POSITIVE.word: "F",
    Verdict.UNDETERMINED.word: "O",
}
SEVERAL = "*"
KNOWN_BAD = Telling(Aspect.LISTED, 10.0, "its hash is on a list of known-bad programs", "is on a known-bad list", ())
"""Heavier than anything that a table says."""


def lines(workspace: Workspace, case: str, rows: Sequence[QueueRow], *, model: str | None = None) -> list[FindingLine]:
    """A line for each row, of findings or of chains, in their order. A fixed number of queries, however many rows.

    Raises NotFound when nothing was scored.
    """
    from store.queue import line_facts

    wholes = [row.whole.number for row in rows if row.whole is not None]
    chains = [row.chain_id for row in rows if row.whole is None]
    places = {row.whole.number: row.whole.occurrence for row in rows if row.whole is not None}
    findings = line_facts.of_findings(workspace, case, wholes, model=model, places=places) if wholes else {}
    others = line_facts.of_chains(workspace, case, chains, model=model) if chains else {}
    best = line_facts.highest(workspace, case, findings=bool(wholes), model=model) if rows else 0.0
    return [_line(row, others.get(row.chain_id) if row.whole is None else findings.get(row.whole.number), best) for row in rows]


def telling_most(facts: LineFacts) -> tuple[LineProcess, Telling | None]:
    """The process whose command a line shows, and what a table says of it: the one of which a table says most, the oddest of
    those; the oddest of all where no table says much. There is one at least.
    """
    best = max(facts.processes, key=lambda one: (_says(one), one.score or 0.0))
    said = telling(best)
    return (best, said) if said is not None else (facts.processes[0], None)


def telling(process: LineProcess) -> Telling | None:
    """What the tables say of a process itself, the heaviest entry; None where that is little."""
    return next((one for one in of_itself(process) if one.weight >= SAYS), None)


def of_itself(process: LineProcess) -> list[Telling]:
    """All that they say of it, its role alone left out: that something ends in a shell is no reason. First what is settled: that
    its hash is on a list of known-bad ones.
    """
    settled = [KNOWN_BAD] if process.known == Repute.BAD.word else []
    return settled + [one for one in of_chain(process) if not one.above and (one.part is not Aspect.ROLE or one.techniques)]


def of_chain(process: LineProcess) -> tuple[Telling, ...]:
    """All that they say of it and of what started it."""
    return tellings(process.steps or ((process.path,) if process.path else ()), process.command_line, process.original_name)


def strength(score: float, best: float) -> int:
    """1 … 8."""
    return max(1, min(BLOCKS, round(score / best * BLOCKS))) if best > 0 and score > 0 else 0


def letter(verdict: str | None, *, several: bool = False) -> str:
    """Of a verdict; "" for none, `*` for one of a newer oddkin too."""
    return SEVERAL if several else LETTERS.get(verdict, SEVERAL) if verdict else ""


def _says(process: LineProcess) -> float:
    said = telling(process)
    return 0.0 if said is None else said.weight


def _line(row: QueueRow, facts: LineFacts | None, best: float) -> FindingLine:
    whole = row.whole
    score = row.score if whole is None else whole.score
    hosts = row.host_count if whole is None else whole.hosts
    first, last = (row.first_us, row.last_us) if whole is None else (whole.first_us, whole.last_us)
    several = 0 < row.decided < row.count or (row.decided > 0 and row.verdict is None) if whole is None else whole.mixed
    line = FindingLine(
        time_us=first, last_us=last, host="", user="", user_rise="", parent="", command=(), why="", technique="",
        processes=row.count if whole is None else whole.processes, occurrences=1 if whole is None else whole.incidents,
        hosts=hosts, score=score, strength=strength(score, best), verdicts=letter(row.verdict, several=several),
        place=row.learnt.place if row.learnt is not None else None,
        chance=row.learnt.probability if row.learnt is not None else None,
    )  # fmt: skip
    if facts is None or not facts.processes:
        # Linked anew since it was scored: the chain is all that is left.
        path = row.steps[-1] if row.steps else ""
        parent = plain_name(row.steps[-2]) if len(row.steps) > 1 else ""
        return replace(line, parent=parent, command=command_spans(path, path, None), why=by_statistics({}, hosts))
    return _told(line, facts)


def _told(line: FindingLine, facts: LineFacts) -> FindingLine:
    """A line of figures with the words."""
    shown, said = telling_most(facts)
    rising = next((one for one in facts.processes if rises(one)), None)
    before, after = (shown.user, None) if rising is None else (rising.parent_user, rising.user)
    if after is None and facts.top is not None and facts.top.user and rises(replace(shown, parent_user=facts.top.user)):
        before, after = facts.top.user, shown.user
    return replace(
        line,
        time_us=facts.first_us if facts.first_us is not None else line.time_us,
        host=short_host(shown.host),
        user=account(before),
        user_rise=account(after),
        parent=plain_name(shown.parent_path) if shown.parent_path else "",
        command=command_spans(shown.image, shown.path, shown.command_line),
        why=_why(shown, said, facts, line.hosts),
        technique=said.techniques[0] if said is not None and said.techniques else "",
        process=shown.id,
        marks=facts.marks,
    )


def _why(shown: LineProcess, said: Telling | None, facts: LineFacts, hosts: int) -> str:
    """The table's words; where it says little those of statistics, and where those mean the tables, the little that they say."""
    if said is not None:
        return said.phrase
    phrase = by_statistics(facts.tails, hosts)
    little = next(iter(of_chain(shown)), None)
    return little.phrase if phrase == TABLES and little is not None and not little.above else phrase


def rises(process: LineProcess) -> bool:
    """Whether it runs as a privileged account and what started it as another one."""
    own, above = account(process.user).casefold(), account(process.parent_user).casefold()
    return own in PRIVILEGED and bool(above) and above not in PRIVILEGED


def name_of(process: LineProcess) -> str:
    """What a process is called in a sentence."""
    return visible(base(process.path or process.image)) or "?"
