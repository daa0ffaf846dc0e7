"""Everything that `oddkin show` shows of a finding, of one of its incidents and of a process: what is covered, what stands beside
it, why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.signals.sentences import reasons
from engine.words.command_shape import shape_number
from store.base import ids
from store.base.views import (
    ContextProcess,
    ContextView,
    CoveredProcess,
    FindingView,
    IncidentView,
    ProcessView,
    QueueRow,
    VariantView,
)
from store.workspace import Workspace
from tui.actions import chain_story
from tui.actions.chain_story import Story
from tui.actions.process_card import ProcessCard, process_card

if TYPE_CHECKING:
    from store.scores.related import RelatedView

DRAWN = 200
"""Processes of an incident that are drawn unless somebody says how many."""
OCCURRENCES = 20
"""Incidents of a finding that are listed."""
TOLD = 3
"""Odd processes of different chains whose reasons are told."""
MEMBERS = 500
"""Chains of a finding whose step errors are read for its drawing."""
MARKS = "▁▂▃▄▅▆▇█"
"""A step error, against the highest of the drawing."""


@dataclass(slots=True)
class IncidentNode:
    """A process in the tree of an incident, for whoever lays it out."""

    id: int
    odd: bool = False
    """Odd in itself."""
    context: bool = False
    """Beside the incident and no part of it."""
    flagged: bool = False
    """By its own score above the threshold."""
    score: float | None = None
    verdict: str = ""
    error: str = ""
    """Step error as a mark."""
    alike: int = 0
    """Further children of the same parent that look like this one and are left out."""
    hidden_children: int = 0
    """Children that are not told."""
    children: list[IncidentNode] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class IncidentStory:
    """One incident, as much of it as is drawn."""

    incident: IncidentView
    covered: tuple[CoveredProcess, ...]
    """Those that are drawn, parents first: where there are more, the odd ones and the way down to them."""
    left: int
    """Recorded ones that are not."""
    context: ContextView
    processes: dict[int, ProcessView]
    """The drawn ones, the context and the ends of what is related, by id; those that were linked anew meanwhile are gone."""
    errors: dict[int, float]
    """Chain id -> how badly the networks rebuild its last step, the process itself."""
    threshold: float
    reasons: tuple[Reason, ...]
    """Of its oddest processes, one a chain."""
    related: tuple[RelatedView, ...]

    def forest(self) -> list[IncidentNode]:
        """The drawn processes below what leads to them; context that looks alike is folded."""
        return _forest(self)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a process is odd. Untrusted."""

    process: int
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FindingStory:
    """A finding: its incidents, one of them drawn, and the best of its chains."""

    whole: FindingView
    shown: IncidentStory
    incidents: tuple[IncidentView, ...]
    chains: tuple[QueueRow, ...]


@dataclass(frozen=True, slots=True)
class ProcessStory:
    """One process, its chain and its incident."""

    card: ProcessCard
    chain: Story | None
    """None where none of its images is known, or it is not linked."""
    whole: FindingView | None
    shown: IncidentStory | None
    """None where no incident covers it."""
    variant: VariantView | None
    """What of its chain has a command line of the same shape."""


def of_finding(workspace: Workspace, case: str, row: QueueRow, *, most: int, chains: int) -> FindingStory:
    """Of the finding that a row stands for: its first incident with at most `most` processes, at most so many chains."""
    assert row.whole is not None
    incidents = workspace.findings.incidents(case, row.whole.number, limit=OCCURRENCES)
    members = workspace.findings.members(row.whole, limit=max(chains, MEMBERS))
    return FindingStory(row.whole, of_incident(workspace, case, incidents[0], members, most), incidents, members[:chains])


def of_one(workspace: Workspace, case: str, incident: IncidentView, most: int) -> tuple[FindingView, IncidentStory]:
    """An incident with the finding that it is an occurrence of."""
    row = workspace.findings.get(case, incident.finding)
    assert row.whole is not None
    members = workspace.findings.members(row.whole, limit=MEMBERS)
    return row.whole, of_incident(workspace, case, incident, members, most)


def of_process(workspace: Workspace, case: str, process_id: int, most: int) -> ProcessStory:
    """Of a process; where nothing was scored or it is in no incident without one. Raises NotFound when the process is gone."""
    card = process_card(workspace, case, process_id)
    chain = None if card.chain is None else chain_story.of_chain(workspace, case, card.chain, 0)
    incident = None if card.score is None else workspace.findings.of_process(case, process_id)
    whole = shown = None
    if incident is not None:
        whole, shown = of_one(workspace, case, incident, most)
    return ProcessStory(card, chain, whole, shown, _variant(workspace, case, card))


def _variant(workspace: Workspace, case: str, card: ProcessCard) -> VariantView | None:
    """That of a process, as it was when the case was scored."""
    if card.chain is None or card.score is None:
        return None
    text = card.process.command_line
    shape = 0 if text is None else shape_number(text)
    found = workspace.findings.variants(case, card.chain.id)
    return next((one for one in found if one.shape == shape), None)


def of_incident(
    workspace: Workspace, case: str, incident: IncidentView, members: Sequence[QueueRow], most: int = DRAWN
) -> IncidentStory:
    """Of one incident. `members`: rows of its finding's chains, for the errors of their steps."""
    from store.queue.related import related

    covered = workspace.findings.processes(case, incident.finding, incident.place, most=most)
    context = workspace.findings.context(case, incident.finding, incident.place)
    ties = related(workspace, case, incident.finding, incident.place)
    wanted = [*(one.process_id for one in covered), *(one.process_id for one in context.processes)]
    wanted += [end for one in ties for end in (one.from_process, one.to_process)]
    processes = {one.id: one for one in workspace.processes.of_ids(wanted)}
    return IncidentStory(
        incident=incident,
        covered=covered,
        left=max(0, incident.processes - sum(not ids.is_placeholder(one.process_id) for one in covered)),
        context=context,
        processes=processes,
        errors={row.chain_id: row.step_errors[-1] for row in members if row.step_errors},
        threshold=workspace.queue.counts(case).threshold,
        reasons=tuple(_reasons(workspace, case, covered, processes)),
        related=ties,
    )


def _reasons(
    workspace: Workspace, case: str, covered: Iterable[CoveredProcess], processes: dict[int, ProcessView]
) -> Iterable[Reason]:
    model = workspace.vault.in_use(case)
    told: set[int] = set()
    for one in sorted((one for one in covered if one.odd), key=lambda one: -(one.score or 0.0)):
        process = processes.get(one.process_id)
        if process is None or process.chain_id is None or process.chain_id in told or len(told) == TOLD:
            continue
        told.add(process.chain_id)
        score = workspace.chains.score(process.chain_id, model)
        if score is not None:
            sentences = score.expectation.sentences if score.expectation is not None else {}
            raw = [(signal.name, signal.value, signal.tail) for signal in score.signals]
            yield Reason(one.process_id, tuple(reasons(raw, sentences)))


def _forest(story: IncidentStory) -> list[IncidentNode]:
    nodes = {node.id: node for node in (*_covered(story), *_context(story))}
    roots: list[IncidentNode] = []
    placed: list[CoveredProcess | ContextProcess] = [*story.covered, *story.context.processes]
    over = {one.process_id: one.parent_id for one in placed}
    for number, node in sorted(nodes.items(), key=lambda item: (story.processes[item[0]].time_us or 0, item[0])):
        parent = nodes.get(over[number] or 0)
        (roots if parent is None else parent.children).append(node)
    _uncircled(roots, nodes)
    for number, node in nodes.items():
        node.hidden_children = story.context.folded.get(number, 0)
        _fold(node, story.processes)
    return roots


def _covered(story: IncidentStory) -> Iterator[IncidentNode]:
    top = max(story.errors.values(), default=0.0)
    for one in story.covered:
        if (process := story.processes.get(one.process_id)) is None:
            continue
        flagged = one.odd and one.score is not None and one.score >= story.threshold
        error = mark(story.errors.get(process.chain_id or 0), top)
        yield IncidentNode(one.process_id, one.odd, flagged=flagged, score=one.score, verdict=one.verdict or "", error=error)


def _context(story: IncidentStory) -> Iterator[IncidentNode]:
    for one in story.context.processes:
        if one.process_id in story.processes:
            yield IncidentNode(one.process_id, context=True)


def _uncircled(roots: list[IncidentNode], nodes: dict[int, IncidentNode]) -> None:
    """A root for what hangs from itself, should stored parents go around in a circle: everything is drawn, once."""
    seen: set[int] = set()
    waiting = [*roots]
    while waiting:
        node = waiting.pop()
        seen.add(node.id)
        waiting.extend(node.children)
    for number, node in nodes.items():
        if number in seen:
            continue
        roots.append(node)
        waiting = [node]
        while waiting:
            at = waiting.pop()
            seen.add(at.id)
            at.children = [child for child in at.children if child.id not in seen]
            seen.update(child.id for child in at.children)
            waiting.extend(at.children)


def _fold(node: IncidentNode, processes: dict[int, ProcessView]) -> None:
    """Of context that started nothing here and looks alike, the first stands for all."""
    kept: list[IncidentNode] = []
    first: dict[tuple[str, int], IncidentNode] = {}
    for child in node.children:
        if not child.context or child.children or child.hidden_children:
            kept.append(child)
            continue
        process = processes[child.id]
        alike = (process.path, shape_number(process.command_line or ""))
        if alike in first:
            first[alike].alike += 1
        else:
            first[alike] = child
            kept.append(child)
    node.children = kept


def mark(error: float | None, top: float) -> str:
    """A step error as a block, against the highest one; "" for none."""
    if error is None or not error > 0 or not top > 0:
        return ""
    return MARKS[min(len(MARKS) - 1, int(error / top * len(MARKS)))]
