"""`oddkin ingest`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import Cancelled, NothingThere, UsageError
from tui.actions.ingest import IngestPart, Parts, hash_lists_of
from tui.commands.cases import next_step
from tui.commands.window import KEPT, From, KnownBad, KnownGood, To, end_unread, say_compared, say_later, window
from tui.shell.console import GOES_ON, Output
from tui.shell.secrets import Password
from tui.shell.session import ExitCode, Session, code_of, command
from tui.words.case_story import EMPTY_FILE, barren, partly_unknown, unrecognised
from tui.words.first_queue import ranked_lines
from tui.words.training_words import seen_words
from tui.words.words import many, paste

if TYPE_CHECKING:
    from engine.jobs.ingest.report import IngestReport
    from store.evidence.cases import Cases
    from tui.actions.ingest import Ingested

DEFAULT_CASE = "default"
SHOWN_SOURCES = 60
"""Sources of a kind that the summary names; `oddkin cases show` lists all that could not be read."""

SHOWN_NOTES = 3
"""Notes of one kind that the summary tells."""

Rank = Annotated[
    bool,
    typer.Option("--rank/--no-rank", help="Rank the case at the end, by the model in use or the one that comes with oddkin."),
]

Workers = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=64,
        help="Processes that read and write, for large logs as many as cores, up to 4. The result is the same with any number.",
        show_default=False,
    ),
]


@command
def ingest(
    session: Session,
    paths: Annotated[list[Path], typer.Argument(help="Files, folders, archives.", show_default=False, readable=False)],
    case: Annotated[str, typer.Option(help="Case to add to; made when it is new.")] = DEFAULT_CASE,
    reader: Annotated[
        str | None, typer.Option("--format", help="Skip detection and use this reader.", show_default=False)
    ] = None,
    mapping: Annotated[
        str | None,
        typer.Option(
            "--map",
            help="Columns of an unknown CSV or keys of JSON records: image=THEIRS,pid=THEIRS,…, or a TOML or JSON file of that.",
            show_default=False,
        ),
    ] = None,
    host: Annotated[str | None, typer.Option(help="Host of all records, whatever they say.", show_default=False)] = None,
    zone: Annotated[
        str | None,
        typer.Option("--timezone", help="Of times that say none: Europe/Berlin, +02:00. UTC without it.", show_default=False),
    ] = None,
    password: Password = "",
    begin: From = None,
    end: To = None,
    rank: Rank = True,
    known_good: KnownGood = None,
    known_bad: KnownBad = None,
    workers: Workers = None,
) -> None:
    """Read logs into a case and rank them: formats are detected from content, archives are looked into, damage is reported.

    The same content is never added twice, and an interrupted run goes on where it stopped. Ends with 3 when some
    input could not be read.
    """
    from engine.jobs.ingest.request import IngestRequest
    from engine.readers.text.csv_mapping import read_mapping
    from tui.actions.ingest import ingest_and_rank
    from tui.actions.zones import zone_named

    lists = hash_lists_of(known_good or (), known_bad or ())
    require_something(session, paths, case)
    session.workspace_or_new.check_writable()
    columns = read_mapping(mapping) if mapping else {}
    times = zone_named(zone) if zone else None
    request = IngestRequest(paths, case, reader, host, columns, password, window(begin, end), times, workers=workers)
    made = ingest_and_rank(session.workspace, request, parts(session.out, case), rank=rank, lists=lists)
    summarise(made.report, session.out, merged_in(made.report, session.workspace.cases))
    _say_unused(made.report, session.out, mapping, zone)
    tell_the_rest(made, session, paths)


def tell_the_rest(made: Ingested, session: Session, paths: list[Path]) -> None:
    """What came of it behind what was read: lists, the queue, the next command. Raises NothingThere, and Exit where something is
    missing.
    """
    if made.report.barren and not made.report.unreadable:
        say_nothing_kept(session, made.report, paths)
        end_unread(read=say_compared(made.compared, session.out))
        return
    read = say_compared(made.compared, session.out)
    if made.report.case in session.workspace.cases.names():
        say_later(session, made.report.case)
    say_ranked(made, session)
    end_with(made, session.out)
    end_unread(read=read)


def parts(out: Output, case: str) -> Parts:
    """A bar for each part of the ingest, with what an interruption leaves behind."""
    left = {
        IngestPart.READ: GOES_ON,
        IngestPart.COMPARE: KEPT,
        IngestPart.RANK: f"Everything is read; the queue is as it was. To rank: oddkin rank --case {paste(case)}",
    }
    return lambda part: out.progress(left[part])


def say_ranked(made: Ingested, session: Session) -> None:
    """The queue that the ingest ended with, and the command to go on with: what could not be ranked says its own remedy."""
    if made.queue is not None:
        session.out.say(*ranked_lines(made.queue))
        if said := seen_words(made.queue.seen, made.queue.case):
            session.out.warn(said)
    if made.problem is None or isinstance(made.problem, Cancelled):
        session.out.say(f"Next: {what_next(session, made.report)}")


def end_with(made: Ingested, out: Output) -> None:
    """Raises Exit where something is missing: the queue, or input that could not be read."""
    if made.problem is not None:
        out.complain(made.problem)
        raise typer.Exit(code_of(made.problem))
    if made.report.unreadable:
        raise typer.Exit(ExitCode.UNREADABLE_INPUT)


def say_nothing_kept(session: Session, report: IngestReport, paths: list[Path]) -> None:
    """A run that brought the case nothing. Files that are known to be something else are a result, and said; where there is no
    file at all that is an error, which a script must not take for done: raises NothingThere.
    """
    there = "" if report.case in session.workspace.cases.names() else f" There is no case {report.case}."
    if report.sources or report.skipped or report.others or report.empty:
        session.out.warn(f"Nothing was kept of {_listed(paths)}: no process creation was found in it.{there}")
        session.out.say(_how_to(report.case))
    else:
        raise no_file(paths, report.case, there)


def require_something(session: Session, paths: list[Path], case: str) -> None:
    """Raises UsageError for paths that are not there, and NothingThere for those without a file, before there is a workspace with
    nothing in it.
    """
    if missing := [str(path) for path in paths if is_missing(path)]:
        raise UsageError(f"There is no {', '.join(missing)}.")
    if not session.has_workspace and not any(map(holds_something, paths)):
        raise no_file(paths, case)


def no_file(paths: list[Path], case: str, there: str = "") -> NothingThere:
    """An error to raise for paths without a file. there: what is said of the case."""
    where = _listed(paths)
    return NothingThere(f"Nothing was kept of {where}: there is no file.{there}", file=where, remedy=_how_to(case))


def _listed(paths: list[Path]) -> str:
    return ", ".join(str(path) for path in paths)


def _how_to(case: str) -> str:
    return f"`oddkin formats` says what is read and how to export it; then: oddkin ingest PATH --case {paste(case)}"


def holds_something(path: Path) -> bool:
    """Whether there is more at `path` than folders: a file, or what cannot be looked into, whose reading reports the reason."""
    refused: list[OSError] = []
    for folder, folders, files in os.walk(path, onerror=refused.append):
        if files or refused or any(Path(folder, name).is_symlink() for name in folders):
            return True
    return bool(refused)


@command
def given(session: Session, words: list[str], *, terminal: bool) -> list[Path]:
    """Paths where a command should be: those that the interface is opened with. Raises UsageError where there is no terminal for
    it, with the command to type, and for what is not there or is an option.
    """
    options = [word for word in words if word.startswith("-")]
    missing = [word for word in words if word not in options and is_missing(Path(word))]
    spelled = f"oddkin ingest {' '.join(map(paste, words))}"
    if options:
        raise UsageError(f"{', '.join(options)} belongs to a command.", remedy=f"Options and paths together: {spelled}")
    if missing:
        raise UsageError(f"There is no {', '.join(missing)}.", remedy="`oddkin --help` lists the commands.")
    if words and not terminal:
        verb = "is a path and no command" if len(words) == 1 else "are paths and no command"
        raise UsageError(f"{', '.join(words)} {verb}.", remedy=f"To read logs: {spelled}")
    return [Path(word) for word in words]


def _say_unused(report: IngestReport, out: Output, mapping: str | None, zone: str | None) -> None:
    """What was asked for and changed nothing. Raises UsageError for a mapping that no file fits."""
    if zone and any(source.known for source in report.sources):
        out.warn("--timezone changes nothing of sources that are in the case already: read them into a new case.")
    if report.mapping_unused:
        raise UsageError(
            f"No file has the columns of {mapping}, so the mapping was not used.",
            remedy="Compare it with the header of the CSV, or with the keys of the JSON records; names must be the same.",
        )


def is_missing(path: Path) -> bool:
    """Whether there is nothing at `path`. What may not be looked at may exist: reading it reports the reason."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def merged_in(report: IngestReport, cases: Cases) -> int:
    """Records of this run's sources that linking found to be a second record of a process."""
    read = {source.path for source in report.sources if source.kept or source.resumed}
    return sum(source.merged for source in cases.sources(report.case) if source.path in read) if read else 0


def what_next(session: Session, report: IngestReport) -> str:
    """The command to go on with."""
    for case in session.workspace.cases.list():
        if case.name == report.case:
            return f"oddkin rank --case {paste(case.name)}" if report.kept else next_step(session, case)
    return f"oddkin ingest PATH --case {paste(report.case)}"


def summarise(report: IngestReport, out: Output, merged: int) -> None:
    """What was read, kept and refused, worst news last, on stderr."""
    read = sum(source.read for source in report.sources)
    known = sum(source.known for source in report.sources)
    resumed = sum(source.resumed for source in report.sources)
    other = len(report.skipped) + len(report.others)
    out.say(
        f"Case {report.case}: {many(len(report.sources), 'source')}, {many(read, 'record')} read,"
        f" {many(report.kept, 'process creation')} kept"
        + (f", {merged:,} merged (second records of a process)" if merged else "")
        + (f", {many(resumed, 'record was', 'records were')} here already from an earlier run" if resumed else "")
        + (f", {many(known, 'source was', 'sources were')} here already" if known else "")
        + (f", {many(other, 'file is no process log', 'files are no process logs')}" if other else "")
        + (f", {many(len(report.empty), 'file is', 'files are')} empty" if report.empty else "")
    )
    _say_each(out, report.skipped, "files that are no logs", "not a log: {}")
    if report.large_skipped:
        out.say("  If one of them is a log: --format NAME reads it as one, --map says what its columns are.")
    _say_each(out, [f"{path}: {words}" for path, words in report.others], "files that are no process logs", "no process log: {}")
    _say_each(out, [f"{path}: {EMPTY_FILE}" for path in report.empty], "empty files")
    _say_each(out, [f"{path}: {words}" for path, words in report.remarks], "archives with something to be said")
    without = [source for source in report.sources if source.without_processes]
    _say_each(out, [f"{source.path}: {barren(source)}" for source in without], "sources without a process creation")
    partly = [source for source in report.sources if source.unknown and not (source.unrecognised or source.without_processes)]
    _say_each(out, [f"{source.path}: {partly_unknown(source)}" for source in partly], "sources with records of no known kind")
    _say_notes(report, out)
    _say_trouble(report, out)


def _say_each(out: Output, lines: list[str], what: str, form: str = "{}") -> None:
    for line in lines[:SHOWN_SOURCES]:
        out.say("  " + form.replace("{}", line))
    _say_more(out, len(lines), what)


def _say_notes(report: IngestReport, out: Output) -> None:
    """What readers say of sources as a whole, a few of each kind: a folder of exports has the same to say of every file."""
    by_code: dict[str, list[str]] = {}
    for source in report.sources:
        for note in source.notes:
            by_code.setdefault(note.code, []).append(f"{source.path}: {note.text}")
    for code, lines in by_code.items():
        for line in lines[:SHOWN_NOTES]:
            out.say(f"  {line}")
        if len(lines) > SHOWN_NOTES:
            out.say(f"  … and {len(lines) - SHOWN_NOTES:,} more sources with the same ({code})")


def _say_trouble(report: IngestReport, out: Output) -> None:
    strange = [source for source in report.sources if source.unrecognised]
    for source in strange[:SHOWN_SOURCES]:
        first, *rest = unrecognised(source, report.case)
        out.say(f"  {source.path}: {first}", *(f"    → {line}" for line in rest))
    _say_more(out, len(strange), "sources that were not recognised")
    troubled = [source for source in report.sources if source.error or source.rejected]
    for source in troubled[:SHOWN_SOURCES]:
        reasons = ", ".join(f"{count:,} {code}" for code, count in source.rejected.most_common())
        said = "; ".join(part for part in (source.error, reasons and f"rejected: {reasons}") if part)
        doubtful = f" ({source.untrusted:,} of them not to be trusted)" if source.untrusted else ""
        counts = f"kept {source.kept:,} of {source.read:,}{doubtful}; " if source.read else ""
        out.say(f"  {source.path}: {counts}{said}", *([f"    → {source.remedy}"] if source.remedy else []))
    _say_more(out, len(troubled), "sources with unreadable records")
    if troubled:
        out.say(
            "What could not be read is listed with its reasons, the rejected records too: "
            f"oddkin cases show {paste(report.case)} --rejects"
        )


def _say_more(out: Output, count: int, what: str) -> None:
    if count > SHOWN_SOURCES:
        out.say(f"  … and {count - SHOWN_SOURCES:,} more {what}")
