"""The top line: the modes with their keys on the left; case, model, counts and device on the right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

from engine.untrusted import visible

if TYPE_CHECKING:
    from store.base.views import CaseSummary

CASE_WIDTH = 28


class HeaderLine(Widget):
    """One line. Parts on the right are left out from the end until they fit."""

    DEFAULT_CSS = """
    HeaderLine { height: 1; background: $panel; color: $foreground; padding: 0 1; }
    """

    class TabClicked(Message):
        """A mode was clicked."""

        def __init__(self, mode: str) -> None:
            super().__init__()
            self.mode = mode

    def __init__(self, modes: Mapping[str, str], current: str) -> None:
        super().__init__()
        self._modes = modes
        self._current = current
        self._parts: list[tuple[str, str]] = []

    def show(self, case: str | None, summary: CaseSummary | None, device: str) -> None:
        """Draw these; `summary` may lag behind `case` while it is being counted."""
        self._parts = describe(case, summary if summary is not None and summary.name == case else None, device)
        self.refresh()

    def render(self) -> Content:
        """Tabs, filling, as many parts as fit."""
        tabs = self._tabs()
        room = self.size.width - 2
        parts = list(self._parts)
        while parts and cell_len(tabs.plain) + 2 + _width(parts) > room:
            parts.pop()
        right = Content("  ").join(Content.styled(text, style) for text, style in parts)
        gap = max(room - cell_len(tabs.plain) - cell_len(right.plain), 1)
        return Content.assemble(tabs, " " * gap, right)

    def _tabs(self) -> Content:
        tabs = []
        for number, (mode, title) in enumerate(self._modes.items(), start=1):
            style = "bold $background on $primary" if mode == self._current else "$text-muted"
            tabs.append(Content.styled(f" {number} {title} ", style))
        return Content("").join(tabs)

    def on_click(self, event: Click) -> None:
        """A click on a tab."""
        place = event.x - 1
        for number, (mode, title) in enumerate(self._modes.items(), start=1):
            width = len(f" {number} {title} ")
            if 0 <= place < width:
                self.post_message(self.TabClicked(mode))
                return
            place -= width


def describe(case: str | None, summary: CaseSummary | None, device: str) -> list[tuple[str, str]]:
    """(text, style) most important first."""
    if case is None:
        return [("no case yet", "$text-muted")]
    parts = [(visible(case, CASE_WIDTH), "bold")]
    if summary is not None:
        model = f"model {summary.model_id.rsplit('-', 1)[-1][:8]}" if summary.model_id else "no model"
        parts.append((model, "$text-muted" if summary.model_id else "$warning"))
        parts.append((f"{summary.hosts:,} host{'s' * (summary.hosts != 1)} {summary.chains:,} chains", "$text-muted"))
        parts.append((f"{summary.labels:,} verdict{'s' * (summary.labels != 1)}", "$text-muted"))
    if device:
        parts.append((device, "$text-muted"))
    return parts


def _width(parts: list[tuple[str, str]]) -> int:
    return sum(cell_len(text) for text, _ in parts) + 2 * (len(parts) - 1)
