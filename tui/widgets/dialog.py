"""Base of the dialogs: a box in the middle of the screen, with a complaint where an answer is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from textual.await_complete import AwaitComplete
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from engine.untrusted import visible

A = TypeVar("A")


class Dialog(ModalScreen[A | None], Generic[A]):
    """Answers with an A, or with None for never mind. Subclasses bind a key to `cancel`."""

    DEFAULT_CSS = """
    Dialog { align: center middle; }
    Dialog > Vertical { width: 90; max-width: 94%; height: auto; padding: 1 2; background: $surface; border: round $primary; }
    Dialog Static { height: auto; }
    Dialog .hint { color: $text-muted; }
    Dialog .problem { color: $error; }
    """

    _answered = False

    def ask(self, pane: Widget, then: Callable[[A], object]) -> None:
        """Open over the screen of a pane; `then` with the answer, unless that is never mind."""

        def answered(answer: A | None) -> None:
            if answer is not None:
                then(answer)

        pane.app.push_screen(self, answered)

    def dismiss(self, result: A | None = None) -> AwaitComplete:
        """Answer, once: a key that comes twice, or before this screen is gone, must not take another screen away with it."""
        if self._answered:
            return AwaitComplete()
        self._answered = True
        return super().dismiss(result)

    def box(self, title: str, keys: str) -> Vertical:
        """The box; what leads out of it stands at its foot."""
        box = Vertical()
        box.border_title = Content(visible(title, 90))
        box.border_subtitle = keys
        return box

    def problem(self) -> Static:
        """Where `complain` writes."""
        return Static("", classes="problem", markup=False)

    def complain(self, text: str) -> None:
        """Say why an answer is none."""
        self.query_one(".problem", Static).update(Content(visible(text, 200)))

    def action_cancel(self) -> None:
        """Leave it."""
        self.dismiss(None)
