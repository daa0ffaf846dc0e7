"""The incident of the finding under the cursor as a tree: what the next verdict covers, what is odd, what stands beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from store.base.views import FindingView, QueueRow
from tui.actions.triage.incident_marks import IncidentMarks
from tui.screens.triage.incident.paint import DATED, TIME, TreeLook, ancestors, heading, painted
from tui.screens.triage.incident.rows import IncidentRows, RowKind, TreeRow
from tui.widgets.cursor_view import CURSOR_KEYS, CursorView
from tui.words.spans import Line
from tui.words.words import many

if TYPE_CHECKING:
    from tui.actions.incident_story import IncidentStory

BELOW = 2
"""Rows that stay in view below the oddest process when an incident is opened."""


HELP = (
    "One line is a process. `┃` before it: the next verdict is for it. `▲` one step in ten of its role is rebuilt as badly,"
    " `▲▲` one in fifty, `▲▲▲` one in two hundred. Bold is above the threshold, underlined what a table says is odd;"
    " *italic* with dotted guides is context, which no verdict here touches. `⇡root` runs with more rights than its parent,"
    " `›backup` as another user; `?60 %` is how sure its parent is. The letter of a verdict stands in front of the name."
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the pane shows of a finding."""

    whole: FindingView
    story: IncidentStory
    marks: IncidentMarks = field(default_factory=IncidentMarks)


class IncidentTree(CursorView):
    """One incident. Only the rows that are in sight are painted."""

    BORDER_TITLE = "Incident"
    HEAD: ClassVar[int] = 0
    HELP: ClassVar[str | None] = HELP
    DEFAULT_CSS = "IncidentTree { overflow-y: scroll; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        *CURSOR_KEYS,
        Binding("pagedown", "half(1)", "Half page down", show=False),
        Binding("pageup", "half(-1)", "Half page up", show=False),
        Binding("l,right", "unfold", "Unfold", show=False, id="tree.expand", tooltip="Show what the line holds back"),
        Binding("h,left", "fold", "Fold", show=False, id="tree.collapse", tooltip="Hide what is below it; again: to the parent"),
        Binding("enter", "select", "Whole page", id="pane.open", tooltip="Give the pane the whole page"),
    ]
    row: QueueRow | None = None
    """The line of the list."""
    shown: Shown | None = None
    look: TreeLook | None = None

    class Highlighted(Message):
        """The cursor came to another process, or what is shown is another incident."""

    class Chosen(Message):
        """Enter."""

    def __init__(self, when: Callable[[int | None], str], *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._when = when

    # What is shown -----------------------------------------------------------------------------------------------------

    def show_row(self, row: QueueRow | None) -> None:
        """Another finding, or the same read again."""
        same = row is not None and self.row is not None and number_of(row) == number_of(self.row)
        self.row = row
        if not same:
            self.shown, self.look = None, None
            self._changed(0)

    def show_incident(self, shown: Shown) -> bool:
        """What it consists of; False where it is not the finding that is shown any more. The cursor stays where it was in the
        same incident, else it is on the oddest process.
        """
        if self.row is None or self.row.whole is None or self.row.whole.number != shown.whole.number:
            return False
        before = self.shown.story.incident.place if self.shown is not None else None
        here, covered = self.process, self.look.covered if self.look is not None else frozenset()
        rows = IncidentRows(shown.story)
        if before == shown.story.incident.place and self.look is not None:
            rows.open_as(self.look.rows)
        else:
            here, covered = None, frozenset()
        self.shown = shown
        one = shown.story.incident
        days = self._when(one.first_us)[:10] != self._when(one.last_us)[:10]
        clock = self._dated if days else self._clock
        self.look = TreeLook(rows, clock, shown.marks, DATED if days else TIME, covered)
        if here is None:
            self._to_the_oddest()
        else:
            self._changed(rows.place(here) or 0)
        return True

    def _clock(self, time_us: int | None) -> str:
        return self._when(time_us)[11 : 11 + TIME]

    def _dated(self, time_us: int | None) -> str:
        """With the day, where an incident has several: the hour alone would put two days into one."""
        return self._when(time_us)[5 : 5 + DATED].replace("T", " ")

    def _to_the_oddest(self) -> None:
        """What leads to it stays in view as far as there is room."""
        assert self.look is not None
        at = self.look.rows.show(self.look.rows.story.incident.lead) or 0
        self._changed(at)
        first = min(
            (self.look.rows.place(number) or 0 for number in self.look.rows.above(self.look.rows.rows[at].id)), default=at
        )
        top = max(at + BELOW - self._height + 1, 0)
        if first < top:
            top = max(first, at - self._height + 1)
        self.scroll_to(y=min(top, max(self.count - self._height, 0)), animate=False, force=True, immediate=True)

    def cover(self, processes: frozenset[int]) -> None:
        """The next verdict is for these."""
        if self.look is not None and self.look.covered != processes:
            self.look = replace(self.look, covered=processes)
            self.refresh()

    def expect(self, processes: frozenset[int], verdict: str | None) -> None:
        """A verdict on these is being written: it stands there until they are read again."""
        if self.look is not None:
            said = dict.fromkeys(processes, verdict or "")
            self.look = replace(self.look, verdicts=self.look.verdicts | said, covered=frozenset())
            self.refresh()

    # The cursor ----------------------------------------------------------------------------------------------------------

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.look.rows.rows) if self.look is not None else 0

    @property
    def at(self) -> TreeRow | None:
        """The row under the cursor."""
        return self.look.rows.rows[self.cursor] if self.look is not None and self.cursor < self.count else None

    @property
    def process(self) -> int | None:
        """The process under the cursor, context or not; None on a row that several share."""
        row = self.at
        return row.id if row is not None and row.alone else None

    @property
    def covers(self) -> int | None:
        """The same, where the incident covers it."""
        row = self.at
        return row.id if row is not None and row.kind is RowKind.COVERED else None

    def select(self, process_id: int) -> bool:
        """Put the cursor on a process, opening what hides it; False where the incident has no row for it."""
        at = self.look.rows.show(process_id) if self.look is not None else None
        if at is not None:
            self._changed(at)
        return at is not None

    def highlighted(self) -> None:
        """The title and the other panes follow."""
        self.post_message(self.Highlighted())

    def action_select(self) -> None:
        """Enter."""
        self.post_message(self.Chosen())

    def action_unfold(self) -> None:
        """Show what the row holds back, or go to the first below it."""
        row = self.at
        if row is None or self.look is None:
            return
        if self.look.rows.open(row):
            self._changed(self.cursor)
        elif self.cursor + 1 < self.count and self.look.rows.rows[self.cursor + 1].depth > row.depth:
            self.cursor += 1

    def action_fold(self) -> None:
        """Hide what is below it; where nothing is, to the parent."""
        row = self.at
        if row is not None and self.look is not None and (goal := self.look.rows.close(row)) is not None:
            self._changed(self.look.rows.place(goal) or 0)

    def _changed(self, cursor: int) -> None:
        """There are other rows now."""
        self.fit_rows()
        self.set_reactive(IncidentTree.cursor, self.validate_cursor(cursor))
        self.into_view()
        self.refresh()
        self.highlighted()

    # Drawing -------------------------------------------------------------------------------------------------------------

    def heading(self, room: int) -> tuple[str, str]:
        """Title, and what is out of sight above, for so many cells together."""
        if self.shown is None or self.look is None:
            return "Incident", ""
        one, whole = self.shown.story.incident, self.shown.whole
        which = f"{one.place} of {whole.incidents}  " if whole.incidents > 1 else ""
        title = ("Incident  " if room >= 90 else "") + which + heading(self.look, self._when, room - len(which) - 12)
        top = round(self.scroll_y)
        above = ancestors(self.look, self.look.rows.rows[top], room - len(title) - 8) if top and top < self.count else ""
        left = self.shown.story.left
        return title, above or (f"{many(left, 'more process', 'more processes')}" if left else "")

    def draw_line(self, y: int) -> Strip:
        """The rows from the scroll position on."""
        width = self.scrollable_content_region.width
        place = y + round(self.scroll_y)
        if self.look is None or place >= self.count:
            return self.strip([("  …", "dim")] if self.row is not None and self.look is None and not y else [], width)
        line: Line = painted(self.look, self.look.rows.rows[place], width, here=place == self.cursor)
        return self.row_strip(place, line, width)


def number_of(row: QueueRow) -> tuple[int, int] | None:
    """Scoring and number of the finding that a line stands for; None for a chain. Labels may put other chains in front of it."""
    return None if row.whole is None else (row.whole.set_id, row.whole.number)
