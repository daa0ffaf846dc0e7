"""What verdicts did, told by the commands that change them or show the queue: re-ordered at once, said in a line or two."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.progress import Run
    from store.learnt.changes import LearntChange
    from tui.actions.rerank import Reranked
    from tui.shell.session import Session


def reranked(session: Session, case: str) -> Reranked | None:
    """Re-rank where something has changed. Raises NotFound when nothing was scored."""
    from tui.actions.rerank import Reranker

    @contextmanager
    def watched() -> Iterator[Run]:
        with session.out.progress("The verdicts are kept; the queue is not re-ordered yet.") as run:
            # In a script that labels a hundred chains two lines of progress each would only hide what is said of them.
            yield run if session.out.interactive else run.quiet()

    return Reranker(session.workspace).bring_up_to_date(case, watched)


def reranked_where_possible(session: Session, case: str) -> LearntChange | None:
    """The same, but what goes wrong is told and no more: verdicts are kept and the queue is there, whatever its order."""
    from engine.errors import Cancelled, NotFound, OddkinError

    try:
        done = reranked(session, case)
    except NotFound:
        return None  # labelled before anything was scored
    except Cancelled:
        raise
    except OddkinError as error:
        session.out.warn(f"The queue was not re-ordered by its verdicts: {error.message}")
        return None
    return done.change if done is not None else None


@contextmanager
def telling_classifier(session: Session, case: str) -> Iterator[None]:
    """Around a change of verdicts: says when it retired a classifier, or brought one back."""
    from tui.words.learnt_words import retired_words

    vault = session.workspace.vault
    before = vault.in_use(case, "classifier")
    yield
    if said := retired_words(before, vault.in_use(case, "classifier")):
        session.out.say(said)


def tell_what_moved(session: Session, case: str) -> None:
    """After a verdict: what it did to the queue."""
    from engine.errors import NotFound
    from tui.words.learnt_words import change_words

    moved = reranked_where_possible(session, case)
    if said := change_words(moved):
        session.out.say(f"What that does to the queue: {said}.")
    try:
        index = session.workspace.learnt.index(case)
    except NotFound:
        return
    if moved is not None and index is not None and index.metrics.get("sentence"):
        session.out.say(str(index.metrics["sentence"]))
