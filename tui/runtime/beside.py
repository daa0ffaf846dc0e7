"""Reading beside the screens: in a thread, and what was read handed on in the thread of the screens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from textual.widget import Widget
from textual.worker import get_current_worker

from engine.errors import Cancelled, NotFound, OddkinError
from engine.untrusted import visible

T = TypeVar("T")


def beside(
    pane: Widget, group: str, read: Callable[[], T], then: Callable[[T], object], *, gone: type[OddkinError] = NotFound
) -> None:
    """Call `read` in a thread, and `then` with what it returned.

    Of a group only the newest reading counts: what an older one finds is dropped. That something is `gone` meanwhile (a case was
    removed, a host linked anew) is no news, for who took it away has the screens read again; any other error is said.
    """

    def work() -> None:
        worker = get_current_worker()
        call: tuple[Any, ...]
        try:
            call = then, read()
        except (gone, Cancelled):
            return
        except OddkinError as error:
            call = _say, pane, error
        if not worker.is_cancelled:
            pane.call_later(*call)

    pane.run_worker(work, group=group, thread=True, exclusive=True, exit_on_error=False)


def _say(pane: Widget, error: OddkinError) -> None:
    pane.notify(visible(f"{error.message} {error.remedy}".strip()), title=error.title, severity="error", markup=False)
