"""Triage's right side: the chain under the cursor at once, its story when the cursor rests."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from textual import on, work
from textual.timer import Timer
from textual.worker import get_current_worker

from engine.errors import NotFound, OddkinError
from tui.actions import chain_story as stories
from tui.runtime.messages import ProcessWanted
from tui.screens.base import ModeScreen
from tui.screens.triage.chain_view import ChainView
from tui.screens.triage.evidence_view import EvidenceView
from tui.screens.triage.messages import StoryRead

if TYPE_CHECKING:
    from store.base.views import QueueRow
    from store.queue.positions import QueueSource
    from tui.runtime.verdict_desk import VerdictDesk
    from tui.screens.triage.queue_table import QueueTable

DRAW_S = 0.03
"""The cursor's own line is painted first, the chain beside it in the next frame; a held key skips those in between."""
REST_S = 0.12
"""The cursor rests this long more before the evidence is read: nobody sees that of a chain that flies past, and drawing two
panes again is what the next key would wait for (with 0.06, twice the p99 of every other screen while a job ran)."""


class EvidenceMixin(ModeScreen):
    """Chain and evidence panes of the triage screen."""

    desk: VerdictDesk
    source: QueueSource | None
    _story_timer: Timer | None

    if TYPE_CHECKING:

        @property
        def table(self) -> QueueTable:
            """The screen's queue."""
            ...

        def preview(self) -> None:
            """What a verdict would cover."""

    def follow(self) -> None:
        """The cursor came to a row: its chain in a moment, unless the cursor has gone on by then."""
        if self._story_timer is not None:
            self._story_timer.stop()
        self._story_timer = self.set_timer(DRAW_S, self._draw_current)

    def _draw_current(self) -> None:
        self.show_evidence(self.table.current)
        self.preview()

    def show_evidence(self, row: QueueRow | None, *, anew: bool = False, place: int = 0) -> None:
        """Draw what the row tells; read the rest when the cursor rests, or `anew` when the chain is shown already.

        place: how many chains of its finding stand before this one.
        """
        if self._story_timer is not None:
            self._story_timer.stop()
        threshold = self.source.threshold if self.source is not None else 0.0
        verdict = self.desk.pending.get(row.key, row.verdict) if row is not None else None
        chain = self.query_one(ChainView)
        chain.show_row(row, verdict, threshold, place)
        self.query_one(EvidenceView).show_row(row)
        if row is not None and (anew or chain.story is None or chain.story.moved_by != stories.moved_by(row)):
            self._story_timer = self.set_timer(REST_S, lambda: self._ask(row))

    def _ask(self, row: QueueRow) -> None:
        case = self.services.case
        if case is not None and self.source is not None:
            self._read_story(case, row, self.source.model_id)

    @work(thread=True, exclusive=True, group="story", exit_on_error=False)
    def _read_story(self, case: str, row: QueueRow, model: str) -> None:
        try:
            story = stories.load(self.services.workspace, case, row, model)
        except NotFound:
            return  # linked anew meanwhile; the queue is about to be read again
        if not get_current_worker().is_cancelled:
            self.post_message(StoryRead(story))

    @on(StoryRead)
    def _story_read(self, message: StoryRead) -> None:
        self.query_one(ChainView).show_story(message.story)
        self.query_one(EvidenceView).show_story(message.story)

    def action_step(self, by: int) -> None:
        """Another step of the chain."""
        self.query_one(ChainView).move_step(by)

    def action_occurrence(self, by: int) -> None:
        """Another process of the chain: its command lines, and those of its ancestors."""
        chain = self.query_one(ChainView)
        story, row = chain.story, chain.row
        if story is None or row is None or not story.processes:
            return
        sample = max(0, min(story.sample + by, len(story.processes) - 1))
        if sample != story.sample:
            self._read_line(story, row, sample)

    @work(thread=True, exclusive=True, group="story", exit_on_error=False)
    def _read_line(self, story: stories.Story, row: QueueRow, sample: int) -> None:
        try:
            line = stories.line_of(self.services.workspace, row.steps, story.processes[sample])
        except OddkinError:
            return
        if not get_current_worker().is_cancelled:
            self.post_message(StoryRead(dataclasses.replace(story, sample=sample, line=line)))

    def action_tree(self) -> None:
        """The selected step's process in the tree."""
        chain = self.query_one(ChainView)
        process = chain.process()
        if process is None and chain.story is not None and chain.story.processes:
            process = chain.story.processes[chain.story.sample]
        if process is None:
            self.notify("No process is recorded for this step.", severity="warning")
            return
        self.app.post_message(ProcessWanted(process.id))
