"""What my labels did: moved up and down, put aside, and how good the queue has become, over the screen it was asked from."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from engine.errors import NotFound
from store.workspace import Workspace
from tui.runtime.beside import beside
from tui.widgets.dialog import Dialog
from tui.widgets.lines_view import LinesView
from tui.words.effect_words import effect_lines
from tui.words.spans import Line

if TYPE_CHECKING:
    from store.queue.verdict_effects import LabelEffects


class EffectsPane(LinesView):
    """Draws LabelEffects."""

    found: LabelEffects | None = None
    read = False

    def __init__(self, when: Callable[[int | None], str]) -> None:
        super().__init__()
        self._when = when

    def show(self, found: LabelEffects | None) -> None:
        """What was read; None where nothing was taught."""
        self.found, self.read = found, True
        self.rebuild(top=True)

    def build(self, width: int) -> list[Line]:
        """All of it."""
        return effect_lines(self.found, width, self._when) if self.read else [[("reading …", "dim")]]


class LabelEffectsDialog(Dialog[None]):
    """Reads in a worker: a million chains are compared."""

    DEFAULT_CSS = """
    LabelEffectsDialog > Vertical { width: 90%; max-width: 130; height: 90%; padding: 0 1; }
    LabelEffectsDialog EffectsPane { height: 1fr; background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,L", "cancel", "Close", id="effects.close")]

    def __init__(self, workspace: Workspace, case: str, when: Callable[[int | None], str]) -> None:
        super().__init__()
        self._workspace, self._case, self._when = workspace, case, when

    def compose(self) -> ComposeResult:
        """One pane."""
        with self.box("What your verdicts did", "j/k scroll · esc closes"):
            yield EffectsPane(self._when)

    def on_mount(self) -> None:
        """Read."""
        pane = self.query_one(EffectsPane)
        pane.focus()
        beside(pane, "effects", self._read, pane.show)

    def _read(self) -> LabelEffects | None:
        from store.queue.verdict_effects import effects

        try:
            return effects(self._workspace, self._workspace.learnt, self._case)
        except NotFound:
            return None
