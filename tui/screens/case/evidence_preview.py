"""What a path seems to hold: format, members, the first records as they are understood."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from engine.untrusted import visible
from tui.screens.case.case_columns import When, common_folder, event_columns
from tui.widgets.ledger_table import LedgerTable, ListSource
from tui.words.case_story import member_note, verdict

if TYPE_CHECKING:
    from engine.domain.records import ProcessEvent
    from engine.jobs.preview import Look

NOTES = 6
"""Members that are told of one by one."""


class EvidencePreview(Vertical):
    """Draws a look; knows nothing of how it came about."""

    DEFAULT_CSS = """
    EvidencePreview .verdict { height: auto; max-height: 4; text-style: bold; }
    EvidencePreview .verdict.-good { color: $text-success; }
    EvidencePreview .verdict.-bad { color: $text-warning; }
    EvidencePreview .members { height: auto; max-height: 7; color: $text-muted; }
    EvidencePreview LedgerTable { height: 1fr; min-height: 3; background: $surface; }
    """

    def __init__(self, when: When) -> None:
        super().__init__()
        self._when = when

    def compose(self) -> ComposeResult:
        """Verdict, members, records."""
        yield Static("", classes="verdict", markup=False)
        yield Static("", classes="members", markup=False)
        table: LedgerTable[ProcessEvent] = LedgerTable(event_columns(self._when), ListSource())
        table.empty = [("The first process creations appear here.", "dim")]
        table.can_focus = False
        yield table

    def say(self, text: str) -> None:
        """Nothing to show, and why."""
        if self._emptied:
            return
        self._verdict(text, None)
        self.query_one(".members", Static).update("")
        self.query_one(LedgerTable).show_source(ListSource())

    def show(self, look: Look) -> None:
        """Draw it."""
        if self._emptied:
            return
        said, good = verdict(look)
        self._verdict(("✓ " if good else "! ") + said, good)
        lines = []
        folder = common_folder([member.path for member in look.members])
        for member in look.members[:NOTES]:
            note = member_note(member)
            path = visible(member.path[len(folder) :][-60:], 60)
            lines.append(f"{path}  {member.format or '—'}" + (f"  {visible(note, 120)}" if note else ""))
        if len(look.members) > NOTES or look.more:
            lines.append("…")
        self.query_one(".members", Static).update(
            Content("\n".join(lines)) if len(lines) > 1 or not good else Content(visible(member_note(look.members[0]), 200))
        )
        events = [event for member in look.members for event in member.events]
        self.query_one(LedgerTable).show_source(ListSource(events))

    @property
    def _emptied(self) -> bool:
        """While the application ends, widgets go from the inside out, and what was asked for before may still come."""
        return not self.query(LedgerTable)

    def _verdict(self, text: str, good: bool | None) -> None:
        line = self.query_one(".verdict", Static)
        line.set_class(good is True, "-good")
        line.set_class(good is False, "-bad")
        line.update(Content(visible(text, 300)))
