"""Triage's right side: the chain under the cursor at once, its story when the cursor rests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.message import Message
from textual.timer import Timer

from engine.errors import OddkinError
from store.base.views import QueueRow
from tui.actions import chain_story as stories
from tui.runtime.beside import beside
from tui.runtime.messages import ProcessWanted
from tui.runtime.services import Services
from tui.screens.triage.chain_view import ChainView
from tui.screens.triage.evidence_view import EvidenceView
from tui.screens.triage.state import TriageState

DRAW_S = 0.03
"""The cursor's own line is painted first, the chain beside it in the next frame; a held key skips those in between."""
REST_S = 0.12
"""The cursor rests this long more before the evidence is read: nobody sees that of a chain that flies past, and drawing two
panes again is what the next key would wait for (with 0.06, twice the p99 of every other screen while a job ran)."""


class ChainPane(Container):
    """Draws a row of the queue, reads what is behind it, and steps through both."""

    KEYS: ClassVar[list[Binding]] = [
        Binding("n", "step(1)", "Next step", show=False, id="step.next", tooltip="Next step of the chain"),
        Binding("N", "step(-1)", "Previous step", show=False, id="step.previous", tooltip="Previous step of the chain"),
        Binding("right_square_bracket", "occurrence(1)", "Next occurrence", key_display="]", show=False, id="occurrence.next"),
        Binding(
            "left_square_bracket", "occurrence(-1)", "Previous occurrence", key_display="[", show=False, id="occurrence.previous"
        ),
        Binding("t", "tree", "To the tree", show=False, id="goto.tree", tooltip="Show the selected step's process in the tree"),
    ]

    class Drawn(Message):
        """The cursor stayed long enough for its chain to be drawn."""

    def __init__(self, services: Services, state: TriageState, pending: Mapping[str, str | None]) -> None:
        """`pending`: verdicts that are being written and count already, by chain."""
        super().__init__(id="side")
        self._services, self._state, self._pending = services, state, pending
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """The chain, and what is behind it."""
        yield ChainView(self._services.when, id="chain")
        yield EvidenceView(self._services.when, id="evidence")

    @property
    def chain(self) -> ChainView:
        """The view of the chain."""
        return self.query_one(ChainView)

    def follow(self, current: Callable[[], QueueRow | None]) -> None:
        """The cursor came to a row: its chain in a moment, unless the cursor has gone on by then."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(DRAW_S, lambda: self._draw(current()))

    def _draw(self, row: QueueRow | None) -> None:
        self.show(row)
        self.post_message(self.Drawn())

    def show(self, row: QueueRow | None, *, anew: bool = False, place: int = 0) -> None:
        """Draw what the row tells; read the rest when the cursor rests, or `anew` when the chain is shown already.

        place: how many chains of its finding stand before this one.
        """
        if self._timer is not None:
            self._timer.stop()
        threshold = self._state.source.threshold if self._state.source is not None else 0.0
        verdict = self._pending.get(row.key, row.verdict) if row is not None else None
        chain = self.chain
        chain.show_row(row, verdict, threshold, place)
        self.query_one(EvidenceView).show_row(row)
        if row is not None and (anew or chain.story is None or chain.story.moved_by != stories.moved_by(row)):
            self._timer = self.set_timer(REST_S, lambda: self._ask(row))

    def _ask(self, row: QueueRow) -> None:
        case, source = self._services.case, self._state.source
        if case is not None and source is not None:
            load = partial(stories.load, self._services.workspace, case, row, source.model_id)
            beside(self, "story", load, self._show_story)

    def _show_story(self, story: stories.Story) -> None:
        self.chain.show_story(story)
        self.query_one(EvidenceView).show_story(story)

    def action_step(self, by: int) -> None:
        """Another step of the chain."""
        self.chain.move_step(by)

    def action_occurrence(self, by: int) -> None:
        """Another process of the chain: its command lines, and those of its ancestors."""
        story, row = self.chain.story, self.chain.row
        if story is None or row is None or not story.processes:
            return
        sample = max(0, min(story.sample + by, len(story.processes) - 1))
        if sample != story.sample:
            read = partial(stories.line_of, self._services.workspace, row.steps, story.processes[sample])
            shown = partial(replace, story, sample=sample)
            beside(self, "story", read, lambda line: self._show_story(shown(line=line)), gone=OddkinError)

    def action_tree(self) -> None:
        """The selected step's process in the tree."""
        story, process = self.chain.story, self.chain.process()
        if process is None and story is not None and story.processes:
            process = story.processes[story.sample]
        if process is None:
            self.notify("No process is recorded for this step.", severity="warning")
            return
        self.app.post_message(ProcessWanted(process.id))
