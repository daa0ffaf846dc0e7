"""What `oddkin label` is about to label, said and asked where it is much; and what verdicts did, told by whoever changes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import Cancelled, NotFound, OddkinError, UsageError
from tui.actions.verdict_question import ASK_ABOVE, Question, processes
from tui.shell.ask import choose_part, confirm
from tui.shell.choose import choose_chain, choose_finding
from tui.shell.session import Session
from tui.words.words import SHORT_KEY, many, on_hosts, short_chain

if TYPE_CHECKING:
    from engine.progress import Run
    from store.base.views import Coverage
    from store.learnt.changes import LearntChange
    from store.scope.scopes import Scope
    from store.verdicts.extent import Given
    from tui.actions.rerank import Reranked


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


@dataclass(frozen=True, slots=True)
class Subject:
    """What a verdict is for."""

    keys: list[str]
    steps: tuple[str, ...]
    called: str
    scope: Scope
    covers: Coverage
    """All that it would label."""
    question: Question


def subject_of(session: Session, case: str, reference: str, scope: Scope, verdict: str | None, *, overwrite: bool) -> Subject:
    """A chain, with a scope, or the chains of a finding. Raises NotFound; UsageError for a finding with a scope."""
    from store.queue.covered import covered
    from store.scope.scopes import CHAIN

    workspace = session.workspace
    finding = choose_finding(session, case, reference)
    if finding is not None:
        if scope != CHAIN:
            raise UsageError("A finding has no scope: its chains are labelled on all hosts.", remedy="Name one of its chains.")
        keys = list(workspace.findings.chains([finding]))
        steps, called = finding.steps, f"finding {reference.strip().upper()}"
    else:
        found = choose_chain(session, case, reference)
        keys, steps, called = [found.key], found.steps, found.key[:SHORT_KEY]
    one = finding is None and scope.prefix is None
    question = Question(verdict, workspace.labels.extent(case, keys, scope), overwrite, one)
    if one:
        covers = workspace.labels.coverage(case, keys[0], scope)
    else:
        covers = covered(workspace, [chain.chain_id for chain in question.everything])
    return Subject(keys, steps, called, scope, covers, question)


def agreed(session: Session, subject: Subject, *, dry_run: bool, yes: bool, everything: bool) -> str | None:
    """Say what the verdict covers, and ask where that is much. Returns "all" or "above" the threshold, None for nothing.

    Raises UsageError where it is much and nobody is there to be asked.
    """
    question, covers = subject.question, subject.covers
    for line in _coverage_words(subject):
        session.out.say(line)
    if dry_run or not (question.everything or question.one):
        session.out.say("Nothing was changed (--dry-run)." if dry_run else "Nothing was changed.")
        return None
    whole = everything or question.one or len(question.above) == len(question.everything)
    if covers.processes <= ASK_ABOVE or (yes and whole):
        return "all"
    if not whole and not question.above and (yes or not session.out.interactive):
        raise UsageError(
            f"None of the {len(question.everything):,} chains is above the threshold: nothing was labelled.",
            remedy="--yes --all labels them all the same.",
        )
    if yes:
        return "above"
    if not session.out.interactive:
        less = "" if whole else f" the {len(question.above):,} chains above the threshold, --yes --all"
        raise UsageError(
            f"A verdict on {covers.processes:,} processes (more than {ASK_ABOVE}) is asked about, and nobody is here to answer:"
            " nothing was labelled.",
            remedy=f"--yes labels{less} all of them.",
        )
    return _asked(session, subject, whole=whole)


def _asked(session: Session, subject: Subject, *, whole: bool) -> str | None:
    question, given = subject.question, subject.question.verdict or "with nothing"
    if whole or not question.above:
        answer = "a" if confirm(f"Label {subject.covers.processes:,} processes {given}?") else "n"
    else:
        above = f"the {len(question.above):,} chains above the threshold ({processes(question.above):,} processes)"
        answer = choose_part(f"Label only {above} {given}, all {len(question.everything):,} (a), or nothing (n)?")
    if answer == "n":
        session.out.say("Nothing was changed.")
    return {"y": "above", "a": "all"}.get(answer)


def _coverage_words(subject: Subject) -> Iterator[str]:

    question, covers = subject.question, subject.covers
    yield short_chain(subject.steps)
    given = question.verdict or "without a verdict"
    inside = "" if question.one or not question.above else f", {len(question.above):,} of them above the threshold"
    yield (
        f"  {subject.called} {given}: covers {on_hosts(covers.processes, covers.hosts)} in"
        f" {many(covers.chains, 'chain', 'chains')}{inside}"
    )
    if question.one and question.extent.decided:
        yield f"  It is {question.extent.chains[0].verdict} now; that is replaced."
    if question.skipped:
        count = many(question.skipped, "decided chain")
        left = "keeping a verdict of its own" if subject.scope.prefix is not None else "skipped"
        yield f"  {count} {left} (--overwrite includes what is decided)."


def give(session: Session, case: str, subject: Subject, part: str, *, note: str | None, author: str) -> Given:
    """Write the verdict for the part that was agreed on, and say what became of it."""
    question = subject.question
    with telling_classifier(session, case):
        done = session.workspace.labels.give(
            case, subject.keys, question.verdict, scope=subject.scope, note=note, author=author,
            above=part == "above", overwrite=question.overwrite or question.one,
        )  # fmt: skip
    for line in given_words(subject, done):
        session.out.say(line)
    return done


def given_words(subject: Subject, done: Given) -> Iterator[str]:
    """What became of it."""
    if not done.batch:
        yield "That is its verdict already." if subject.question.one else "Nothing was changed: they have that verdict already."
        return
    told = f"{many(len(done.chains), 'chain', 'chains')}, {on_hosts(done.covers.processes, done.covers.hosts)}"
    yield f"Labelled: {told}. `oddkin labels undo` takes it back."
    if done.notes:
        yield notes_words(done.notes)


def notes_words(notes: int) -> str:
    """Notes are never lost in silence."""
    return f"{'1 note was' if notes == 1 else f'{notes:,} notes were'} replaced; `oddkin labels history` has what was written."
