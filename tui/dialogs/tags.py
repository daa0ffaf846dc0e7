"""The key for tags: a technique or a word on what the scope covers, from a list or typed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import ClassVar, Protocol

from textual.binding import Binding
from textual.widget import Widget

from engine.errors import OddkinError
from engine.untrusted import visible
from store.verdicts.subject import Subject
from tui.actions.triage.tags import Offered, is_tag, offered, tags_of, toggled
from tui.dialogs.choices import ChoicesDialog, ListChoice
from tui.dialogs.text import TextDialog
from tui.runtime.services import Services

LETTERS = "abcdefghijklmnopqrsuvwxyz0123456789"
TYPED = "t"
"""The letter for a tag that is typed."""


class VerdictKeeper(Protocol):
    """Who reads and writes notes in turn with verdicts."""

    def notes(self, case: str, on: Subject) -> asyncio.Future[tuple[str, ...]]:
        """The notes of what decides a subject, each once; () where nothing does."""

    def note(self, case: str, on: Subject, text: str, author: str) -> asyncio.Future[int]:
        """A note to what decides a subject."""


class TagPane:
    """A pane without a widget, for `ModeScreen.adopt`."""

    KEYS: ClassVar[list[Binding]] = [
        Binding("number_sign", "tag", "Tag", key_display="#", show=False, id="verdict.tag",
                tooltip="A technique or a word of your own on what the scope covers; again: takes it off"),
    ]  # fmt: skip

    def __init__(
        self, widget: Widget, services: Services, keeper: VerdictKeeper, subject: Callable[[], Subject | None],
        selected: Callable[[], int | None], told: Callable[[str], object],
    ) -> None:  # fmt: skip
        """`subject`: what a verdict is on now; `selected`: the process under the cursor; `told` says what was done."""
        self._widget, self._services, self._keeper = widget, services, keeper
        self._subject, self._selected, self._told = subject, selected, told

    def action_tag(self) -> None:
        """Offer what fits."""
        on, case = self._subject(), self._services.case
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
            notes = await self._keeper.notes(case, on)
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
            await self._keeper.note(case, on, text, self._services.author)
            here = ", ".join(f"#{one}" for one in tags_of(text))
            self._told(f"tags: {visible(here)}; u takes it back" if here else "no tag is left; u takes it back")
        except OddkinError as problem:
            if not answered.done():
                dialog.dismiss(None)
            self._widget.notify(visible(f"{problem.message} {problem.remedy}"), title="Not kept", severity="error", markup=False)


def _lines(by_letter: Mapping[str, Offered], there: Collection[str]) -> list[ListChoice]:
    return [
        ListChoice(letter, f"#{one.tag}", one.told, counted="there: takes it off" if one.tag in there else "")
        for letter, one in by_letter.items()
    ]


def _typed() -> TextDialog:
    hint = "A technique (T1059.004) or a word of your own; no blanks. tag: finds it again."
    return TextDialog("Tag", hint=hint, check=lambda text: None if is_tag(text.removeprefix("#")) else "That is no tag.")
