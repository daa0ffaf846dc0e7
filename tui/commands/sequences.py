"""What `oddkin classify` does without a case's verdicts: answer sequences, make the published model anew, ask it about a case."""

from __future__ import annotations

import csv
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import typer

from engine.errors import InputError, StoreError, UsageError
from engine.untrusted import visible
from tui.shell.session import ExitCode, Session
from tui.words import sequence_words as words

if TYPE_CHECKING:
    from engine.classifier.given.item import GivenSequence
    from engine.classifier.published.figures import Outcome
    from engine.classifier.published.make import Made
    from engine.jobs.sequences import Answered, Asked
    from store.workspace import Workspace

STDIN = "-"
TOLD = 20
"""Unreadable lines that are named one by one."""
ANY_SIZE = 1 << 62
"""Bytes of a file of sequences: it is read line by line."""
MEANT_IN_A_CASE = re.compile(r"[FfPp]\d+(/\d+)?\Z")
"""How findings, incidents and processes are called."""
NEW_FOLDER = "Name a new folder."
DRAWN = 1000
"""Rows of a table; CSV and JSON lines have all."""


class SequenceForm(StrEnum):
    """How to print answers."""

    TABLE = "table"
    CSV = "csv"
    JSONL = "jsonl"
    JSON = "json"
    """Of a classifier that is taught: its whole account."""


ROWS = frozenset({SequenceForm.CSV, SequenceForm.JSONL})
"""A row for each sequence."""


@dataclass(frozen=True, slots=True)
class Maker:
    """How the model is made where it is not the shipped one."""

    seed: int
    steps: int | None
    threads: int

    @property
    def wanted(self) -> bool:
        """Whether another model than the shipped one is asked for."""
        from engine.classifier.published.recipe import PaperRecipe

        shipped = PaperRecipe()
        return (self.seed, self.threads) != (shipped.seed, shipped.threads) or self.steps is not None

    def make(self, session: Session) -> Made:
        """Train it: some seconds."""
        from dataclasses import replace

        from engine.classifier.published.make import make
        from engine.classifier.published.recipe import PaperRecipe

        recipe = replace(PaperRecipe(), seed=self.seed, threads=self.threads)
        recipe = recipe if self.steps is None else replace(recipe, batches=self.steps)
        import torch  # noqa: F401 - seconds, before a job owns Ctrl-C: imports look at no token

        with session.out.progress("Nothing was changed.") as run:
            return make(recipe, run)

    def model(self, session: Session) -> Made:
        """The shipped one, or one made anew."""
        from engine.classifier.published.shipped import shipped

        return self.make(session) if self.wanted else shipped()


def answer(session: Session, source: str, maker: Maker, leaf_first: bool | None, form: SequenceForm) -> None:
    """A file, `-`, or a sequence as text. Raises UsageError for what is none of them; ends with 3 where some was unreadable."""
    from engine.classifier.given.files import NoText, read
    from engine.classifier.given.item import GivenSequence
    from engine.classifier.given.text import steps_of
    from engine.jobs.sequences import ask
    from engine.readers.tables.sequence_text import NotASequence

    whole = is_file(source)
    made = maker.model(session)
    session.out.say(words.model_words(made.manifest))
    if not whole:
        try:
            items = iter([GivenSequence(1, steps_of(source))])
        except NotASequence as error:
            raise UsageError(f"That is no sequence: {error}.", remedy="Write systemd -> httpd -> bash.") from error
        asked = ask(items, made.model, leaf_first)
        print_answers(session, asked, "the argument", f"One sequence, {asked.direction}.", form)
        return
    with opened(source) as stream, session.out.progress("What was printed is right.") as run:
        try:
            reading = read(stream, named(source))
        except NoText as error:
            session.out.complain(error)
            raise typer.Exit(ExitCode.UNREADABLE_INPUT) from None
        asked = ask(reading.items, made.model, leaf_first, run)
        print_answers(session, asked, named(source), f"Read as {reading.told}; {asked.direction}.", form)


def is_file(source: str) -> bool:
    """Whether the argument names a file; a text that is plainly a sequence is none unless there is a file of that name."""
    from engine.classifier.given.text import is_divided

    if source == STDIN:
        return True
    try:
        if Path(source).exists():
            return True
    except (OSError, ValueError):  # too long for a name, or with a NUL in it
        pass
    if is_divided(source) or "," in source:
        return False
    if MEANT_IN_A_CASE.match(source):
        message = f"{source} would be of a case, and this classifies files and sequences."
        raise UsageError(message, remedy=f"What is in a case: oddkin show {source}")
    raise UsageError(
        f"{visible(source, 200)} is neither a file that is there nor a sequence.",
        remedy="A sequence has at least two steps: systemd -> bash. For one step: \"['bash']\".",
    )


def named(source: str) -> str:
    """As messages call it."""
    return "standard input" if source == STDIN else source


@contextmanager
def opened(source: str) -> Iterator[BinaryIO]:
    """The bytes of a file, or of standard input."""
    if source == STDIN:
        if sys.stdin is None:
            raise InputError("Standard input is closed.", remedy="Name a file.")
        yield sys.stdin.buffer
        return
    from engine.small_files import checked

    path = checked(Path(source), ANY_SIZE)
    try:
        stream = path.open("rb")
    except OSError as error:
        raise InputError(f"{source}: {error.strerror or error}.", file=source, remedy="May you read it?") from error
    with stream:
        yield stream


def print_answers(session: Session, asked: Asked, name: str, told: str, form: SequenceForm) -> None:
    """Answers as data, what was taken and what could not be read as messages."""
    session.out.say(told)
    rows = readable(session, asked, name)
    if form is SequenceForm.TABLE:
        print_table(session, rows)
    else:
        write_rows(session, rows, form)
    tally = asked.tally
    if not tally.count and not tally.unread:
        raise InputError(f"{name} has no sequence in it.", file=name, remedy="Read are: one sequence a line, CSV, JSON.")
    for line in words.tally_words(tally) if tally.count else ():
        session.out.say(line)
    say_figures(session, asked, form)
    if tally.unread:
        session.out.warn(f"{tally.unread:,} lines or elements could not be read, or their classes could not.")
        session.out.finish()
        raise typer.Exit(ExitCode.UNREADABLE_INPUT)


def readable(session: Session, asked: Asked, name: str) -> Iterator[Answered]:
    """The answered ones; the others are told with their place, the first of them."""
    from engine.classifier.given.item import NoSequence

    told = 0
    for one in asked.rows:
        trouble = one.reason if isinstance(one, NoSequence) else one.trouble
        if trouble:
            told += 1
            if told <= TOLD:
                session.out.warn(f"{visible(name, 200)}, {one.place:,}: {visible(trouble, 300)}")
            elif told == TOLD + 1:
                session.out.warn("More follow; they are counted at the end.")
        if not isinstance(one, NoSequence):
            yield one


def print_table(session: Session, rows: Iterator[Answered], *, short: bool = False) -> None:
    """For eyes; the first DRAWN. short: without folders."""
    from tui.render import sequences

    drawn: list[Answered] = []
    more = 0
    for one in rows:
        if len(drawn) < DRAWN:
            drawn.append(one)
        else:
            more += 1
    if drawn:
        session.out.show(sequences.answers_table(drawn, short=short))
    if more:
        session.out.say(f"{more:,} more are not drawn; --format csv and jsonl print all of them.")


def write_rows(session: Session, rows: Iterator[Answered], form: SequenceForm) -> None:
    """For programs, as they are answered."""
    from tui.render import sequences

    if form is SequenceForm.JSONL:
        for one in rows:
            session.out.data(sequences.as_json(one))
        return
    writer = csv.writer(session.out.stdout, lineterminator="\n")
    writer.writerow(sequences.COLUMNS)
    for one in rows:
        writer.writerow(sequences.as_row(one))


def say_figures(session: Session, asked: Asked, form: SequenceForm) -> None:
    """Against the classes that stood beside the sequences."""
    figures = asked.tally.figures()
    if figures is not None:
        session.out.say(f"Against the {figures.count:,} known classes: {words.figure_words(figures)}")
        say_confusion(session, figures, form)


def say_confusion(session: Session, figures: Outcome, form: SequenceForm) -> None:
    """What sequences are and what they are called: a table where data is for eyes, else a message."""
    from tui.render import sequences

    if form is SequenceForm.TABLE:
        session.out.show(sequences.confusion_table(figures))
    else:
        sides = ("Abnormal", figures.hits, figures.missed), ("normal", figures.passed, figures.false)
        session.out.say("; ".join(f"{name}: {right:,} called so, {wrong:,} not" for name, right, wrong in sides))


def make_published(session: Session, folder: Path, maker: Maker) -> None:
    """Train the model that ships, print how it was judged, and write it into a new or empty folder. Raises StoreError."""
    from engine.classifier.published.shipped import save

    check_new(folder, session.workspace_path)
    made = maker.make(session)
    tell_made(session, made)
    folder.mkdir(parents=True, exist_ok=True)
    save(made, folder)
    session.out.data(str(folder))


def check_new(folder: Path, workspace: Path) -> None:
    """Raises StoreError for what is no new or empty folder in which one may write, and for a workspace; before any work."""
    from store.base.database import DATABASE

    if (folder / DATABASE).exists() or folder.resolve() == workspace.resolve():
        raise StoreError(f"{folder} is a workspace.", remedy=NEW_FOLDER)
    if os.path.lexists(folder) and not folder.is_dir():
        raise StoreError(f"{folder} is there already, and no folder.", remedy=NEW_FOLDER)
    if folder.is_dir() and any(folder.iterdir()):
        raise StoreError(f"{folder} is there already, and not empty.", remedy=NEW_FOLDER)
    there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise StoreError(f"{folder} cannot be made: {there} is no folder in which you may write.", remedy=NEW_FOLDER)


def tell_made(session: Session, made: Made, form: SequenceForm = SequenceForm.TABLE) -> None:
    """How the model was judged on what was held out."""
    from engine.classifier.published.figures import Outcome

    counts = made.manifest["sequences"]
    session.out.say(
        words.model_words(made.manifest),
        f"{counts['removed_as_tests']:,} that are among the ten tests were removed; {counts['in_both_parts']:,} are in both"
        f" parts; {counts['contradicting']:,} different ones were made as normal and as abnormal",
    )
    say_confusion(session, Outcome.from_dict(made.manifest["held_out"]), form)


def print_ten(session: Session, maker: Maker) -> None:
    """The published repository's ten test sequences, beside what its released model says."""
    from engine.classifier.published.answers import answers
    from engine.classifier.published.ten import RELEASED_NAMES, SOURCE, TEN
    from tui.render import sequences

    made = maker.model(session)
    given = answers(made.model, [one.steps for one in TEN])
    tell_made(session, made)
    session.out.show(sequences.ten_table(TEN, given))
    same = sum(one.released == (answer.called == "abnormal") for one, answer in zip(TEN, given, strict=True))
    session.out.say(
        f"{SOURCE}, which prints no classes: by its names is our reading. The released model's answers were measured once with"
        f" its own files. It knows {RELEASED_NAMES} names, xmrig is none of them, and it drops what it does not know.",
        f"This model and the released one agree on {same} of {len(TEN)}.",
    )


def ask_case(session: Session, case: str, maker: Maker, form: SequenceForm) -> None:
    """What the published model says of every chain of a case, against its verdicts; it moves nothing."""
    from engine.jobs.sequences import ask

    made = maker.model(session)
    tell_made(session, made, form)
    items = chains_of(session.workspace, case)
    with session.out.progress("Nothing was changed.") as run:
        asked = ask(items, made.model, leaf_first=False, run=run)
        rows = list(readable(session, asked, case))
    if form is SequenceForm.TABLE:
        best = sorted(rows, key=lambda one: -one.answer.log_odds)[:20]
        print_table(session, iter(best), short=True)
        session.out.say(f"The {len(best)} most abnormal of {len(rows):,} chains; place is the chain's rank. --format csv: all")
    else:
        write_rows(session, iter(rows), form)
    for line in words.tally_words(asked.tally):
        session.out.say(line)
    say_figures(session, asked, form)
    session.out.say(words.MOVES_NOTHING, "show CHAIN and rank --chains --format csv tell the shipped model's answers, too.")


def chains_of(workspace: Workspace, case: str) -> Iterator[GivenSequence]:
    """Every chain of a case by its rank, with its verdict as its class: malicious is abnormal, other verdicts are not.

    Raises NotFound when nothing was scored.
    """
    from engine.classifier.given.item import GivenSequence
    from engine.domain.verdicts import Verdict
    from store.queue.pages import PAGE

    after = 0
    while rows := workspace.queue.page(case, after=after, limit=PAGE):
        for row in rows:
            abnormal = None if row.verdict is None else Verdict.of(row.verdict).malicious
            yield GivenSequence(row.rank, tuple(row.steps), abnormal)
        after = rows[-1].rank
