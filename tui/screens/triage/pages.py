"""Where one is on Triage: which pane has the page, and the places that `[` and `]` go back and forward to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.screens.triage.layout import Page, tree_height
from tui.screens.triage.state import QueueView

if TYPE_CHECKING:
    from tui.screens.triage.screen import TriageScreen


@dataclass(frozen=True, slots=True)
class TriagePlace:
    """Where one is on this screen."""

    view: QueueView
    line: str | int | None
    """A chain by its key, a finding by its number."""
    page: Page
    incident: int
    process: int | None


class Pages:
    """The panes' share of the screen."""

    def __init__(self, screen: TriageScreen) -> None:
        self._screen = screen
        self.page = Page.ALL

    def share_height(self) -> None:
        """On large terminals the findings get what the tree leaves."""
        screen = self._screen
        room = screen.query_one("#panes").size.height
        height = tree_height(screen.size.width, self.page, screen.story.incident.count, room)
        screen.story.styles.height = height
        screen.queue.styles.height = None if height is None else "1fr"

    def show(self, page: Page) -> None:
        """Give a pane the whole page, or take it back."""
        self.page = page
        for one in Page:
            self._screen.set_class(one is page and one is not Page.ALL, f"-page-{one.value}")
        self._screen.story.why.whole_page(page is Page.WHY)
        self.share_height()

    def deeper(self) -> None:
        """The next layer below the one that has the page."""
        if self.page is Page.ALL:
            self.show(Page.STORY)
        else:
            self.show(Page.WHY)
            self._screen.story.why.focus_view()

    def back(self) -> bool:
        """The layer above; False where the panes share the page."""
        if self.page is Page.ALL:
            return False
        if self.page is Page.WHY:
            self.show(Page.STORY)
            self._screen.story.focus_view()
        else:
            self.show(Page.ALL)
            self._screen.table.focus()
        return True

    def here(self) -> TriagePlace:
        """The list, its line, the page, the process."""
        screen = self._screen
        row = screen.table.current
        line = None if row is None else row.key if row.whole is None else row.whole.number
        return TriagePlace(screen.state.view, line, self.page, screen.story.place, screen.story.selected())

    def go_to(self, at: TriagePlace) -> None:
        """As it was, as far as it is there still."""
        screen = self._screen
        if isinstance(at.line, int) and at.process is not None:
            screen.story.aim(at.line, at.incident, at.process)
        self.show(at.page)
        if at.view == screen.state.view and at.line is not None and screen.queue.go_to(at.line):
            screen.queue.draw_title()
        else:
            screen.queue.change(at.view, at.line)
        (screen.table if at.page is Page.ALL else screen.story).focus()
