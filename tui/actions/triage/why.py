"""Why a finding stands where it stands: the sentence, what made its score, and of one process what was expected in its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.domain.processes import Repute
from engine.errors import NotFound
from engine.knowledge.telling import ASKED, SAYS, Aspect, Telling
from engine.signals.pairs import START
from engine.untrusted import visible
from store.base import ids
from tui.actions.triage.finding_lines import name_of, of_chain, of_itself, rises, telling_most
from tui.words.step_marks import mark, one_in
from tui.words.triage.commands import account, plain_name, short_host
from tui.words.triage.shares import SHOWN, apportioned, by_title, share_title
from tui.words.words import ARROW, base, shortened, when

if TYPE_CHECKING:
    from store.base.views import ExpectationView, FindingView, ScoreView
    from store.queue.line_facts import LineFacts, LineProcess
    from store.scores.related import RelatedView
    from store.workspace import Workspace
    from tui.actions.incident_story import FindingStory, IncidentStory
    from tui.words.triage.sentence import Actor

When = Callable[[int | None], str]
REST = "more"
"""The signal of a share of several small ones together."""
COMMON = 0.5
"""Tail beyond which a number is no evidence."""
LOOKED, HOSTS = 500, 12
"""Incidents whose hosts are looked at, and hosts that are named."""
OTHERS = 3
"""Further processes that the sentence may speak of."""


@dataclass(frozen=True, slots=True)
class Share:
    """One reason's part of the score."""

    signal: str
    """As the engine calls the largest signal of it, as `explain` takes it; REST for several small ones together."""
    title: str
    share: float
    """0 … 1; those of a finding add up to 1."""
    percent: int
    """The same in whole per cent; those of a finding add up to 100."""
    evidence: str
    """A few words with names and counts. Visible."""


@dataclass(frozen=True, slots=True)
class RebuiltStep:
    """One step of the chain to a process: what was given, what the networks made of it, how badly."""

    given: str
    rebuilt: str
    """The same as `given` where the networks rebuilt it; "" where that is not kept."""
    mark: str
    """tui.words.step_marks."""


@dataclass(frozen=True, slots=True)
class ProcessWhy:
    """Of one process what stands below the shares. Texts are visible."""

    process: int
    title: str
    """name · pid · user · time"""
    command: str
    """Whole; "" for none."""
    steps: tuple[RebuiltStep, ...]
    """() for a process that belongs to the context, which is not judged."""
    usual: str
    """What its parent starts: "grep 194, psql 160, ps 139 of 2,062"; "" where that is not kept."""
    nearest: str
    """The most alike everyday chain and how often it occurs; "" for none."""
    context: bool = False


@dataclass(frozen=True, slots=True)
class Why:
    """Of a finding."""

    sentence: str
    shares: tuple[Share, ...]
    """Largest first; () for scores of before, which kept none."""
    process: ProcessWhy
    related: tuple[str, ...]
    hosts: str = ""
    """Of a finding on several hosts: their names with how many of its incidents are there, most first. Visible."""


def of_finding(workspace: Workspace, case: str, story: FindingStory, process_id: int | None = None, *, when: When = when) -> Why:
    """Of the finding, with what is told of one process; None for its oddest one. `when`: how a time is told."""
    from store.queue import line_facts

    whole = story.whole
    model = workspace.vault.in_use(case)
    facts = line_facts.of_findings(workspace, case, [whole.number]).get(whole.number)
    parts = line_facts.parts(workspace, whole.set_id, whole.number)
    lead = process_id if process_id is not None else story.shown.incident.lead
    process = of_process(workspace, case, lead, context=not _covers(story.shown, lead), when=when)
    related = tuple(_related(one, story.shown) for one in story.shown.related)
    if facts is None or not facts.processes:
        return Why("", _shares(parts, None, None), process, related, _hosts(workspace, case, whole))
    oddest = facts.processes[0]
    score = workspace.chains.score(oddest.chain, model) if oddest.chain else None
    return Why(said(facts, parts, score), _shares(parts, facts, score), process, related, _hosts(workspace, case, whole))


def _hosts(workspace: Workspace, case: str, whole: FindingView) -> str:
    if whole.hosts < 2:
        return ""
    found = Counter(one.host for one in workspace.findings.incidents(case, whole.number, limit=LOOKED))
    names = [f"{short_host(host)} {count:,}" for host, count in found.most_common(HOSTS)]
    rest = whole.hosts - len(names)
    return ", ".join(names) + (f" and {rest:,} more" if rest > 0 else "")


def of_process(workspace: Workspace, case: str, process_id: int, *, context: bool = False, when: When = when) -> ProcessWhy:
    """Of another process. Raises NotFound when it is gone."""
    process = workspace.processes.get(process_id)
    told = (
        visible(base(process.path or process.image)) or "?",
        "" if process.pid is None else f"pid {process.pid}",
        account(process.user),
        when(process.time_us)[11:19],
    )
    out = ProcessWhy(process_id, " · ".join(one for one in told if one), visible(process.command_line or ""), (), "", "", context)
    if context or process.chain_id is None:
        return out
    try:
        chain = workspace.chains.by_id(process.chain_id)
    except NotFound:  # linked anew meanwhile
        return out
    model = workspace.vault.in_use(case)
    score = workspace.chains.score(chain.id, model)
    expected = score.expectation if score is not None else None
    return replace(
        out, steps=_steps(chain.steps, expected), usual=_usual(expected), nearest=_nearest(workspace, case, chain.key, model)
    )


def said(facts: LineFacts, parts: dict[str, float], score: ScoreView | None) -> str:
    """The sentence of a finding: from the tables' words about its odd processes, and what the two largest shares counted."""
    from tui.words.triage.sentence import sentence  # measures cells, which brings Rich along

    shown, _ = telling_most(facts)
    main = [one for one in of_itself(shown) if one.weight >= SAYS]
    others = [(one, first) for one in facts.processes if one.id != shown.id and (first := _first(one)) is not None]
    others.sort(key=lambda pair: -pair[1].weight)
    then = [(_actor(one), told) for one, told in others[:OTHERS]]
    return sentence(_actor(shown), main, then, _counted(parts, score))


def _first(process: LineProcess) -> Telling | None:
    return next((one for one in of_itself(process) if one.weight >= SAYS), None)


def _actor(process: LineProcess) -> Actor:
    from tui.words.triage.sentence import Actor

    return Actor(
        base(process.path or process.image), account(process.user), process.steps, process.command_line or "",
        process.time_us or 0, plain_name(process.parent_path) if process.parent_path else "",
        account(process.parent_user) if rises(process) else "",
    )  # fmt: skip


def _counted(parts: dict[str, float], score: ScoreView | None) -> list[str]:
    """Clauses of what was counted, of the shares in their order."""
    expected = score.expectation if score is not None else None
    if expected is None:
        return []
    found: dict[str, str] = {}
    if expected.rarest and expected.rarest[0] != START:
        parent, child, seen, total = expected.rarest
        often = "never" if not seen else ("once", "twice")[seen - 1] if seen < 3 else f"{seen:,} times"
        found["rare pair"] = f"{_short(parent)} started {_short(child)} {often} among {total:,} starts"
    instead = next((name for name in expected.rebuilt[-1:] if name), None)
    if instead:
        found["rebuilt badly"] = f"{_short(instead)} would be usual in its place"
    titles = [title for title, _, _ in by_title(parts)] or list(found)
    return [found[title] for title in titles if title in found]


def _shares(parts: dict[str, float], facts: LineFacts | None, score: ScoreView | None) -> tuple[Share, ...]:
    """Three that say something, and the rest as one: a signal for which this is ordinary has its part of every score."""
    listed = by_title(parts)
    total = sum(part for _, _, part in listed)
    if not total > 0:
        return ()
    telling = [one for one in listed if _speaks(one[0], score)]
    alone = telling if len(telling) == len(listed) <= SHOWN + 1 else telling[:SHOWN]
    rest = [one for one in listed if one not in alone]
    values = [part for _, _, part in alone] + ([sum(part for _, _, part in rest)] if rest else [])
    percents = apportioned(values, 100)
    shown = [
        Share(signal, title, part / total, percent, _evidence(title, signal, facts, score))
        for (title, signal, part), percent in zip(alone, percents, strict=False)
    ]
    if rest:
        names = ", ".join(title for title, _, _ in rest)
        shown.append(Share(REST, f"{len(rest)} more", values[-1] / total, percents[-1], names))
    return tuple(shown)


def _speaks(title: str, score: ScoreView | None) -> bool:
    """Whether one of the signals of this name finds the chain of the oddest process odder than most."""
    tails = [one.tail for one in score.signals if share_title(one.name) == title] if score is not None else []
    return not tails or min(tails) <= COMMON


def _evidence(title: str, signal: str, facts: LineFacts | None, score: ScoreView | None) -> str:
    """What a reason points at, in a few words."""
    expected = score.expectation if score is not None else None
    if title in (share_title("prior"), share_title("command_rules")):
        wanted = title == share_title("command_rules")
        listed = facts.processes if facts is not None else ()
        # What a hidden tool's role and parent say is not in the prior, which knows paths.
        known = listed if wanted else tuple(replace(one, original_name=None) for one in listed)
        found = [(one, told) for one in known for told in of_chain(one) if (told.part in ASKED) == wanted and not told.above]
        if found:
            process, told = max(found, key=lambda pair: (pair[1].part is not Aspect.ROLE, pair[1].weight))
            return f"{_short(name_of(process))}: {told.phrase}"
    if title == share_title("known_bad"):
        bad = next((one for one in (facts.processes if facts else ()) if one.known == Repute.BAD.word), None)
        return "" if bad is None else f"{_short(name_of(bad))}: {shortened(visible(', '.join(bad.lists)))}"
    if title == share_title("reconstruction_worst") and expected is not None and expected.step_tails:
        worst = min(range(len(expected.step_tails)), key=lambda place: expected.step_tails[place])
        return f"step {worst + 1}: {one_in(expected.step_tails[worst])}"
    if title == share_title("window_rarity") and expected is not None and expected.rarest:
        parent, child, seen, total = expected.rarest
        return f"{_short(parent)}{ARROW}{_short(child)}: {seen:,} of {total:,}"
    tail = next((one.tail for one in score.signals if one.name == signal), None) if score is not None else None
    return "" if tail is None or tail > COMMON else f"as odd: {one_in(tail)}"


def _steps(steps: Sequence[str], expected: ExpectationView | None) -> tuple[RebuiltStep, ...]:
    rebuilt = expected.rebuilt if expected is not None else ()
    tails = expected.step_tails if expected is not None else ()
    out = []
    for place, path in enumerate(steps):
        given = _short(path)
        made = "" if place >= len(rebuilt) else given if (other := rebuilt[place]) is None else _short(other)
        out.append(RebuiltStep(given, made, mark(tails[place] if place < len(tails) else None)))
    return tuple(out)


def _usual(expected: ExpectationView | None) -> str:
    if expected is None or not expected.usual:
        return ""
    return ", ".join(f"{_short(name)} {count:,}" for name, count in expected.usual) + f" of {expected.started:,}"


def _nearest(workspace: Workspace, case: str, key: str, model: str | None) -> str:
    from store.queue.nearest import nearest

    try:
        found = nearest(workspace, case, key, model)
    except NotFound:
        return ""
    return "" if found is None else f"{ARROW.join(map(_short, found.steps))}, {found.count:,}×"


def _related(one: RelatedView, story: IncidentStory) -> str:
    """What ties the incident to another: where that is, and the evidence."""
    incident = story.incident
    out = (one.from_finding, one.from_place) == (incident.finding, incident.place)
    there, finding, place = (
        (one.to_process, one.to_finding, one.to_place) if out else (one.from_process, one.from_finding, one.from_place)
    )
    host = f" on {visible(story.processes[there].host)}" if there in story.processes else ""
    evidence = f": {'; '.join(map(visible, one.evidence))}" if one.evidence else ""
    return f"{'→' if out else '←'} F{finding}/{place}{host}, {visible(one.how)}, {ids.called(there)}{evidence}"


def _covers(story: IncidentStory, process_id: int) -> bool:
    return any(one.process_id == process_id for one in story.covered)


def _short(path: str) -> str:
    return shortened(plain_name(path))
