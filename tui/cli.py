"""Entry point of the console script: almost nothing is imported before a Ctrl-C can end the program without a traceback."""

from __future__ import annotations

import os
import signal
import sys

INTERRUPTED = 130
"""ExitCode.INTERRUPTED, which is not imported here: what is imported before the handlers stand is not covered by them."""


def _interrupt(_signum: int, _frame: object) -> None:
    raise KeyboardInterrupt


def main() -> None:
    """Run the command line; Ctrl-C and SIGTERM end it with 130 wherever they find it."""
    try:
        # SIGTERM as Ctrl-C: locks, transactions and temporary files are given back on the way out. A signal that the parent
        # set to be ignored (nohup) stays ignored.
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, _interrupt)
        _occupy_standard_descriptors()
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


if __name__ == "__main__":
    main()
