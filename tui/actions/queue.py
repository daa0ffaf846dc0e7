"""The queue of `oddkin rank` in one of its orders. At module level nothing heavy: the command line's help reads `By`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.base.views import LearntPlace, QueueRow, ScoreView
    from store.queue.filter import QueueFilter
    from tui.shell.session import Session


class By(StrEnum):
    """Orders of the queue."""

    LEARNT = "learnt"
    DETECTOR = "detector"
    DIVERSE = "diverse"
    UNCERTAIN = "uncertain"


def lines(
    session: Session, case: str, wanted: QueueFilter, by: By, after: int, limit: int, *, findings: bool
) -> Sequence[QueueRow]:
    """Rows in one of the orders. Says so where verdicts have not taught enough for it."""
    from store.queue.finding_positions import FindingSource
    from store.queue.order import DIVERSE, LEARNT, UNCERTAIN
    from store.queue.positions import QueueSource, with_place

    workspace = session.workspace
    index = workspace.learnt.index(case)
    order = {By.DIVERSE: DIVERSE, By.UNCERTAIN: UNCERTAIN}.get(by, LEARNT)
    if order is not LEARNT and (index is None or order.name not in index.asks):
        few = " 20 malicious and 20 other verdicts are needed first." if order is UNCERTAIN else ""
        session.out.say(f"The verdicts so far teach no order {order.name}; this is the learnt one.{few}")
        order = LEARNT
    if index is None or by is By.DETECTOR:
        pages = workspace.findings if findings else workspace.queue
        return tuple(with_place(row, index) for row in pages.page(case, wanted, after=after, limit=limit))
    source = (FindingSource if findings else QueueSource)(workspace, workspace.learnt, case, wanted, order)
    source.load(stop=lambda: source.count() >= after + limit)
    return source.rows(after, after + limit)


def say_what_labels_did(session: Session, case: str) -> None:
    """One line more under the table where there is a learnt order, and what may be left to find."""
    from tui.words.learnt_words import stop_words

    index = session.workspace.learnt.index(case)
    if index is not None:
        told = (str(index.metrics.get("sentence") or ""), stop_words(index.metrics))
        session.out.say("Labels: " + "  ".join(text for text in told if text) + "  See: oddkin labels effects")


def learnt_place(session: Session, case: str, score: ScoreView | None) -> tuple[LearntPlace | None, str]:
    """What labels made of a chain, and the labelled chain behind that in words. Nothing where another model scored it."""
    from tui.actions.chain_story import cause_of

    workspace = session.workspace
    if score is None or score.model_id != workspace.vault.in_use(case):
        return None, ""
    index = workspace.learnt.index(case)
    if index is None:
        return None, ""
    if workspace.learnt.standing(case).stale:
        session.out.say("Verdicts have changed since the queue was re-ordered; oddkin rank does it.")
    place = index.at(score.rank)
    return place, cause_of(workspace, case, place)
