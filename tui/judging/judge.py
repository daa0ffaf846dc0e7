"""What gives verdicts on a screen, as the keys beside those know it; and what they have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from textual.widget import Widget

from store.base.views import LabelEventView
from store.verdicts.subject import Subject
from tui.runtime.verdict_desk import VerdictDesk
from tui.widgets.scope_line import ScopeLine
from tui.words.learnt_words import retired_words


class Judge(Protocol):
    """A pane that gives verdicts."""

    @property
    def desk(self) -> VerdictDesk:
        """Writes in turn."""

    @property
    def line(self) -> ScopeLine:
        """Says what was done."""

    def subject(self) -> Subject | None:
        """What a verdict would be on now; None for nothing."""

    def called(self) -> str:
        """A short name of that."""

    def drop_question(self) -> bool:
        """Nothing is asked any more; False when nothing was."""

    def noted(self) -> None:
        """What stands beside the verdict of `subject` is another: whoever shows it has to be told."""

    def acts_reversed(self, events: Sequence[LabelEventView]) -> None:
        """An act was taken back or brought back: the same, of these."""


async def tell_classifier(widget: Widget, desk: VerdictDesk, case: str, before: str | None) -> None:
    """Whether verdicts that changed retired a classifier, or brought one back. before: the one in use until then."""
    if told := retired_words(before, await desk.classifier(case)):
        widget.notify(told, title="Classifier", markup=False)
