"""Streams of the command line: data on stdout, everything for a person on stderr.

Rich consoles with markup off: log text that looks like `[red]` or `[link=…]` is printed as it is. Colours are kept off
when stdout is no terminal, with --no-color and with NO_COLOR.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

from engine.untrusted import visible

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from engine.errors import OddkinError
    from engine.progress import Listener

PLAIN_WIDTH = 160
"""Columns of tables that go into a pipe or a file: wide enough that paths are not cut for grep."""


class Output:
    """Where a command writes. Tests replace the streams."""

    def __init__(
        self, *, quiet: bool = False, no_color: bool = False, stdout: TextIO | None = None, stderr: TextIO | None = None
    ) -> None:
        self.quiet = quiet
        self.no_color = no_color
        self.stdout = stdout or sys.stdout
        self.stderr = stderr or sys.stderr
        for stream in (self.stdout, self.stderr):
            # A C locale or a Windows code page must not kill a run over one character of evidence.
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")

    def console(self, stream: TextIO) -> Console:
        """A Rich console that never interprets markup, emoji codes or highlights in what it is given."""
        from rich.console import Console

        width = None if stream.isatty() else PLAIN_WIDTH
        return Console(
            file=stream, markup=False, emoji=False, highlight=False, no_color=self.no_color or None, soft_wrap=False, width=width
        )

    def data(self, text: str) -> None:
        """One line of data, as it is: callers escape for their format."""
        self.stdout.write(text + "\n")

    def show(self, renderable: RenderableType) -> None:
        """A table or a styled text as data."""
        self.console(self.stdout).print(renderable)

    def say(self, text: str) -> None:
        """A message for a person; silent with --quiet. `text` may hold log content."""
        if not self.quiet:
            self.stderr.write(visible_lines(text) + "\n")

    def complain(self, error: OddkinError) -> None:
        """An error: always shown, title first, remedy last."""
        self.stderr.write(f"{error.title}: {visible_lines(error.message)}\n")
        if error.remedy:
            self.stderr.write(f"  → {visible_lines(error.remedy)}\n")

    def progress(self) -> ProgressView:
        """The progress view of this stream: a bar on a terminal, a line per stage elsewhere, nothing with --quiet."""
        from tui.progress_view import BarView, LineView, NoView

        if self.quiet:
            return NoView()
        return BarView(self.console(self.stderr)) if self.stderr.isatty() else LineView(self.say)


class ProgressView:
    """Context manager whose `listener` draws the steps of a job."""

    listener: Listener

    def __enter__(self) -> ProgressView:
        return self

    def __exit__(self, *_exc: object) -> None:
        return None


Say = Callable[[str], None]


def visible_lines(text: str) -> str:
    """Escape each line on its own: our messages have line breaks, log text inside them has been escaped or is one line."""
    return "\n".join(visible(line) for line in text.split("\n"))
