"""Where verdicts are written: one after the other, beside the screen, none of them lost.

A key must not wait for the database (an ingest may hold the write lock for a moment), and the next key may come before
the last verdict is on disk. So a verdict counts on the screen at once (`pending`), and one thread writes them in the
order of the keys. Leaving waits for what is still to be written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from store.base.views import LabelEventView
from store.workspace import Workspace

if TYPE_CHECKING:
    from store.verdicts.extent import Extent, Given
    from store.verdicts.subject import Subject
    from tui.actions.verdict_question import Question

T = TypeVar("T")


class VerdictDesk:
    """Verdicts, notes, undo and redo of one workspace. Its methods belong to the UI's loop."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._thread = ThreadPoolExecutor(1, "oddkin verdicts")
        self.pending: dict[str, str | None] = {}
        """Chain key -> verdict on its way to the disk."""
        self._waiting: dict[str, int] = {}

    def give(
        self, case: str, on: Subject, keys: Sequence[str], verdict: str | None, author: str, note: str | None = None, *,
        above: bool = False, overwrite: bool = False,
    ) -> asyncio.Future[Given]:  # fmt: skip
        """A verdict as one act (None takes them away); `note` None keeps the notes that there are.

        keys: the lines of the queue that it decides as a whole, which count as decided from now on. `above`: only to processes
        above the threshold; `overwrite`: also to decided ones. It is on its way when this returns. The future tells what became
        of it, or raises OddkinError.
        """
        give = self._workspace.labels.give
        return self._expected(
            keys, verdict, lambda: give(case, on, verdict, note=note, author=author, above=above, overwrite=overwrite)
        )

    def give_unless_asked(
        self, case: str, on: Subject, keys: Sequence[str], verdict: str, author: str, question: Callable[[Extent], Question]
    ) -> asyncio.Future[Given | Question]:
        """As `give`, where the question about what it extends to need not be asked; else, and nothing is given, the question.

        It is counted and given in one turn: a verdict whose key came later finds what this one did.
        """
        labels = self._workspace.labels

        def write() -> Given | Question:
            asked = question(labels.extent(case, on))
            if asked.idle or asked.asks:
                return asked
            return labels.give(case, on, verdict, author=author, overwrite=asked.overwrite)

        return self._expected(keys, verdict, write)

    def _expected(self, keys: Sequence[str], verdict: str | None, write: Callable[[], T]) -> asyncio.Future[T]:
        """Written in turn, and shown as decided from now on."""
        for key in keys:
            self.pending[key] = verdict
            self._waiting[key] = self._waiting.get(key, 0) + 1
        written = self._in_turn(write)
        written.add_done_callback(lambda _: self._release(keys))
        return written

    def extent(self, case: str, on: Subject) -> asyncio.Future[Extent]:
        """What a verdict would extend to, once everything before is written."""
        return self._in_turn(lambda: self._workspace.labels.extent(case, on))

    def classifier(self, case: str) -> asyncio.Future[str | None]:
        """The one in use, once everything before is written."""
        return self._in_turn(lambda: self._workspace.vault.in_use(case, "classifier"))

    def note(self, case: str, on: Subject, text: str, author: str) -> asyncio.Future[int]:
        """A note to what decides a subject; see `Labels.note`."""
        return self._in_turn(lambda: self._workspace.labels.note(case, on, text, author))

    def undo(self, case: str, author: str) -> asyncio.Future[tuple[LabelEventView, ...]]:
        """Take the newest act back."""
        return self._in_turn(lambda: self._workspace.labels.undo(case, author))

    def redo(self, case: str, author: str) -> asyncio.Future[tuple[LabelEventView, ...]]:
        """Bring back what was taken back last."""
        return self._in_turn(lambda: self._workspace.labels.redo(case, author))

    def after(self, act: Callable[[], T]) -> asyncio.Future[T]:
        """Something else, once everything before is written."""
        return self._in_turn(act)

    def notes(self, case: str, on: Subject) -> asyncio.Future[tuple[str, ...]]:
        """The notes of what decides a subject once everything before is written, each once; () where nothing does."""
        return self._in_turn(lambda: self._workspace.labels.notes_of(case, on))

    def _in_turn(self, function: Callable[[], T]) -> asyncio.Future[T]:
        # Shielded: a screen that goes away stops waiting for the answer, not the writing.
        return asyncio.shield(asyncio.wrap_future(self._thread.submit(function)))

    def _release(self, keys: Sequence[str]) -> None:
        for key in keys:
            self._waiting[key] -= 1
            if not self._waiting[key]:
                del self._waiting[key], self.pending[key]

    def close(self) -> None:
        """Wait for what is still to be written."""
        self._thread.shutdown(wait=True)
