"""`?`: the keys that work now, and what the focused widget says about itself."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Markdown, Static

from tui.runtime.keys import HelpText, KeyHelp


class HelpScreen(ModalScreen[None]):
    """Keys left, explanation below; scrolls with j and k."""

    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen > VerticalScroll {
        width: 90%; max-width: 100; height: auto; max-height: 90%; padding: 0 2; background: $surface; border: round $primary;
    }
    HelpScreen Static { height: auto; }
    HelpScreen .section { color: $primary; text-style: bold; margin-top: 1; }
    HelpScreen Markdown { background: $surface; margin: 1 0 0 0; padding: 0; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark", "dismiss", "Close", id="help.close"),
        Binding("j,down", "scroll(1)", "Down", show=False, id="help.down"),
        Binding("k,up", "scroll(-1)", "Up", show=False, id="help.up"),
    ]

    def __init__(self, text: HelpText) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        """Sections, then prose."""
        with VerticalScroll() as box:
            box.border_title = "Keys that work here"
            box.border_subtitle = "esc closes"
            for title, lines in self._text.sections:
                yield Static(Content(title), classes="section")
                yield Static(Content("\n").join(_line(line) for line in lines))
            if self._text.prose:
                yield Markdown(self._text.prose)

    def action_scroll(self, lines: int) -> None:
        """Move the text."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


def _line(line: KeyHelp) -> Content:
    style = "" if line.enabled else "dim"
    told = line.tooltip or line.action
    return Content.assemble(
        (f"{line.keys:>12}", "bold" if line.enabled else "dim"), (f"  {line.action:<20} ", style), (told, "$text-muted")
    )
