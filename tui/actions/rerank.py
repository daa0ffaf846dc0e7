"""Re-ordering the queue by its verdicts: where it has to be, again where the case was scored anew meanwhile, in both front ends.

What verdicts do not change (chains, features, what the classifier in use says) is read once and kept; the rest takes
milliseconds for thousands of chains. Who labels on in one session keeps a Reranker, a command makes its own.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import StoreError
from engine.progress import Run

if TYPE_CHECKING:
    from engine.jobs.relearn import Prepared
    from store.learnt.changes import LearntChange
    from store.workspace import Workspace

TRIES = 3
"""A case that is scored again and again meanwhile is left to who scores it last."""
Watched = Callable[[], AbstractContextManager[Run]]
"""Around a re-ranking, begun only where there is something to do: what it reports to, and is stopped by."""


@dataclass(frozen=True, slots=True)
class Reranked:
    """The queue is another one than before."""

    change: LearntChange | None
    """What the newest verdicts did; None where there is nothing to compare with."""


class Reranker:
    """Re-ranks the cases of a workspace, one at a time, in one thread."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._kept: tuple[tuple[object, ...], Prepared] | None = None
        """What the slow part was made from, and what it made."""

    def bring_up_to_date(self, case: str, watched: Watched) -> Reranked | None:
        """Re-rank where verdicts, those of other cases under the same detector, or the classifier in use have changed since.

        None where nothing had to be done. Raises NotFound when nothing was scored, StoreError when it cannot be kept, Cancelled.
        """
        if not self._workspace.learnt.standing(case).stale:
            return None
        self._workspace.check_writable()
        with watched() as run:
            for attempt in range(TRIES):
                try:
                    return self._rerank(case, run)
                except StoreError:
                    self._kept = None  # scored anew meanwhile: read everything again
                    if attempt == TRIES - 1:
                        raise
                    if not self._workspace.learnt.standing(case).stale:
                        break  # somebody else has done it
        return Reranked(None)

    def _rerank(self, case: str, run: Run) -> Reranked:
        from engine.jobs.relearn import relearn
        from store.learnt.changes import change

        workspace = self._workspace
        before = workspace.learnt.index(case)
        relearn(case, workspace.teaching, self._prepared(case, run), run)
        return Reranked(change(before, workspace.learnt.index(case)))

    def _prepared(self, case: str, run: Run) -> Prepared:
        from engine.jobs.relearn import prepare

        workspace = self._workspace
        basis = (case, *workspace.learnt.basis(case))
        if self._kept is None or self._kept[0] != basis:
            self._kept = None  # before the new one is made: both at once may be gigabytes
            self._kept = (basis, prepare(case, workspace.teaching, workspace.vault, run))
        return self._kept[1]
