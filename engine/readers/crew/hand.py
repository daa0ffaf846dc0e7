"""One reading process: `serve` is what it does, `Hand` how the writing one talks to it, in frames over two pipes.

Its own program and no `multiprocessing`: that opens the interface's stderr, which is none, and sends what it has by pickle. Two
threads write and read, so that neither end ever waits for the other with a full pipe. It ends with its pipe: whatever happens to
who started it, it reads the end of its input, and goes.
"""

from __future__ import annotations

import gc
import importlib
import os
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Protocol, cast

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from engine.readers.crew.hand import serve; serve()"
_HEAD = struct.Struct("<cqQ")
TASK, PART = b"t", b"b"
"""What a frame is: the name of the module that answers from now on, or a block of a source."""
SELDOM = (200_000, 20, 100)
"""As in engine.jobs.ingest.collector, for the same reason."""


class Answerer(Protocol):
    """A module that reads blocks of a kind of source."""

    def answer(self, settings: bytes, number: int, block: bytes) -> bytes:
        """What the block `number` holds; b"" for one that only who has the whole source can read."""
        ...


def serve() -> None:
    """Answer the blocks that come, until there are no more."""
    gc.set_threshold(*SELDOM)
    source = sys.stdin.buffer
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no answer
    answerer: Answerer | None = None
    settings = b""
    while (frame := _received(source)) is not None:
        kind, number, data = frame
        if kind == TASK:
            name, _, settings = data.partition(b"\n")
            answerer = cast("Answerer", importlib.import_module(name.decode()))
            continue
        assert answerer is not None
        try:
            _send(out, PART, number, answerer.answer(settings, number, data))
        except BrokenPipeError:
            return


class Hand:
    """A reading process, from outside."""

    def __init__(self) -> None:
        self._asked: SimpleQueue[tuple[bytes, int, bytes] | None] = SimpleQueue()
        self._answers: SimpleQueue[tuple[bytes, int, bytes] | None] = SimpleQueue()
        # Not of our group: Ctrl-C is for who started it. One thread each: there are as many processes as cores.
        one = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", PROGRAM, str(ROOT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | one,
            process_group=None if os.name == "nt" else 0,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._write, self._read)]
        for thread in self._threads:
            thread.start()

    def ask(self, kind: bytes, number: int, data: bytes) -> None:
        """Send a frame; does not wait."""
        self._asked.put((kind, number, data))

    def answer(self, seconds: float) -> tuple[int, bytes] | None:
        """The next answer: number of the block and what it holds; None where none came in time. Raises EOFError when the process
        has ended.
        """
        try:
            found = self._answers.get(timeout=seconds)
        except Empty:
            return None
        if found is None:
            raise EOFError
        return found[1], found[2]

    def how_it_ended(self) -> str:
        """Words for the end of a process that has ended."""
        with suppress(subprocess.TimeoutExpired):
            code = self._process.wait(timeout=5)
            return f"signal {-code}" if code < 0 else f"code {code}"
        return "its pipe was closed"

    def close(self) -> None:
        """End it, whatever it is doing."""
        self._asked.put(None)
        self._process.kill()
        self._process.wait()
        for thread in self._threads:
            thread.join()

    def _write(self) -> None:
        pipe = cast("IO[bytes]", self._process.stdin)
        with suppress(OSError, ValueError), pipe:
            while (frame := self._asked.get()) is not None:
                _send(pipe, *frame)

    def _read(self) -> None:
        pipe = cast("IO[bytes]", self._process.stdout)
        with suppress(OSError, ValueError), pipe:
            while (frame := _received(pipe)) is not None:
                self._answers.put(frame)
        self._answers.put(None)


def _send(pipe: IO[bytes], kind: bytes, number: int, data: bytes) -> None:
    pipe.write(_HEAD.pack(kind, number, len(data)))
    pipe.write(data)
    pipe.flush()


def _received(pipe: IO[bytes]) -> tuple[bytes, int, bytes] | None:
    """None at the end, also at one within a frame."""
    head = pipe.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    kind, number, size = _HEAD.unpack(head)
    data = pipe.read(size)
    return (kind, number, data) if len(data) == size else None
