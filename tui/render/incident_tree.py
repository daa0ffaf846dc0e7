"""An incident as a tree, in the tree that it stands in: what is odd, what was taken along, and the context beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.text import Text

from engine.words.command_shape import shape_number
from store.base.views import ContextProcess, CoveredProcess, ProcessView
from tui.render.forest import DrawnNode
from tui.render.tree_builder import node_of
from tui.render.tree_text import text_lines
from tui.words.words import base, when

if TYPE_CHECKING:
    from tui.actions.incident_story import IncidentStory

MARKS = "▁▂▃▄▅▆▇█"
"""A step error, against the highest of the drawing."""
SURE = 0.9
"""Confidence from which a link is drawn without a word."""
DAY = len("2024-05-02T")
LONGEST = 2000
"""Characters of a command line; a terminal shows what fits."""


def lines(story: IncidentStory, focus: int = 0) -> Iterator[Text]:
    """Styled lines, `focus`: the process to point at. What is no part of the incident is dim, what is odd bold."""
    yield from text_lines(forest(story, focus), LONGEST)
    if story.left:
        yield Text(f"  … {story.left:,} more processes of this incident; --limit shows them", style="dim italic")


def forest(story: IncidentStory, focus: int = 0) -> list[DrawnNode]:
    """The drawn processes below what leads to them; context that looks alike is folded.

    Shorter than a tree of a host, so that command lines have room: times without the day on which it began, no path that the
    command line has too, and links only where they are less sure than SURE.
    """
    nodes = {node.id: node for node in (*_covered(story, focus), *_context(story))}
    roots: list[DrawnNode] = []
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


def _covered(story: IncidentStory, focus: int) -> Iterator[DrawnNode]:
    top = max(story.errors.values(), default=0.0)
    for one in story.covered:
        if (process := story.processes.get(one.process_id)) is None:
            continue
        node = _short(process, when(story.incident.first_us)[:DAY])
        node.score, node.odd, node.focus = one.score, one.odd, one.process_id == focus
        node.flagged = one.odd and one.score is not None and one.score >= story.threshold
        node.verdict = one.verdict or ""
        node.error = mark(story.errors.get(process.chain_id or 0), top)
        yield node


def _context(story: IncidentStory) -> Iterator[DrawnNode]:
    for one in story.context.processes:
        if (process := story.processes.get(one.process_id)) is not None:
            node = _short(process, when(story.incident.first_us)[:DAY])
            node.context = True
            yield node


def _short(process: ProcessView, day: str) -> DrawnNode:
    node = node_of(process, None)
    if process.image and process.image.casefold() in (process.command_line or "").casefold():
        node.image = base(node.image)
    node.time = node.time.removeprefix(day)
    if node.confidence >= SURE:
        node.method = ""
    return node


def _uncircled(roots: list[DrawnNode], nodes: dict[int, DrawnNode]) -> None:
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


def _fold(node: DrawnNode, processes: dict[int, ProcessView]) -> None:
    """Of context that started nothing here and looks alike, the first stands for all."""
    kept: list[DrawnNode] = []
    first: dict[tuple[str, int], DrawnNode] = {}
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
