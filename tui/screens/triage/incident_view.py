"""A finding's incident as a tree: what is odd, what was taken along, what stands beside it; occurrence by occurrence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from textual.message import Message
from textual.reactive import reactive

from engine.untrusted import visible
from store.base import ids
from store.base.views import FindingView, QueueRow
from tui.screens.triage.target import VerdictTarget
from tui.widgets.lines_view import LinesView
from tui.words.spans import Line, crop, wrap
from tui.words.verdicts import LOOKS, verdict_glyph
from tui.words.words import base, many, on_hosts, score_words, verdict_mark

if TYPE_CHECKING:
    from tui.actions.chain_story import Story
    from tui.actions.incident_story import IncidentNode, IncidentStory

ODD, TAKEN, CONTEXT = "●", "○", "·"
"""What is odd in itself, what was taken along with it, what is no part of the incident. A mark each, never colour alone."""
DEEPEST = 12
"""Levels that are indented; deeper ones stand as far in as these."""
COMMAND_LINES = 6
"""Lines of the selected process's command line."""
BESIDE = 2
"""Processes of the context that started nothing here and have a line each below one parent; more share one."""
BELOW = 3
"""Lines that stay in view below the oddest process."""
REASONS = 4
"""Lines of each reason."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the pane shows of a finding."""

    whole: FindingView
    story: IncidentStory
    oddest: tuple[QueueRow, Story] | None = None
    """The chain of the finding's oddest process with its evidence; None where that was not asked for."""


class IncidentTree(LinesView):
    """One incident of the finding under the cursor."""

    BORDER_TITLE = "Incident"
    HELP = (
        "The incident that a verdict on this line covers: ● odd, ○ taken along, · context that no verdict here touches."
        " `▁` to `█`: how badly the networks rebuild the step. **]** and **[** go to the finding's other occurrences, **n** and"
        " **N** select a process; with this pane in focus a verdict is on what it shows: the incident, or the selected process."
    )
    row: QueueRow | None = None
    shown: Shown | None = None
    step: reactive[int] = reactive(-1, repaint=False, init=False)
    """Place of the selected process among those that are covered, -1 for none."""

    class Aimed(Message):
        """A verdict would be for something else now."""

    def __init__(self, when: Callable[[int | None], str], *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._when = when
        self._selectable: list[int] = []
        self._places: dict[int, tuple[int, int]] = {}

    def show_row(self, row: QueueRow | None) -> None:
        """Another finding, or the same read again."""
        same = row is not None and self.row is not None and _number(row) == _number(self.row)
        self.row = row
        if not same:
            self.shown = None
            self.set_reactive(IncidentTree.step, -1)
        self.rebuild(top=not same)

    def show_incident(self, shown: Shown) -> None:
        """What it consists of, where it is still the finding that is shown."""
        if self.row is None or self.row.whole is None or self.row.whole.number != shown.whole.number:
            return
        other = self.shown is None or self.shown.story.incident.place != shown.story.incident.place
        self.shown = shown
        if other:
            self.set_reactive(IncidentTree.step, -1)
        self.rebuild(top=other)
        if other:
            self._to_the_oddest()
            if self.has_focus:
                self.post_message(self.Aimed())

    def _to_the_oddest(self) -> None:
        """What leads to it stays in view as far as there is room."""
        lead = self.shown.story.incident.lead if self.shown is not None else 0
        if lead in self._places:
            first, last = self._places[lead]
            self.reveal(first, last + BELOW)

    def expect(self, target: VerdictTarget, verdict: str | None, *, above: bool, overwrite: bool) -> None:
        """A verdict on what is shown is being written: it stands there until it is read again."""
        shown = self.shown
        if shown is None:
            return
        story = shown.story
        hit = {
            one.process_id
            for one in story.covered
            if (target.process is None or one.process_id == target.process)
            and not ids.is_placeholder(one.process_id)
            and (overwrite or verdict is None or one.verdict is None)
            and (not above or (one.score is not None and one.score >= story.threshold))
        }
        covered = tuple(replace(one, verdict=verdict) if one.process_id in hit else one for one in story.covered)
        self.shown = replace(shown, story=replace(story, covered=covered))
        self.rebuild()

    def on_focus(self) -> None:
        """A verdict is for what stands here from now on."""
        self.post_message(self.Aimed())

    def on_blur(self) -> None:
        """It is for what the list says again."""
        self.post_message(self.Aimed())

    def process(self) -> int | None:
        """The selected process."""
        return self._selectable[self.step] if 0 <= self.step < len(self._selectable) else None

    def target(self) -> VerdictTarget | None:
        """What a verdict is for while this pane is in focus."""
        if self.row is None or self.shown is None:
            return None
        process = self.process()
        if process is not None and not ids.is_placeholder(process):
            return VerdictTarget((self.row,), process=process)
        story = self.shown.story
        return VerdictTarget((self.row,), incident=story.incident, above=story.incident.score >= story.threshold)

    def select(self, process_id: int) -> None:
        """Select a process, where it is drawn and no context."""
        if process_id in self._selectable:
            self.step = self._selectable.index(process_id)

    def move_step(self, by: int) -> None:
        """Select another process; before the first none is."""
        self.step = max(-1, min(self.step + by, len(self._selectable) - 1))

    def watch_step(self) -> None:
        """The selected process tells more, and is scrolled into view."""
        self.rebuild()
        process = self.process()
        if process in self._places:
            self.reveal(*self._places[process])
        if self.has_focus:
            self.post_message(self.Aimed())

    def build(self, width: int) -> list[Line]:
        """Head, tree, why, related."""
        row = self.row
        if row is None or row.whole is None:
            return []
        whole = row.whole
        head: Line = [(f"Finding {whole.number}", "strong"), (f"  score {score_words(whole.score)}  ", "")]
        head.append(("above the threshold" if whole.above else "below the threshold", "warning" if whole.above else "dim"))
        covers = f"{many(whole.incidents, 'incident')}: {on_hosts(whole.processes, whole.hosts)}, {whole.odd:,} odd"
        lines: list[Line] = [head, [(covers, "")]]
        if self.shown is None:
            return lines
        story = self.shown.story
        lines += self._head(story, whole)
        lines += self._tree(story, story.forest(), width, len(lines))
        return [*lines, *_beside(story, width)]

    def _head(self, story: IncidentStory, whole: FindingView) -> Iterator[Line]:
        one = story.incident
        start, end = self._when(one.first_us), self._when(one.last_us)
        place = f"F{whole.number}/{one.place}" + (f" of {whole.incidents:,}, ] [ go on" if whole.incidents > 1 else "")
        yield [(place, "accent"), (f"  {visible(one.host)}", "strong")]
        if start:
            yield [(start if start == end else f"{start} … {end}", "dim")]
        if one.verdict is not None:
            yield [(verdict_mark(one.verdict), one.verdict)]
        elif one.partly or one.mixed:
            yield [("partly decided" if one.partly else "decided differently", "warning")]
        yield []

    def _tree(self, story: IncidentStory, roots: list[IncidentNode], width: int, at: int) -> Iterator[Line]:
        """at: lines that stand above it."""
        selected = self.process()
        self._selectable, self._places = [], {}
        waiting: list[tuple[IncidentNode | str, int]] = [(node, 0) for node in reversed(roots)]
        while waiting:
            node, depth = waiting.pop()
            if isinstance(node, str):
                mark, indent = f"{CONTEXT} ", "  " * min(depth, DEEPEST)
                yield [(" " + indent, ""), (mark, "dim"), (crop(node, max(8, width - 3 - len(indent))), "dim")]
                at += 1
                continue
            if not node.context:
                self._selectable.append(node.id)
            first = at
            for line in self._node(story, node, depth, width, chosen=node.id == selected):
                yield line
                at += 1
            self._places[node.id] = (first, at - 1)
            kept, beside = _folded(story, node)
            waiting.extend((child, depth + 1) for child in reversed(kept))
            waiting.extend([(beside, depth + 1)] if beside else [])

    def _node(self, story: IncidentStory, node: IncidentNode, depth: int, width: int, *, chosen: bool) -> Iterator[Line]:
        process = story.processes[node.id]
        mark = CONTEXT if node.context else ODD if node.odd else TAKEN
        role = "dim" if node.context else "worst" if node.odd else ""
        indent = "  " * min(depth, DEEPEST)
        said: Line = [("▌" if chosen else " ", "accent"), (indent, ""), (f"{mark} ", role)]
        if node.error:
            said.append((f"{node.error} ", "worst" if node.odd else "dim"))
        if node.verdict in LOOKS:
            said.append((f"{verdict_glyph(node.verdict)} ", node.verdict))
        name = crop(visible(base(process.image)) or "(unknown)", max(8, width // 3))
        alike = f" ×{node.alike + 1}" if node.alike else ""
        said.append((name + alike, "strong" if node.odd or chosen else "dim" if node.context else ""))
        told = " ".join(text for text in (process.user or "", process.command_line or "") if text)
        room = width - sum(len(text) for text, _ in said) - 2
        if told and room > 3:
            said += [("  ", ""), (crop(visible(told), room), "dim" if node.context else "")]
        yield said
        if chosen:
            edge = ("▌", "accent"), ("    " + indent, "")
            left = max(8, width - 6 - len(indent))
            if process.command_line:
                for text in wrap(process.command_line, left, COMMAND_LINES):
                    yield [*edge, (text, "")]
            facts = [self._when(process.time_us), process.user or "", process.integrity or "", process.path or ""]
            facts += [
                f"pid {process.pid}" if process.pid is not None else "",
                ids.called(process.id) if not process.placeholder else "",
            ]
            facts += [f"score {score_words(node.score)}" if node.score is not None else ""]
            for text in wrap(" · ".join(fact for fact in facts if fact), left, 3):
                yield [*edge, (text, "dim")]


def _number(row: QueueRow) -> tuple[int, int] | None:
    return None if row.whole is None else (row.whole.set_id, row.whole.number)


def _folded(story: IncidentStory, node: IncidentNode) -> tuple[list[IncidentNode], str]:
    """The children that have lines of their own, and in words those that share one: everyday beside what is looked at."""
    leaves = [child for child in node.children if child.context and not child.children and not child.hidden_children]
    if len(leaves) <= BESIDE:
        leaves = []
    folded = {id(leaf) for leaf in leaves}
    count = sum(leaf.alike + 1 for leaf in leaves) + node.hidden_children
    names = ", ".join(dict.fromkeys(visible(base(story.processes[leaf.id].image)) or "(unknown)" for leaf in leaves))
    told = f"{count:,} more" + (f": {names}" if names else "")
    return [child for child in node.children if id(child) not in folded], told if count else ""


def _beside(story: IncidentStory, width: int) -> Iterator[Line]:
    """What is not drawn, what is related, why."""
    if story.left:
        yield [(f"  … {many(story.left, 'more process', 'more processes')} of this incident", "dim")]
    for tie in story.related:
        yield []
        yield [
            ("Related", "title"),
            (f"  {tie.how}  F{tie.from_finding}/{tie.from_place} → F{tie.to_finding}/{tie.to_place}", ""),
        ]
        for said in tie.evidence:
            yield from ([("  ", ""), (text, "dim")] for text in wrap(said, width - 2, 2))
    for reason in story.reasons:
        process = story.processes.get(reason.process)
        yield []
        yield [("Why ", "title"), (visible(base(process.image)) if process is not None else "", "strong")]
        for said in reason.sentences[:2]:
            yield from ([("  ", ""), (text, "dim")] for text in wrap(said, width - 2, REASONS))
