"""What the shipped sequence model says of chains of a case: information beside the score, which moves nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from store.workspace import Workspace

if TYPE_CHECKING:
    from engine.classifier.given.item import Given
    from engine.classifier.published.answers import Answer


def items_of(workspace: Workspace, case: str) -> Iterator[Given]:
    """Every chain of a case by its rank, with its verdict as its class: malicious is abnormal, other verdicts are not.

    Raises NotFound when nothing was scored.
    """
    from engine.classifier.given.item import Given
    from engine.domain.verdicts import Verdict
    from store.queue.pages import PAGE

    after = 0
    while rows := workspace.queue.page(case, after=after, limit=PAGE):
        for row in rows:
            abnormal = None if row.verdict is None else Verdict.of(row.verdict).malicious
            yield Given(row.rank, tuple(row.steps), abnormal)
        after = rows[-1].rank


def answers_of(chains: Sequence[Sequence[str]]) -> list[Answer]:
    """Of some chains, root first."""
    from engine.classifier.published.answers import answers
    from engine.classifier.published.shipped import shipped

    return answers(shipped().model, chains)
