"""Streams of the command line: data on stdout, everything for a person on stderr.

Sentences for a person become lines here and nowhere else (`as_lines`). Rich consoles with markup off: log text that looks
like `[red]` or `[link=…]` is printed as it is. No escape sequence is written when the stream is no
terminal, with --no-color and with NO_COLOR.
"""

from __future__ import annotations

import errno
import io
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO, cast

from engine.progress import CancelToken, Run
from engine.untrusted import visible
from tui.shell.interrupt import interruptible
from tui.shell.progress_view import ProgressView

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from engine.errors import OddkinError

GOES_ON = "What was finished is kept; the same command again goes on from there."
"""What is told about an interrupted ingest; other jobs say their own."""
TOLD = re.compile(r"(?<![\w/.-])oddkin (?!demo|formats|starter)[a-z]")
"""A command of a workspace, in a sentence."""
PLAIN_WIDTH = 160
"""Columns of tables that go into a pipe or a file: wide enough that paths are not cut for grep."""


class Output:
    """Where a command writes. Tests replace the streams."""

    def __init__(
        self, *, quiet: bool = False, no_color: bool = False, stdout: TextIO | None = None, stderr: TextIO | None = None
    ) -> None:
        self.quiet = quiet
        self.no_color = no_color or bool(os.environ.get("NO_COLOR"))
        self.token = CancelToken()
        self.options = ""
        """What stood before the command (`-w PATH`) and has to stand before those that are told, too."""
        self.stdout = stdout or sys.stdout or _closed_stdout()
        self.stderr = stderr or sys.stderr or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
        for stream in (self.stdout, self.stderr):
            # A C locale or a Windows code page must not kill a run over one character of evidence.
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")

    def console(self, stream: TextIO) -> Console:
        """A Rich console on a stream: as wide as the terminal, PLAIN_WIDTH elsewhere."""
        from tui.shell.streams import console_for

        return console_for(stream, plain=self.no_color, width=None if stream.isatty() else PLAIN_WIDTH)

    def data(self, text: str) -> None:
        """One line of data for a program, as it is: callers escape for their format."""
        self.stdout.write(text + "\n")

    def show(self, renderable: RenderableType) -> None:
        """A table or a styled text as data."""
        self.console(self.stdout).print(renderable)

    def line(self, *lines: str) -> None:
        """Data for a person: one line each, whatever is in it."""
        self.stdout.write(as_lines(*lines))

    def say(self, *lines: str) -> None:
        """A message for a person, one line each; silent with --quiet."""
        if not self.quiet:
            self._tell(as_lines(*lines, *self._with_options(*(line for line in lines if line.startswith("Next: ")))))

    def complain(self, error: OddkinError) -> None:
        """An error: always shown, title first, remedy last."""
        remedy = [f"  → {error.remedy}", *self._with_options(error.remedy)] if error.remedy else []
        self._tell(as_lines(f"{error.title}: {error.message}", *remedy))

    def _with_options(self, *told: str) -> list[str]:
        """Commands are told without the workspace; where it was named, they would look into another one."""
        return [f"    each as here: oddkin {self.options} …"] if self.options and any(map(TOLD.search, told)) else []

    def warn(self, text: str) -> None:
        """What makes the result mean something else than it seems: shown with --quiet too."""
        self._tell(as_lines(f"Warning: {text}"))

    def _tell(self, text: str) -> None:
        # A full disk behind stderr must not end the work that is being told about.
        with suppress(OSError):
            self.stderr.write(text)

    @property
    def interactive(self) -> bool:
        """Whether a question would be seen, and could be answered."""
        return self.stderr.isatty() and sys.stdin is not None and sys.stdin.isatty()

    def binary(self) -> BinaryIO:
        """The same stdout for bytes; what was written as text before comes first."""
        self.stdout.flush()
        if not hasattr(self.stdout, "buffer"):
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return self.stdout.buffer

    def finish(self) -> None:
        """Hand everything to the system now: an error here can still be told, Python's own flush at exit cannot."""
        self.stdout.flush()

    @contextmanager
    def progress(self, stopped: str = GOES_ON) -> Iterator[Run]:
        """Around a job: its progress is drawn, and Ctrl-C asks its token to stop it. `stopped` says what then became of it."""
        with interruptible(self.token, stopped), self._view() as view:
            yield Run(view.listener, self.token)

    def _view(self) -> ProgressView:
        """A bar on a terminal, a line per stage elsewhere, nothing with --quiet. A bar moves the cursor: none with NO_COLOR."""
        from tui.shell.progress_view import BarView, LineView, NoView

        if self.quiet:
            return NoView()
        bar = self.stderr.isatty() and not self.no_color
        return BarView(self.console(self.stderr)) if bar else LineView(self.say)


def _closed_stdout() -> TextIO:
    from tui.shell.streams import ClosedStream

    return cast("TextIO", ClosedStream())


def as_lines(*lines: str) -> str:
    """Each as exactly one line, escaped as a whole: sentences hold names of files, hosts, cases and models, and a name may
    have a line break. So a line of ours is an argument and never a character, and no value can begin one.
    """
    return "".join(f"{visible(line)}\n" for line in lines)
