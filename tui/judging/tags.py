"""The key for tags: a technique or a word on what the scope covers, from a list or typed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import ClassVar

from textual.binding import Binding
from textual.widget import Widget

from engine.errors import OddkinError
from engine.untrusted import visible
from store.verdicts.subject import Subject
from tui.actions.triage.tags import Offered, is_tag, offered, tags_of, toggled
from tui.dialogs.choices import ChoicesDialog, ListChoice
from tui.dialogs.text import TextDialog
from tui.judging.judge import Judge
from tui.runtime.services import Services
from tui.words.triage.outcome_words import BACK

LETTERS = "abcdefghijklmnopqrsuvwxyz0123456789"
TYPED = "t"
"""The letter for a tag that is typed."""


class TagPane:
    """A pane without a widget, for `ModeScreen.adopt`."""

    KEYS: ClassVar[list[Binding]] = [
        Binding("number_sign", "tag", "Tag", key_display="#", show=False, id="verdict.tag",
                tooltip="A technique or a word of your own on what the scope covers; again: takes it off"),
    ]  # fmt: skip

    def __init__(self, widget: Widget, services: Services, judge: Judge, selected: Callable[[], int | None]) -> None:
        """`selected`: the process under the cursor, whose techniques are offered."""
        self._widget, self._services, self._judge, self._selected = widget, services, judge, selected

    def action_tag(self) -> None:
        """Offer what fits."""
        on, case = self._judge.subject(), self._services.case
        if on is not None and case is not None:
            dialog = ChoicesDialog("Tag")
            answered: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
            self._widget.app.push_screen(dialog, answered.set_result)
            ask = self._ask(case, on, self._selected(), dialog, answered)
            self._widget.run_worker(ask, group="tags", exclusive=True, exit_on_error=False)

    async def _ask(
        self, case: str, on: Subject, process: int | None, dialog: ChoicesDialog, answered: asyncio.Future[str | None]
    ) -> None:
        app = self._widget.app
        try:
            notes = await self._judge.desk.notes(case, on)
            if not notes:
                dialog.nothing("A tag goes with a verdict, and this has none yet. esc, then m b f o give one.")
                return
            found = await asyncio.to_thread(offered, self._services.workspace, case, process)
            by_letter = dict(zip(LETTERS, found, strict=False))
            dialog.offer([*_lines(by_letter, tags_of(notes[-1])), ListChoice(TYPED, "another", "typed")])
            letter = await answered
            if letter is None:
                return
            tag = by_letter[letter].tag if letter != TYPED else await app.push_screen_wait(_typed())
            if tag is None:
                return
            text = toggled(notes[-1], tag.removeprefix("#"))
            await self._judge.desk.note(case, on, text, self._services.author)
            here = ", ".join(f"#{one}" for one in tags_of(text))
            self._judge.line.tell([(f"tags: {visible(here)}" if here else "no tag is left", ""), *BACK])
            self._judge.noted()
        except OddkinError as problem:
            if not answered.done():
                dialog.dismiss(None)
            self._judge.line.not_kept(problem)


def _lines(by_letter: Mapping[str, Offered], there: Collection[str]) -> list[ListChoice]:
    return [
        ListChoice(letter, f"#{one.tag}", one.told, counted="there: takes it off" if one.tag in there else "")
        for letter, one in by_letter.items()
    ]


def _typed() -> TextDialog:
    hint = "A technique (T1059.004) or a word of your own; no blanks. tag: finds it again."
    return TextDialog("Tag", hint=hint, check=lambda text: None if is_tag(text.removeprefix("#")) else "That is no tag.")
