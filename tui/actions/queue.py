"""The queue in one of its orders. At module level nothing heavy: the command line's help reads `By`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.base.views import QueueRow
    from store.queue.filter import QueueFilter
    from store.workspace import Workspace


class By(StrEnum):
    """Orders of the queue."""

    LEARNT = "learnt"
    DETECTOR = "detector"
    DIVERSE = "diverse"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Lines:
    """Rows of the queue."""

    rows: Sequence[QueueRow]
    untaught: By | None = None
    """The order that was asked for, where verdicts have not taught enough for it: the rows are in the learnt one."""


def lines(workspace: Workspace, case: str, wanted: QueueFilter, by: By, after: int, limit: int, *, findings: bool) -> Lines:
    """Rows in one of the orders, behind the first `after` (by detector: behind that rank)."""
    from store.queue.finding_positions import FindingSource
    from store.queue.order import DIVERSE, LEARNT, UNCERTAIN
    from store.queue.positions import QueueSource, with_place

    index = workspace.learnt.index(case)
    order = {By.DIVERSE: DIVERSE, By.UNCERTAIN: UNCERTAIN}.get(by, LEARNT)
    untaught = None
    if order is not LEARNT and (index is None or order.name not in index.asks):
        order, untaught = LEARNT, by
    if index is None or by is By.DETECTOR:
        pages = workspace.findings if findings else workspace.queue
        rows = pages.page(case, wanted, after=after, limit=limit)
        return Lines(tuple(with_place(row, index) for row in rows), untaught)
    source = (FindingSource if findings else QueueSource)(workspace, workspace.learnt, case, wanted, order)
    source.load(stop=lambda: source.count() >= after + limit)
    return Lines(source.rows(after, after + limit), untaught)
