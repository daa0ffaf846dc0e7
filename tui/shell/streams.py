"""Streams that behave where Python's and Rich's own would end a run badly."""

from __future__ import annotations

import errno
import io
import os
from typing import TextIO

from rich.console import Console


class ClosedStream(io.TextIOBase):
    """stdout of a process that was started without one (`oddkin rank >&-`): there is None, and writing must be an error."""

    def writable(self) -> bool:
        """It claims to be, so that the error comes from the write and says why."""
        return True

    def write(self, text: str) -> int:
        """Raises OSError (EBADF), as the system call would."""
        if text:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return 0


class QuietConsole(Console):
    """Rich ends the process with 1 when a reader goes away (`oddkin rank | head`); for us that is no failure."""

    def on_broken_pipe(self) -> None:
        """Called within the handler of the BrokenPipeError: pass it on, tui.shell.session ends the command with 0."""
        raise  # noqa: PLE0704


def console_for(stream: TextIO, *, plain: bool, width: int | None) -> Console:
    """A console that interprets neither markup nor emoji codes nor highlights in what it is given.

    `plain` keeps every escape sequence out, not only colours: Rich's no_color would still write bold and move the cursor.
    """
    forced = False if plain else None
    return QuietConsole(
        file=stream, markup=False, emoji=False, highlight=False, soft_wrap=False, width=width,
        color_system=None if plain else "auto", force_terminal=forced, force_interactive=forced,
    )  # fmt: skip
