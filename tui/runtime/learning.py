"""Re-ranking beside the screens: after every verdict the queue is made anew from what holds, the newest state only.

In a thread of its own for the reasons of tui/runtime/jobs_runner.py, and not as one of its jobs: a verdict must not be refused
because an export runs, nor hide its bar.
"""

from __future__ import annotations

import contextvars
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from engine.errors import Cancelled, NotFound, OddkinError
from engine.progress import CancelToken, Run
from tui.actions.rerank import Reranker
from tui.runtime.messages import LearningBegan, QueueLearnt
from tui.runtime.single_flight import SingleFlight

if TYPE_CHECKING:
    from textual.app import App
    from textual.timer import Timer

    from tui.runtime.services import Services

LARGE = 100_000
"""Chains from which on a re-ranking takes so long (9 s of processor time for a million) that it can wait a moment more."""
REST_S, REST_LARGE_S = 0.05, 2.0
"""From the last verdict to the re-ranking."""


class Learning:
    """Keeps the learnt queue of the current case up to date. Its methods belong to the UI's thread."""

    def __init__(self, app: App[Any], services: Services) -> None:
        self._app = app
        self._services = services
        self._flight = SingleFlight(self._start)
        self._token = CancelToken()
        self._thread: threading.Thread | None = None
        self._timer: Timer | None = None
        self._reranker = Reranker(services.workspace)

    def ask(self) -> None:
        """Verdicts, scores, the case or the classifier changed. A large case waits until the keys rest."""
        if self._timer is not None:
            self._timer.stop()
        summary = self._services.summary
        large = summary is not None and summary.chains > LARGE
        self._timer = self._app.set_timer(REST_LARGE_S if large else REST_S, self._flight.ask)

    def landed(self) -> None:
        """The news of a re-ranking arrived: begin the next one where something changed meanwhile."""
        self._flight.landed()

    def stop(self, timeout: float) -> None:
        """The application ends: nothing that was half made is kept."""
        self._token.cancel()
        if self._thread is not None:
            self._thread.join(timeout)

    def _start(self) -> None:
        run = contextvars.copy_context().run
        self._thread = threading.Thread(target=run, args=(self._work, self._services.case), name="oddkin learning", daemon=True)
        self._thread.start()

    def _work(self, case: str | None) -> None:
        news = QueueLearnt(case)
        try:
            if case is not None:
                news = self._learn(case)
        except (Cancelled, NotFound):
            pass  # leaving; or nothing was scored, or the case is gone
        except OddkinError as error:
            news = QueueLearnt(case, problem=error.message)
        except Exception as error:
            self._app.log.error(traceback.format_exc())
            news = QueueLearnt(case, problem=f"{type(error).__name__}: {error}; please report it.")
        self._app.post_message(news)

    def _learn(self, case: str) -> QueueLearnt:
        @contextmanager
        def watched() -> Iterator[Run]:
            self._app.post_message(LearningBegan(case))
            yield Run(token=self._token)

        done = self._reranker.bring_up_to_date(case, watched)
        return QueueLearnt(case) if done is None else QueueLearnt(case, done.change, fresh=True)
