"""Incidents as they are drawn and as rules are drafted from them: complete, with context, scores, verdicts and step errors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.handover.material import DrawnIncident
from engine.handover.pictures.forest import DrawnNode
from engine.handover.rows import ExportRow
from store.base import ids
from store.export.processes import finding_rows
from store.workspace import Workspace
from tui.actions import incident_story
from tui.actions.incident_story import IncidentStory
from tui.render.tree_builder import node_of

ALL = 1_000_000_000
"""Processes of an incident that are drawn."""


def named(rows: Iterable[ExportRow]) -> tuple[str, ...]:
    """The incidents that some processes are in (F3/2), each once, in the order of findings."""
    found = dict.fromkeys(row.incident for row in rows if row.incident)
    return tuple(sorted(found, key=numbers))


def numbers(name: str) -> tuple[int, int]:
    """Finding and place of F3/2."""
    finding, _, place = name[1:].partition("/")
    return int(finding), int(place)


def drawn(workspace: Workspace, case: str, names: Iterable[str]) -> Iterator[DrawnIncident]:
    """One after the other, so that only one is in memory. Raises NotFound for one that is gone."""
    for name in names:
        finding, place = numbers(name)
        _, story = incident_story.of_one(workspace, case, workspace.findings.incident(case, finding, place), ALL)
        yield of_story(workspace, case, story)


def of_story(workspace: Workspace, case: str, story: IncidentStory) -> DrawnIncident:
    """One that was read already."""
    incident = story.incident
    return DrawnIncident(
        name=f"F{incident.finding}/{incident.place}",
        host=incident.host,
        verdict=incident.verdict or "",
        roots=forest(story),
        rows=tuple(finding_rows(workspace, case, incident.finding, incident.place)),
        odd=frozenset(ids.called(one.process_id) for one in story.covered if one.odd),
    )


def forest(story: IncidentStory) -> list[DrawnNode]:
    """Its tree with all that is known of each process; context that looks alike is folded and counted."""
    roots: list[DrawnNode] = []
    waiting = [(node, roots) for node in reversed(story.forest())]
    while waiting:
        node, siblings = waiting.pop()
        line = node_of(story.processes[node.id], None)
        line.odd, line.context, line.flagged, line.score = node.odd, node.context, node.flagged, node.score
        line.verdict, line.error, line.alike, line.hidden_children = node.verdict, node.error, node.alike, node.hidden_children
        siblings.append(line)
        waiting.extend((child, line.children) for child in reversed(node.children))
    return roots
