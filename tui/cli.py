"""Entry point of the console script: almost nothing is imported before a Ctrl-C can end the program without a traceback."""

from __future__ import annotations

import io
import os
import signal
import sys

INTERRUPTED = 130
"""ExitCode.INTERRUPTED, which is not imported here: what is imported before the handlers stand is not covered by them."""

ASKING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""Somebody asks the process to end, or its terminal is gone (Windows has no such signal). tui.shell.interrupt has them too."""


def _interrupt(_signum: int, _frame: object) -> None:
    raise KeyboardInterrupt


def main() -> None:
    """Run the command line; Ctrl-C, SIGTERM and SIGHUP end it with 130 wherever they find it."""
    try:
        # As Ctrl-C: locks, transactions and temporary files are given back on the way out. A signal that the parent set to be
        # ignored (nohup) stays ignored.
        for name in ASKING:
            if signal.getsignal(name) is signal.SIG_DFL:
                signal.signal(name, _interrupt)
        _occupy_standard_descriptors()
        _write_utf8_where_nobody_looks()
        from tui.command_line import app

        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _occupy_standard_descriptors() -> None:
    """With stdout closed (`>&-`) the next file opened would be number 1, and a library's print would write into it."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _write_utf8_where_nobody_looks() -> None:
    """A file or a pipe gets UTF-8 and line ends as they are written, whatever the code page: it is read elsewhere. A terminal
    keeps its own encoding; what that lacks is written as an escape (tui.shell.console), since one character must not end a run.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and not stream.isatty():
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="")


if __name__ == "__main__":
    main()
