"""What `oddkin label` is about to label, said and asked where it is much; and what verdicts did, told by whoever changes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from engine.errors import Cancelled, NotFound, OddkinError, UsageError
from tui.shell.ask import choose_part, confirm
from tui.shell.choose import chain_of_process, choose_branch, choose_chain, choose_finding, choose_incident, choose_process
from tui.shell.session import Session
from tui.words.triage.presence_words import also_looked_at
from tui.words.words import many, on_hosts

if TYPE_CHECKING:
    from engine.progress import Run
    from store.learnt.changes import LearntChange
    from store.verdicts.extent import Extent, Given
    from tui.actions.rerank import Reranked
    from tui.actions.verdict_question import Question
    from tui.actions.verdict_subject import Named, Narrowed


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


def named(session: Session, case: str, reference: str, narrowed: Narrowed) -> Named:
    """What a reference means with the options that narrow it; tells who else looks at that finding.

    Raises NotFound for what is not there, UsageError for two options at once and where one does not apply.
    """
    found = _named(session, case, reference, narrowed)
    _tell_onlookers(session, case, found)
    return found


def _named(session: Session, case: str, reference: str, narrowed: Narrowed) -> Named:
    from tui.actions import verdict_subject as subjects

    subjects.one_scope(narrowed)
    if (top := choose_branch(session, case, reference)) is not None:
        return subjects.of_branch(top, narrowed)
    if (process := choose_process(session, case, reference)) is not None:
        chain = chain_of_process(session, process) if narrowed.said else None
        return subjects.of_process(process, chain, narrowed)
    if (incident := choose_incident(session, case, reference)) is not None:
        return subjects.of_incident(incident, narrowed)
    if (finding := choose_finding(session, case, reference)) is not None:
        return subjects.of_finding(finding, narrowed)
    return subjects.of_chain(session.workspace, case, choose_chain(session, case, reference), narrowed)


def agreed(session: Session, on: Named, question: Question, *, dry_run: bool, yes: bool, above: bool) -> str | None:
    """Say what the verdict covers, and ask where it has to be asked. Returns "all" or "above" the threshold, None for nothing.

    Raises UsageError where it has to be asked and nobody is there to answer.
    """
    for line in coverage_words(on, question):
        session.out.say(line)
    part = question.above if above else question.everything
    if dry_run or not part.processes:
        nothing = f"None of them is above the threshold. {NOTHING}" if above and question.everything.processes else NOTHING
        session.out.say("Nothing was changed (--dry-run)." if dry_run else nothing)
        return None
    if yes or not question.needed(part):
        return "above" if above else "all"
    if not session.out.interactive:
        less = f"; --yes --above only the {question.above.processes:,} above it" if question.divided and not above else ""
        raise UsageError(
            f"A verdict on {', '.join(question.why(part))}, is asked about, and nobody is here to answer: nothing was labelled.",
            remedy=f"--yes labels them{less}.",
        )
    return _asked(session, question, part, above=above)


def _tell_onlookers(session: Session, case: str, on: Named) -> None:
    from store.verdicts.subject import OfFinding, OfIncident

    on_what = on.subject
    if isinstance(on_what, OfFinding | OfIncident):
        number = on_what.number if isinstance(on_what, OfFinding) else on_what.finding
        if said := also_looked_at(session.workspace.presence.others(case), number):
            session.out.warn(said)


NOTHING = "Nothing was changed."


def _asked(session: Session, question: Question, part: Extent, *, above: bool) -> str | None:
    given = question.verdict or "with nothing"
    what = f"Label {', '.join(question.why(part))}, {given}"
    if above or not question.divided:
        answer = "y" if confirm(f"{what}?") else "n"
    else:
        answer = choose_part(f"{what} (y), only the {question.above.processes:,} above the threshold (a), or nothing (n)?")
    if answer == "n":
        session.out.say(NOTHING)
    return {"y": "above" if above else "all", "a": "above"}.get(answer)


def coverage_words(on: Named, question: Question) -> Iterator[str]:
    """What a verdict would cover, and what it would leave as it is."""
    yield on.shows
    whole, everything = question.extent, question.everything
    given = question.verdict or "without a verdict"
    chains = f" in {many(whole.chains, 'chain')}" if whole.chains else ""
    below = f", {whole.below:,} of them below the threshold" if whole.below else ""
    yield f"  {on.called} {given}: covers {on_hosts(whole.processes, whole.hosts)}{chains}{below}"
    if on.one and len(question.replaced) == 1:
        yield f"  It is {next(iter(question.replaced))} now; that is replaced."
    elif question.replaced:
        yield f"  {_counted(question.replaced)} now; that is replaced."
    if question.skipped:
        yield f"  {_counted(question.skipped)} already and left as they are (--overwrite includes them)."
        if everything.processes:
            yield f"  That leaves {on_hosts(everything.processes, everything.hosts)}."


def _counted(decided: Mapping[str, int]) -> str:
    """3 are benign, 1 is malicious."""
    return ", ".join(f"{count:,} {'is' if count == 1 else 'are'} {verdict}" for verdict, count in decided.items())


def give(session: Session, case: str, on: Named, question: Question, part: str, *, note: str | None, author: str) -> Given:
    """Write the verdict for the part that was agreed on, and say what became of it."""
    labels = session.workspace.labels
    with telling_classifier(session, case):
        done = labels.give(
            case, on.subject, question.verdict, note=note, author=author, above=part == "above", overwrite=question.overwrite
        )
    session.workspace.presence.leave()
    rest = labels.extent(case, on.subject).decided if question.verdict is None else {}
    for line in given_words(question, done, rest):
        session.out.say(line)
    return done


def given_words(question: Question, done: Given, rest: Mapping[str, int]) -> Iterator[str]:
    """What became of it. `rest`: where verdicts were taken away, those that count for the processes now, by what covers more."""
    if not done.batch:
        yield f"{NOTHING[:-1]}: that is the verdict already." if question.verdict else NOTHING
    elif question.verdict is None:
        taken = sum(question.extent.decided.values()) - sum(rest.values())
        yield f"Taken away from {many(taken, 'process', 'processes')}. `oddkin labels undo` brings it back."
    else:
        yield f"Labelled: {on_hosts(done.covers.processes, done.covers.hosts)}. `oddkin labels undo` takes it back."
    if rest:
        yield f"  {_counted(rest)} still, by a verdict on their chain, a variant, a beginning or themselves: oddkin labels list"
    if done.notes:
        yield notes_words(done.notes)


def notes_words(notes: int) -> str:
    """Notes are never lost in silence."""
    return f"{'1 note was' if notes == 1 else f'{notes:,} notes were'} replaced; `oddkin labels history` has what was written."
