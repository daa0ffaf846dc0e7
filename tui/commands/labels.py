"""`oddkin label` and `oddkin labels`: verdicts, undo and redo, moving them between workspaces."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.domain.verdicts import VERDICTS, Verdict
from engine.errors import UsageError
from engine.untrusted import visible
from tui.actions import verdict_words
from tui.actions.train_and_score import THREAT_PRIOR, shipped_starter
from tui.commands.custody.handing import handed_over
from tui.commands.custody.merge import merge_labels
from tui.commands.verdict_news import agreed, give, named, notes_words, reranked, tell_what_moved, telling_classifier
from tui.shell.bounds import LARGEST_SEED, MOST, MOST_SEEDS
from tui.shell.choose import choose_case
from tui.shell.files import text_output
from tui.shell.forms import Form, Format
from tui.shell.no_effect import refuse
from tui.shell.session import ExitCode, Session, command, load_libraries
from tui.words.words import SHORT_KEY, many, when

if TYPE_CHECKING:
    from engine.detector import Detector
    from engine.domain.chains import ChainCorpus
    from engine.domain.processes import ProcessTable
    from engine.jobs.label_curve import LabelCurve
    from engine.measure.known_labels import Label
    from engine.progress import Run
    from store.base.views import LabelEventView
    from store.verdicts.exchange import ImportReport
    from store.verdicts.held import HeldAct
    from store.workspace import Workspace

Case = Annotated[str | None, typer.Option(help="Case; the newest if absent.", show_default=False)]
Author = Annotated[str | None, typer.Option(help="Who decides; the login name if absent.", show_default=False)]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Note = Annotated[str | None, typer.Option(help="Why; without it each verdict keeps the note that it has.", show_default=False)]
Reference = Annotated[
    str,
    typer.Argument(
        metavar="WHAT",
        help="Finding (F3), incident (F3/2), process (P123471) or it with all that descends from it (P123471/branch), rank of a"
        " chain (3) or first digits of its id.",
        show_default=False,
    ),
]
FP = Verdict.FALSE_POSITIVE.word
Word = Annotated[
    str, typer.Argument(help=f"{', '.join(VERDICTS).replace(FP, f'{FP} or fp')}; none takes it away.", show_default=False)
]


class Unit(StrEnum):
    """What a verdict is on."""

    FINDING = "finding"
    CHAIN = "chain"


LISTED = 20
"""Problems of a kind that an import names one by one."""

group = typer.Typer(help="What verdicts did, their history, undo and redo; import, export and merge.", no_args_is_help=True)


@command
def label(
    session: Session,
    reference: Reference,
    verdict: Word,
    case: Case = None,
    note: Note = None,
    host: Annotated[str | None, typer.Option(help="Of a chain: only on this host.", show_default=False)] = None,
    prefix: Annotated[
        int | None,
        typer.Option(min=1, max=MOST, help="Every chain that begins with this one's first N steps.", show_default=False),
    ] = None,
    variant: Annotated[
        bool, typer.Option("--variant", help="All of the chain with such a command line: a process's own, a chain's oddest.")
    ] = False,
    shape: Annotated[
        str | None,
        typer.Option(metavar="HEX", help="Of a chain: that variant, by its first digits (column variant).", show_default=False),
    ] = None,
    author: Author = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would cover.")] = False,
    yes: Yes = False,
    above: Annotated[bool, typer.Option("--above", help="Only the processes above the threshold.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Also processes that have a verdict already.")] = False,
    rerank: Annotated[bool, typer.Option("--rerank/--no-rerank", help="Re-order the queue at once, or when it is read.")] = True,
) -> None:
    """Give a verdict to a finding (F3: what its incidents cover), to one of them (F3/2), to a process (P123471) or to it with all
    that descends from it (P123471/branch), to a chain or one of its variants: to that and nothing else, never to what only stands
    beside it. `oddkin labels undo` takes it back.

    What it covers is said first; more than 50 processes, more than one host, and more than 20 that are mostly below the
    threshold are asked about on a terminal, and need --yes elsewhere. What is decided keeps its verdict unless --overwrite says
    otherwise; a chain or process that is decided as a whole gets the new one.
    """
    from tui.actions.author import author_name
    from tui.actions.verdict_question import Question
    from tui.actions.verdict_subject import Narrowed

    verdict_given = verdict_words.verdict(verdict)
    # A rehearsal changes nothing, but of several cases it asks for the one that the verdict would be given in.
    name = choose_case(session, case, to_change=True, rehearsed=dry_run)
    on = named(session, name, reference, Narrowed(host=host, prefix=prefix, variant=variant, shape=shape))
    extent = session.workspace.labels.extent(name, on.subject)
    question = Question(verdict_given, extent, overwrite or (on.one and not extent.undecided))
    part = agreed(session, on, question, dry_run=dry_run, yes=yes, above=above)
    if part is None:
        return
    done = give(session, name, on, question, part, note=note, author=author or author_name())
    if done.batch and rerank:
        tell_what_moved(session, name)


@group.command("list")
@command
def list_labels(session: Session, case: Case = None) -> None:
    """Print the verdicts that hold, oldest first: a line for each chain, variant or process, one for all that a finding got."""
    from store.verdicts.held import held

    for act in held(session.workspace, choose_case(session, case)):
        session.out.data(_line(act.at_us, "", _what(act.about, act.chain_key, act.scope), act.verdict, act.verdicts, act))


@group.command("history")
@command
def history(
    session: Session, case: Case = None, limit: Annotated[int, typer.Option(min=1, max=MOST, help="Lines.")] = 50
) -> None:
    """Print the last verdicts, undos and redos, oldest first, and what each was on: a finding or an incident is one line."""
    name = choose_case(session, case)
    for line in deque(event_lines(_events(session, name)), limit):
        session.out.data(line)


def _events(session: Session, case: str) -> Iterator[LabelEventView]:
    after = 0
    while page := session.workspace.labels.history(case, after=after):
        yield from page
        after = page[-1].id


@group.command("effects")
@command
def label_effects(
    session: Session,
    case: Case = None,
    form: Format = Form.TABLE,
) -> None:
    """Print what the verdicts did: chains raised, lowered and put aside, and how good the queue was over time."""
    from store.queue.verdict_effects import effects
    from tui.render.label_effects import as_data
    from tui.words.effect_words import effect_lines
    from tui.words.spans import text_of

    name = choose_case(session, case)
    reranked(session, name)
    found = effects(session.workspace, session.workspace.learnt, name)
    if form is Form.JSON:
        session.out.data(as_data(found, session.workspace.queue.counts(name).chains))
        return
    for line in effect_lines(found, session.out.console(session.out.stdout).width, when):
        session.out.data(text_of(line))


@group.command("undo")
@command
def undo(session: Session, case: Case = None, author: Author = None) -> None:
    """Take back the newest verdict (or import) that holds, where it is your own. Works across restarts."""
    _reverse(session, case, author, "undo")


@group.command("redo")
@command
def redo(session: Session, case: Case = None, author: Author = None) -> None:
    """Bring back what you undid last."""
    _reverse(session, case, author, "redo")


def _reverse(session: Session, case: str | None, author: str | None, action: str) -> None:
    from tui.actions.author import author_name

    labels = session.workspace.labels
    name = choose_case(session, case, to_change=True)
    with telling_classifier(session, name):
        events = (labels.undo if action == "undo" else labels.redo)(name, author=author or author_name())
    if not events:
        session.out.say(f"There is nothing to {action}.")
    for line in event_lines(events):
        session.out.data(line)
    if events:
        tell_what_moved(session, name)


def event_lines(events: Iterable[LabelEventView]) -> Iterator[str]:
    """Events as lines, log text escaped. What an act gave to a finding is a line for each verdict that it replaced."""
    for _, act in groupby(events, lambda event: event.batch):
        together: dict[tuple[str, str, str], list[LabelEventView]] = {}
        for event in act:
            if event.about:
                change = f"{event.old_verdict or 'none'} -> {event.verdict or 'none'}"
                together.setdefault((event.about, change, event.note), []).append(event)
            else:
                yield _event_line([event])
        yield from map(_event_line, together.values())


def _event_line(alike: Sequence[LabelEventView]) -> str:
    event = alike[0]
    change = f"{event.old_verdict or 'none'} -> {event.verdict or 'none'}"
    what = _what(event.about, event.chain_key, event.scope)
    return _line(event.at_us, f"{event.action:<4}  ", what, change, len(alike), event)


def _what(about: str, chain_key: str, scope: str) -> str:
    """What a verdict is on: as it was called when it was given, or the chain with its scope."""
    return about or chain_key[:SHORT_KEY] + (f" ({scope})" if scope else "")


def _line(at_us: int, action: str, what: str, change: str, processes: int, said: HeldAct | LabelEventView) -> str:
    count = f" ({many(processes, 'process', 'processes')})" if said.about[:1] == "F" or "/" in said.about else ""
    note = f"  {said.note}" if said.note else ""
    return visible(f"{when(at_us)}  {action}{what}  {change}{count}  {said.author}{note}")


@group.command("export")
@command
def export_labels(
    session: Session,
    case: Case = None,
    output: Annotated[Path, typer.Option("-o", "--output", help="CSV file, - for stdout.")] = Path("-"),
) -> None:
    """Write the verdicts that hold as CSV, to be imported into another workspace."""
    from engine.handover.csv_cells import escape_cell
    from store.custody.handover import Handover
    from store.verdicts.exchange import COLUMNS, export_rows

    name = choose_case(session, case)
    handover = Handover("verdicts", name, "csv")
    with handed_over(output, session, handover) as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        count = 0
        for row in export_rows(session.workspace, name):
            writer.writerow([escape_cell(row[column]) for column in COLUMNS])
            count += 1
        handover.rows = count
    session.out.say(f"{many(count, 'verdict', 'verdicts')} of case {visible(name)}")


@group.command("import")
@command
def import_labels(
    session: Session,
    file: Annotated[Path, typer.Argument(help="CSV or JSON lines with at least chain_id and verdict.", show_default=False)],
    case: Case = None,
    replace: Annotated[bool, typer.Option("--replace", help="Where a chain has another verdict here, take the file's.")] = False,
    problems: Annotated[
        Path | None, typer.Option(help="CSV file for every row that could not be taken, - for stdout.", show_default=False)
    ] = None,
    author: Author = None,
) -> None:
    """Apply verdicts from a file as one act; rows that cannot be taken are named and cost only themselves."""
    from store.verdicts.exchange import import_rows
    from tui.actions.author import author_name
    from tui.actions.verdict_file import read_rows

    name = choose_case(session, case, to_change=True)
    by = author or author_name()
    with telling_classifier(session, name):
        report = import_rows(session.workspace, name, read_rows(file, by), author=by, replace=replace)
    known = f"{many(report.unchanged, 'was', 'were')} here already"
    session.out.say(f"{many(report.applied, 'verdict', 'verdicts')} applied, {known}")
    if report.notes:
        session.out.say(notes_words(report.notes))
    tell_problems(session, report, problems)
    if report.applied:
        tell_what_moved(session, name)
    if report.conflicts or report.unknown or report.bad:
        raise typer.Exit(ExitCode.UNREADABLE_INPUT)


group.command("merge")(merge_labels)


@group.command("curve")
@command
def draw_curve(
    session: Session,
    known: Annotated[Path, typer.Option("--known", help="Known labels (.csv, .csv.gz), as for evaluate.", show_default=False)],
    case: Case = None,
    unit: Annotated[Unit, typer.Option(help="What a verdict is on: finding, or chain as in rank --chains.")] = Unit.FINDING,
    wrong: Annotated[float, typer.Option(min=0, max=0.5, help="Share of the verdicts that are wrong.")] = 0.0,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="First seed.")] = 1,
    seeds: Annotated[int, typer.Option(min=1, max=MOST_SEEDS, help="Seeds; a detector is trained with each.")] = 5,
    model: Annotated[
        str | None, typer.Option(help="This model for every seed, instead of training one with each.", show_default=False)
    ] = None,
    starter: Annotated[bool, typer.Option("--starter/--no-starter", help="For models trained here: with the starter.")] = True,
    form: Annotated[Form, typer.Option("--format", help="table or json.")] = Form.TABLE,
) -> None:
    """Measure what verdicts would do: somebody who knows the truth judges what is on top, and the rest is ordered anew.

    After 5, 10, 25, 50 and 100 verdicts: the share of the attacks that were read, and the attacks among the next 20, in the
    learnt order and in the detector's own. Nothing is changed.
    """
    from engine.measure.known_labels import read_labels
    from tui.render.evaluation import curve_json, curve_table

    if model is not None:
        refuse({"--no-starter": not starter}, "--model, which is trained already")
    if seed + seeds - 1 > LARGEST_SEED:
        raise UsageError(f"{seeds} seeds from {seed} on go beyond {LARGEST_SEED}.", remedy="Begin with a smaller --seed.")
    name, labels = choose_case(session, case), read_labels(known)
    load_libraries()
    with session.out.progress("Nothing was changed.") as run:
        found = curve_of(
            session.workspace,
            name,
            labels,
            run,
            range(seed, seed + seeds),
            unit=unit.value,
            wrong=wrong,
            model=model,
            starter=starter,
        )
    if form is Form.JSON:
        session.out.data(curve_json(found))
    else:
        session.out.show(curve_table(found))


def curve_of(
    workspace: Workspace, case: str, labels: Sequence[Label], run: Run, seeds: Sequence[int], *,
    unit: str = "finding", wrong: float = 0.0, model: str | None = None, starter: bool = True,
) -> LabelCurve:  # fmt: skip
    """Both orders over the seeds: a detector is trained with each, by the rules accepted now; or `model` serves for all.

    Writes nothing. Raises NotFound for an unknown model, UsageError where nothing matches, Cancelled.
    """
    from engine.detector import Detector, DetectorParams
    from engine.jobs.label_curve import label_curve
    from engine.jobs.score import load_detector
    from engine.measure.label_curve import CurveUnit

    rules = workspace.rules.accepted()
    digests = workspace.chains.load_digests([case])
    pack = shipped_starter(starter)

    def trained(seed: int, corpus: ChainCorpus, table: ProcessTable) -> Detector:
        if model is not None:
            return load_detector(workspace.vault, workspace.vault.show(model).id)
        brought = None if pack is None else pack.starter(corpus, pack.sources_of(digests))
        params = DetectorParams(seed=seed, threat_prior=THREAT_PRIOR)
        return Detector(params).fit(corpus, run, processes=table, starter=brought, rules=rules)

    return label_curve(
        case, labels, trained, workspace.chains, workspace.evidence, run, seeds=seeds, unit=CurveUnit(unit), wrong=wrong
    )


def tell_problems(session: Session, report: ImportReport, file: Path | None) -> None:
    """The first of each kind as messages, and every one of them into a file where one was named."""
    from engine.handover.csv_cells import escape_cell

    kinds = (("conflict", report.conflicts), ("unknown chain", report.unknown), ("bad row", report.bad))
    for title, rows in kinds:
        for place, text in rows[:LISTED]:
            session.out.say(f"  row {place}: {title}: {text}")
        if len(rows) > LISTED:
            session.out.say(
                f"  … and {len(rows) - LISTED:,} more: {title}" + (" (--problems FILE lists all)" if file is None else "")
            )
    if file is None:
        return
    with text_output(file, session) as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("row", "problem", "detail"))
        for place, title, text in sorted((place, title, text) for title, rows in kinds for place, text in rows):
            writer.writerow((place, title, escape_cell(text)))
