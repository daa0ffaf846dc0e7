"""What the next verdict would be on and cover, said before its key is pressed: at once what is known, counted when the cursor
rests; and the same in the tree's gutter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from engine.errors import OddkinError
from store.verdicts.subject import OfChain, OfFinding
from tui.runtime.beside import beside
from tui.runtime.services import Services
from tui.screens.triage.queue_pane import QueuePane
from tui.screens.triage.scope import part, rungs_of, written
from tui.screens.triage.state import TriageState
from tui.screens.triage.story_pane import StoryPane
from tui.screens.triage.target import VerdictTarget, place_of
from tui.words.chain_words import kind
from tui.words.triage.scope_words import Coming, Reach, covers, host_words, ladder
from tui.words.words import many, on_hosts

if TYPE_CHECKING:
    from store.base.views import QueueRow
    from store.verdicts.extent import Extent
    from tui.screens.triage.verdict_pane import VerdictPane


class ComingVerdict:
    """Tells the scope line and the tree, and counts beside the screen what a verdict would extend to, so that its question is
    there at once.
    """

    def __init__(
        self, pane: VerdictPane, services: Services, state: TriageState, target: Callable[[], VerdictTarget | None],
        queue: QueuePane, story: StoryPane,
    ) -> None:  # fmt: skip
        """`pane` has the line and counts, `target`: what a verdict is for now."""
        self._pane, self._services, self._state, self._target, self._queue, self._story = (
            pane,
            services,
            state,
            target,
            queue,
            story,
        )

    def show(self) -> None:
        """What a verdict would be on and cover now."""
        row, target, story = self._queue.table.current, self._target(), self._story
        scope, process = self._state.rung(row), story.incident.covers
        rows = story.rows_of(row)
        coming, marks = self._coming(target), len(self._state.marks)
        marked = ""
        if marks:
            several = kind(marks, findings=self._state.shows_findings)
            size = "…" if coming.processes is None else on_hosts(coming.processes, self._hosts(target))
            marked = f"marked {marks:,}: {size}" if coming.processes is not None else f"marked {several}: …"
        self._pane.line.preview(ladder(self._rungs(row), scope, marked), covers(coming), covers(coming, short=True))
        if marks:
            here = row is not None and place_of(row) in self._state.marks and rows is not None
            covered = rows.undecided(rows.judged) if here and rows is not None else frozenset[int]()
        else:
            covered = written(scope, rows, process)
        story.incident.cover(covered)

    def _hosts(self, target: VerdictTarget | None) -> int:
        extent = self._state.extent(target) if target is not None else None
        return extent.hosts if extent is not None else 1

    def _rungs(self, row: QueueRow | None) -> Mapping[Reach, int | None]:
        """The rungs of a line with their sizes, where these are known."""
        rows, process = self._story.rows_of(row), self._story.incident.covers
        sizes: dict[Reach, int | None] = {}
        for scope in rungs_of(row):
            if scope is Reach.CHAIN and row is not None:
                sizes[scope] = row.count
            elif scope is Reach.FINDING and row is not None and row.whole is not None:
                sizes[scope] = row.whole.processes
            elif rows is None:
                sizes[scope] = None
            else:
                whole = rows.story.incident.processes
                sizes[scope] = whole if scope is Reach.INCIDENT else len(part(scope, rows, process))
        return sizes

    def _coming(self, target: VerdictTarget | None) -> Coming:
        """What is known of it: counted, else what the line or the incident tells."""
        if target is None:
            return Coming(0)
        extent = self._state.extent(target)
        grey = not isinstance(target.on, OfChain) and self._story.shows_incident
        if extent is not None:
            hosts = many(extent.hosts, "host")
            where = host_words(target.host) if target.host and extent.hosts == 1 else hosts
            return Coming(extent.processes, where, extent.decided, extent.below, grey)
        if target.part is None and len(target.rows) == 1:
            row, whole = target.rows[0], target.rows[0].whole
            processes, ran = (row.count, row.host_count) if whole is None else (whole.processes, whole.hosts)
            return Coming(processes, many(ran, "host"), context=grey and isinstance(target.on, OfFinding))
        return Coming(target.processes, host_words(target.host) or "1 host", context=grey)

    def count(self) -> None:
        """The cursor rests: count it, and say what of it is decided or below the threshold."""
        target, case = self._target(), self._services.case
        self.show()
        if target is None or case is None or self._state.extent(target) is not None:
            return
        read = partial(self._services.workspace.labels.extent, case, target.on)
        # Where the case is scored anew meanwhile, the list is about to be read again.
        beside(self._pane, "extent", read, partial(self._counted, target, self._state.acts), gone=OddkinError)

    def _counted(self, target: VerdictTarget, acts: int, extent: Extent) -> None:
        now = self._target()
        if acts == self._state.acts and now is not None and now.on == target.on:
            self._state.known = (target, extent)
            self.show()
