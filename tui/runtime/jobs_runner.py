"""One job at a time, beside the screens: starts it in a thread, throttles its steps, tells how it ended."""

from __future__ import annotations

import contextvars
import threading
import time
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from engine.errors import Cancelled, OddkinError
from engine.progress import CancelToken, Run, Step, throttle
from store.base.errors import refused
from tui.actions.job import Job
from tui.runtime.messages import JobEnded, JobStarted, JobStepped, Outcome

if TYPE_CHECKING:
    from textual.app import App
    from textual.message import Message

STEPS_PER_SECOND = 10.0
NOTHING = "nothing is changed"
"""What a job leaves that was stopped; those that leave something say it when they are started."""


def telling(post: Callable[[Message], object], news: Message, job: Job) -> Job:
    """The job, and `news` posted once it is done: whatever screen started it, everybody hears of it."""

    def told(run: Run) -> Any:
        result = job(run)
        post(news)
        return result

    return told


class JobRunner:
    """Runs jobs for an application; its methods belong to the application's thread.

    A thread of our own and not a Textual worker: a worker that was cancelled counts as over while its thread still
    works, and the event loop waits for its thread without limit when the application ends.
    """

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._token = CancelToken()
        self._thread: threading.Thread | None = None
        self.running: str | None = None
        """Name of the job that runs."""
        self.left = NOTHING
        """What it leaves when it is stopped."""
        self.step: Step | None = None
        """Its last step; screens that come later begin with it."""
        self.started_s = 0.0
        """time.monotonic() at its start."""

    def start(self, name: str, function: Job, left: str = NOTHING) -> bool:
        """Run `function(run)`; False when a job runs already. What it returns comes with `JobEnded`.

        left: what it leaves when it is stopped.
        """
        if self.running is not None:
            return False
        self.running, self.left, self.step, self.started_s = name, left, None, time.monotonic()
        self._token = CancelToken()
        # Messages are made in the job's thread, and Textual finds out by context variables who sent them.
        run = contextvars.copy_context().run
        self._thread = threading.Thread(
            target=run, args=(self._run, name, function, self._token), name=f"oddkin {name}", daemon=True
        )
        self._app.post_message(JobStarted(name))
        self._thread.start()
        return True

    def cancel(self) -> None:
        """Ask the job to stop; `JobEnded` tells when it did."""
        self._token.cancel()

    def join(self, timeout: float) -> bool:
        """Wait for the thread; False when it still works."""
        if self._thread is not None:
            self._thread.join(timeout)
        return self._thread is None or not self._thread.is_alive()

    def _run(self, name: str, function: Job, token: CancelToken) -> None:
        def told(step: Step) -> None:
            self.step = step
            self._app.post_message(JobStepped(name, step))

        outcome: Outcome = "done"
        result: Any = None
        problem: OddkinError | None = None
        try:
            result = function(Run(throttle(told, STEPS_PER_SECOND), token))
        except Cancelled as error:
            outcome, problem = "cancelled", error
        except OddkinError as error:
            outcome, problem = "failed", error
        except OSError as error:
            outcome, problem = "failed", refused(error)
        except Exception as error:
            # Our own mistake must not take the screens down, and must not look like the user's either.
            self._app.log.error(traceback.format_exc())
            outcome = "failed"
            problem = OddkinError(f"{type(error).__name__}: {error}", remedy="This is a mistake of oddkin's; please report it.")
            problem.__cause__ = error
        # Before the message: who hears of the end may start the next job.
        self.running = None
        self._app.post_message(JobEnded(name, outcome, result, problem, self.left))
