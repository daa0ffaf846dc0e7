"""Questions on the command line that one Ctrl-C ends, whenever it comes."""

from __future__ import annotations

import os
import select
import signal
import sys

import typer

from engine.untrusted import visible

YES, NO = {"y", "yes"}, {"", "n", "no"}


def confirm(question: str) -> bool:
    """Ask on stderr, read a line from stdin. Raises typer.Abort at its end, KeyboardInterrupt for a signal."""
    while True:
        typer.echo(f"{visible(question)} [y/N]: ", nl=False, err=True)
        _await_line()
        line = sys.stdin.readline()
        if not line:
            raise typer.Abort
        word = line.strip().lower()
        if word in YES or word in NO:
            return word in YES
        typer.echo("Please answer y or n.", err=True)


def _await_line() -> None:
    """Return when the terminal has something to read.

    A signal that comes after Python's last look at its flags and before the system's read begins is noted, and the read
    waits all the same: that Ctrl-C seems lost until the user presses it again. A pipe that the signal's own handler writes
    to ends the wait whenever it came.
    """
    if os.name == "nt" or not sys.stdin.isatty():
        return
    terminal = sys.stdin.fileno()
    woken, waker = os.pipe()
    os.set_blocking(waker, False)
    before = signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    try:
        while terminal not in select.select([terminal, woken], [], [])[0]:
            os.read(woken, 1)  # the handler has run by now, and raises unless it let the question go on
    finally:
        signal.set_wakeup_fd(before)
        os.close(woken)
        os.close(waker)
