"""What of an incident's processes is pointed out in its tree: how badly the networks rebuild each step, what a table names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.errors import NotFound
from store.workspace import Workspace

if TYPE_CHECKING:
    from tui.actions.incident_story import IncidentStory

MOST = 300
"""Chains of an incident whose step errors are looked up, those of its oddest processes first: each is a query."""


@dataclass(frozen=True, slots=True)
class IncidentMarks:
    """Beyond what the story tells. Empty where nothing was looked up."""

    tails: dict[int, float] = field(default_factory=dict)
    """Process -> tail of its step's error among the training steps of its role."""
    telling: frozenset[int] = frozenset()
    """Processes of which a table says why they are odd."""


def marks_of(workspace: Workspace, story: IncidentStory, model: str | None) -> IncidentMarks:
    """Of an incident; `model`: whose errors. A chain that was linked anew meanwhile has none."""
    return IncidentMarks({} if model is None else _tails(workspace, story, model), _telling(story))


def _tails(workspace: Workspace, story: IncidentStory, model: str) -> dict[int, float]:
    """Of the processes whose chains are explained, and of those above them: the steps of an explained chain are they. Of a step
    that several chains have, the one that ends there counts, else that of the oddest one.
    """
    own: dict[int, float] = {}
    above: dict[int, float] = {}
    parents = {one.process_id: one.parent_id for one in story.covered}
    explained: dict[int, tuple[tuple[str, ...], tuple[float, ...]]] = {}
    for one in sorted(story.covered, key=lambda one: -(one.score or 0.0)):
        process = story.processes.get(one.process_id)
        chain = None if process is None else process.chain_id
        if chain is None:
            continue
        if chain not in explained and len(explained) < MOST:
            explained[chain] = _explained(workspace, chain, model)
        steps, tails = explained.get(chain, ((), ()))
        if not tails:
            continue
        own.setdefault(one.process_id, tails[-1])
        place, number = len(steps) - 1, parents.get(one.process_id)
        while place > 0 and number is not None and number in parents:
            ancestor = story.processes.get(number)
            if ancestor is not None and ancestor.path == steps[place - 1]:
                place -= 1
                above.setdefault(number, tails[place])
            number = parents.get(number)
    return above | own


def _explained(workspace: Workspace, chain: int, model: str) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """The chain's steps with the tails of their errors; ((), ()) where nobody may open it, or it was linked anew meanwhile."""
    try:
        score, steps = workspace.chains.score(chain, model), workspace.chains.by_id(chain).steps
    except NotFound:
        return (), ()
    tails = score.expectation.step_tails if score is not None and score.expectation is not None else ()
    return (steps, tails) if len(tails) == len(steps) else ((), ())


def _telling(story: IncidentStory) -> frozenset[int]:
    from engine.knowledge.command_rules import reasons
    from engine.knowledge.lineage_rules import parent_broken
    from engine.knowledge.names import name_contradiction

    found = set()
    for one in story.covered:
        process = story.processes.get(one.process_id)
        if process is None or process.placeholder:
            continue
        parent = story.processes.get(one.parent_id or 0)
        says = (
            name_contradiction(process.path).reason
            or parent_broken("" if parent is None else parent.path, process.path).reason
            or reasons(process.path, process.command_line or "", process.original_name or "")
        )
        if says:
            found.add(one.process_id)
    return frozenset(found)
