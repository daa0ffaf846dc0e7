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
    """Chain id -> tail of its last step's error among the training steps of its role."""
    telling: frozenset[int] = frozenset()
    """Processes of which a table says why they are odd."""


def marks_of(workspace: Workspace, story: IncidentStory, model: str | None) -> IncidentMarks:
    """Of an incident; `model`: whose errors. A chain that was linked anew meanwhile has none."""
    return IncidentMarks({} if model is None else _tails(workspace, story, model), _telling(story))


def _tails(workspace: Workspace, story: IncidentStory, model: str) -> dict[int, float]:
    oddest = sorted(story.covered, key=lambda one: -(one.score or 0.0))
    chains = [story.processes[one.process_id].chain_id for one in oddest if one.process_id in story.processes]
    found: dict[int, float] = {}
    for chain in list(dict.fromkeys(chain for chain in chains if chain is not None))[:MOST]:
        try:
            score = workspace.chains.score(chain, model)
        except NotFound:
            continue
        tails = score.expectation.step_tails if score is not None and score.expectation is not None else ()
        if tails:
            found[chain] = tails[-1]
    return found


def _telling(story: IncidentStory) -> frozenset[int]:
    from engine.knowledge.command_rules import reasons
    from engine.knowledge.lineage_rules import parent_break
    from engine.knowledge.names import name_contradiction

    found = set()
    for one in story.covered:
        process = story.processes.get(one.process_id)
        if process is None or process.placeholder:
            continue
        parent = story.processes.get(one.parent_id or 0)
        says = (
            name_contradiction(process.path).reason
            or parent_break("" if parent is None else parent.path, process.path)[1]
            or reasons(process.path, process.command_line or "")
        )
        if says:
            found.add(one.process_id)
    return frozenset(found)
