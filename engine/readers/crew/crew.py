"""The reading processes of one ingest. Blocks of a source go round among them, their answers come back in the order of blocks.

A reader that can cut its source into blocks, each of which can be read alone, asks `ReadOptions.crew` to answer them; what the
crew leaves unanswered it reads itself. So the result is the same with any number of processes, and a reader works without any.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from engine.errors import InputError
from engine.progress import Check, unasked
from engine.readers.crew.hand import PART, TASK, Hand

AHEAD = 4
"""Blocks that a process is asked before its first is taken."""
ASKED_AHEAD = 2
"""The same of what is asked by number: an answer may be as large as a host."""
LOOK_SECONDS = 0.2
"""How late a cancellation can be while an answer is waited for."""
PATIENCE_SECONDS = 300.0
"""A block of a megabyte is read in some hundredths of a second. What takes so long would not have ended here either."""
PAYS_BYTES = 32 << 20
"""Behind so much, of one source or of many, processes are worth their start, which costs some tenths of a second each."""
LEAST_BYTES = 2 << 20
"""The beginning of each source is read here: one that has little more is read before the first answer would be there."""


class SourceBlock(NamedTuple):
    """A part of a source, and what a process read in it."""

    number: int
    """As the reader counts: its first line, its offset."""
    data: bytes
    answer: bytes
    """b"" for one that the reader has to read itself."""


class Crew:
    """Starts when enough was read to show that it pays, ends with `close`."""

    def __init__(
        self, readers: int, pause: Check = unasked, *, pays_bytes: int = PAYS_BYTES, patience: float = PATIENCE_SECONDS
    ) -> None:
        self._readers = readers
        self._pause = pause
        self._pays = pays_bytes
        self._patience = patience
        self._seen = 0
        """Bytes that readers have read themselves, of all sources."""
        self._hands: list[Hand] = []

    @property
    def ready(self) -> bool:
        """Whether there are processes, or some are to be started whatever that costs."""
        return bool(self._hands) or (self._readers > 0 and self._pays == 0)

    def ask(self, module: str, settings: bytes, numbers: Iterable[int]) -> Iterator[SourceBlock]:
        """Have something else done: an answer of `module` for each of the numbers, in their order. No block goes with a number.

        Raises InputError for a process that ended, or that took too long.
        """
        blocks = ((number, b"") for number in numbers)
        yield from self._whole(self._answered(module, settings, blocks, "", ASKED_AHEAD))

    def read(self, module: str, settings: bytes, blocks: Iterator[tuple[int, bytes]], path: str) -> Iterator[SourceBlock]:
        """All blocks in their order, with the answers of `module` (see hand.Answerer).

        Raises InputError for a process that ended, or that took too long, behind the blocks before; what `blocks` raises too.
        """
        seen = 0
        while not self._readers or self._seen < self._pays or seen < min(self._pays, LEAST_BYTES):
            found = next(blocks, None)
            if found is None:
                return
            yield SourceBlock(*found, b"")
            seen += len(found[1])
            self._seen += len(found[1])
        yield from self._whole(self._answered(module, settings, blocks, path, AHEAD))

    def _whole(self, answers: Iterator[SourceBlock]) -> Iterator[SourceBlock]:
        """The answers; processes whose answers nobody takes are ended."""
        whole = False
        try:
            yield from answers
            whole = True
        finally:
            if not whole:
                self.close()

    def _answered(
        self, module: str, settings: bytes, blocks: Iterator[tuple[int, bytes]], path: str, ahead: int
    ) -> Iterator[SourceBlock]:
        while len(self._hands) < self._readers:
            self._hands.append(Hand())
        for hand in self._hands:
            hand.ask(TASK, 0, module.encode() + b"\n" + settings)
        asked: deque[tuple[Hand, int, bytes]] = deque()
        broken: InputError | None = None
        turn = 0
        while True:
            while broken is None and len(asked) < ahead * len(self._hands):
                try:
                    number, data = next(blocks)
                except StopIteration:
                    break
                except InputError as error:
                    broken = error  # told behind what came before
                    break
                hand = self._hands[turn % len(self._hands)]
                turn += 1
                hand.ask(PART, number, data)
                asked.append((hand, number, data))
            if not asked:
                break
            hand, number, data = asked.popleft()
            yield SourceBlock(number, data, self._answer(hand, number, path))
        if broken is not None:
            raise broken

    def _answer(self, hand: Hand, number: int, path: str) -> bytes:
        begun = time.monotonic()
        while True:
            self._pause()
            try:
                found = hand.answer(LOOK_SECONDS)
            except EOFError:
                raise _lost(path, number, f"ended ({hand.how_it_ended()})") from None
            if found is not None:
                return found[1]
            if time.monotonic() - begun > self._patience:
                raise _lost(path, number, f"took longer than {self._patience:,.0f} seconds and was ended")

    def close(self) -> None:
        """End all processes."""
        hands, self._hands = self._hands, []
        for hand in hands:
            hand.close()


def _lost(path: str, number: int, what: str) -> InputError:
    return InputError(
        f"The process that read it {what} in the part that begins at {number:,}.",
        file=path,
        position=number,
        remedy="What came before was kept. The same command goes on there; with --workers 1 no other process reads.",
    )
