"""Background readings of which only the newest matters, one at a time.

A worker that is "exclusive" is not: Textual cannot stop a thread, so each new request for the figures of a large case adds
another query to those that still run, and twenty verdicts in a row leave twenty of them counting the same rows.
"""

from __future__ import annotations

from collections.abc import Callable


class SingleFlight:
    """Starts a reading when it is asked for, or once more after the one that runs. Belongs to the UI's thread.

    Whoever handles the end of a reading, good or bad, calls `landed`.
    """

    def __init__(self, start: Callable[[], object]) -> None:
        self._start = start
        self._flying = False
        self._again = False

    def ask(self) -> None:
        """Something changed: read, now or next."""
        if self._flying:
            self._again = True
        else:
            self._flying = True
            self._start()

    def landed(self) -> bool:
        """The reading has ended. False when another one was asked for meanwhile, which starts now: this one is stale."""
        again, self._flying, self._again = self._again, False, False
        if again:
            self.ask()
        return not again
