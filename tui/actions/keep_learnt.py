"""Re-ordering the queue by its verdicts, for commands: done when it is asked for, told in one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.learnt.changes import LearntChange
    from tui.shell.session import Session


def bring_learnt_up_to_date(session: Session, case: str) -> LearntChange | None:
    """Re-rank where verdicts, those of other cases under the same detector, or the classifier in use have changed since.

    Returns what moved, None where nothing had to be done. Raises NotFound when nothing was scored.
    """
    workspace = session.workspace
    if not workspace.learnt.standing(case).stale:
        return None
    workspace.check_writable()
    from engine.jobs.relearn import prepare, relearn
    from engine.progress import silent
    from store.learnt.changes import change

    before = workspace.learnt.index(case)
    with session.out.progress("The verdicts are kept; the queue is not re-ordered yet.") as view:
        # In a script that labels a hundred chains two lines of progress each would only hide what is said of them.
        listener = view.listener if session.out.interactive else silent
        prepared = prepare(case, workspace.teaching, workspace.vault, listener, session.token)
        relearn(case, workspace.teaching, prepared, listener, session.token)
    return change(before, workspace.learnt.index(case))


def learnt_where_possible(session: Session, case: str) -> LearntChange | None:
    """The same, but what goes wrong is told and no more: verdicts are kept and the queue is there, whatever its order."""
    from engine.errors import Cancelled, NotFound, OddkinError

    try:
        return bring_learnt_up_to_date(session, case)
    except NotFound:
        return None  # labelled before anything was scored
    except Cancelled:
        raise
    except OddkinError as error:
        session.out.warn(f"The queue was not re-ordered by its verdicts: {error.message}")
        return None


@contextmanager
def telling_classifier(session: Session, case: str) -> Iterator[None]:
    """Around a change of verdicts: says when it retired a classifier, or brought one back."""
    vault = session.workspace.vault
    before = vault.in_use(case, "classifier")
    yield
    after = vault.in_use(case, "classifier")
    if told := retired_words(before, after):
        session.out.say(told)


def retired_words(before: str | None, after: str | None) -> str:
    """What a change of verdicts did to the classifier in use; "" for nothing."""
    if before == after:
        return ""
    if before is None:
        return f"Classifier {after}, which these verdicts taught, is in use again."
    now = f"{after} is in use again" if after is not None else "none is in use"
    return f"Classifier {before} was taught with verdicts that do not hold any more: {now}."


def tell_what_moved(session: Session, case: str) -> None:
    """After a verdict: what it did to the queue."""
    from engine.errors import NotFound
    from tui.words.learnt_words import change_words

    moved = learnt_where_possible(session, case)
    if told := change_words(moved):
        session.out.say(f"What that does to the queue: {told}.")
    try:
        index = session.workspace.learnt.index(case)
    except NotFound:
        return
    if moved is not None and index is not None and index.metrics.get("sentence"):
        session.out.say(str(index.metrics["sentence"]))
