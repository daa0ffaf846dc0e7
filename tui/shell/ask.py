"""Questions on the command line that one Ctrl-C ends, whenever it comes."""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Collection, Mapping

import typer

from engine.untrusted import visible

YES, NO = {"y", "yes"}, {"", "n", "no"}


def confirm(question: str) -> bool:
    """Ask on stderr, read a line from stdin. Raises typer.Abort at its end, KeyboardInterrupt for a signal."""
    return _answer(f"{question} [y/N]", {"y": YES, "n": NO}) == "y"


def choose_part(question: str) -> str:
    """The same with three answers: "y" for all, "a" for what is above the threshold, "n" (the default) for nothing."""
    return _answer(f"{question} [y/a/N]", {"y": YES, "a": {"a", "above"}, "n": NO})


def _answer(question: str, answers: Mapping[str, Collection[str]]) -> str:
    while True:
        typer.echo(f"{visible(question)}: ", nl=False, err=True)
        _await_line()
        line = sys.stdin.readline()
        if not line:
            raise typer.Abort
        word = line.strip().lower()
        for answer, words in answers.items():
            if word in words:
                return answer
        typer.echo(f"Please answer {' or '.join(answers)}.", err=True)


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
