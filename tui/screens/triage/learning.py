"""Triage while labels re-order the queue: what the last verdict did, in which order to ask, what was put aside."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual import on

from engine.errors import NotFound
from engine.untrusted import visible
from store.queue.filter import QueueFilter
from store.queue.order import DIVERSE, LEARNT, MODES, RANK, UNCERTAIN, Order
from tui.runtime.messages import LearningBegan, QueueLearnt
from tui.screens.base import ModeScreen
from tui.words.learnt_words import change_words, stop_words

if TYPE_CHECKING:
    from store.learnt.packed import LearntIndex
    from store.queue.positions import QueueSource
    from tui.screens.triage.queue_table import QueueTable

TOLD = {
    LEARNT: "likeliest first, by the detector and your verdicts",
    DIVERSE: "one of each kind of look-alikes first: a verdict on each teaches most",
    UNCERTAIN: "what your verdicts say least of first",
    RANK: "as the detector ranks, whatever the verdicts say",
}
FEW = "Before the uncertain can be asked about, 20 malicious and 20 other verdicts are needed."


class LearningMixin(ModeScreen):
    """How triage follows the learnt queue."""

    wanted: QueueFilter
    order: Order
    reverse: bool
    source: QueueSource | None
    last_change: str = ""
    """What the newest verdicts did, in words."""
    _busy: bool = False

    if TYPE_CHECKING:

        @property
        def table(self) -> QueueTable:
            """The screen's queue."""
            ...

        def show_queue(self, keep: str | None = None, *, follow: bool = False) -> None:
            """Read it anew."""

        def say_range(self, state: str = "") -> None:
            """The table's title."""

        def show_evidence(self, row: Any, *, anew: bool = False, place: int = 0) -> None:
            """Draw a chain."""

    def forget_learning(self) -> None:
        """Another case."""
        self.last_change, self._busy = "", False

    def told(self) -> LearntIndex | None:
        """The learnt queue that the rows tell of. Cheap once a row was read: the store keeps it."""
        try:
            return self.services.workspace.learnt.index(self.services.case or "")
        except NotFound:
            return None

    @on(LearningBegan)
    def _learning_began(self, message: LearningBegan) -> None:
        if message.case == self.services.case:
            self._busy = True
            self.say_range()

    @on(QueueLearnt)
    def _queue_learnt(self, message: QueueLearnt) -> None:
        if message.case != self.services.case:
            return
        self._busy = False
        if message.problem:
            self.last_change = ""
            self.notify(visible(message.problem), title="The queue was not re-ordered", severity="error", markup=False)
        elif message.fresh:
            self.last_change = change_words(message.change)
            self._follow_labels()
        self.say_range()

    def _follow_labels(self) -> None:
        """The rest of the queue in its new order; the cursor's line and what is above it stay where they are."""
        if self.source is None:
            self.show_queue()
        elif self.order.learnt:
            self.show_queue(follow=True)
        else:
            self.table.forget()  # another order stays, with new marks
            row = self.table.current
            self.show_evidence(row, anew=row is not None)

    def learnt_words(self) -> str:
        """Under the queue: the order, and what the last verdict did to it."""
        if self._busy:
            return "  learning from your verdicts …"
        return f"  last change: {self.last_change}" if self.last_change else ""

    def stop_words(self) -> str:
        """For the queue's title: what may be left to find."""
        index = self.told() if self.source is not None else None
        return "" if index is None else stop_words(index.metrics)

    def action_ask_mode(self) -> None:
        """The next order to ask in: learnt, diverse, uncertain, the detector's own."""
        index = self.told()
        if index is None:
            self.notify("Nothing has been learnt yet: the first verdicts teach the queue.", severity="warning")
            return
        there = [mode for mode in MODES if mode in {LEARNT, RANK} or mode.name in index.asks]
        at = there.index(self.order) if self.order in there else -1
        self.order, self.reverse = there[(at + 1) % len(there)], False
        more = f" {FEW}" if self.order is DIVERSE and UNCERTAIN not in there else ""
        self.notify(f"{self.order.name}: {TOLD[self.order]}.{more}", title="Order of the queue")
        self.show_queue()

    def action_put_aside(self) -> None:
        """Only what labels put behind all others, or all again."""
        only = self.wanted.moved == "suppressed"
        index = self.told()
        if index is None and not only:
            self.notify("No verdict has put anything aside yet.", severity="warning")
            return
        self.wanted = replace(self.wanted, moved="" if only else "suppressed")
        self.show_queue()

    def action_effects(self) -> None:
        """What all labels did."""
        from tui.screens.triage.effects_dialog import show_effects

        show_effects(self)
