"""`oddkin ingest`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import UsageError
from tui.commands.cases import next_step
from tui.commands.window import From, To, window
from tui.shell.console import Output
from tui.shell.session import ExitCode, Session, command
from tui.words.words import paste

if TYPE_CHECKING:
    from engine.jobs.ingest.report import IngestReport
    from store.evidence.cases import Cases

DEFAULT_CASE = "default"
SHOWN_SOURCES = 60
"""Sources of a kind that the summary names; `oddkin cases show` lists all that could not be read."""

Password = Annotated[
    str,
    typer.Option(
        envvar="ODDKIN_PASSWORD", help="Of encrypted zip and 7z archives; a variable is in no history.", show_default=False
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
        Path | None,
        typer.Option(
            "--map",
            help="Columns of an unknown CSV or keys of JSON records: TOML or JSON, our field = yours.",
            show_default=False,
        ),
    ] = None,
    host: Annotated[str | None, typer.Option(help="Host of all records, whatever they say.", show_default=False)] = None,
    password: Password = "",
    begin: From = None,
    end: To = None,
) -> None:
    """Read logs into a case: formats are detected from content, archives are looked into, damage is reported.

    The same content is never added twice, and an interrupted run goes on where it stopped. Ends with 3 when some
    input could not be read.
    """
    from engine.jobs.ingest.request import IngestRequest
    from engine.readers.text.csv_mapping import load_mapping
    from tui.actions.ingest import ingest as job

    missing = [str(path) for path in paths if is_missing(path)]
    if missing:
        raise UsageError(f"There is no {', '.join(missing)}.")
    session.workspace.check_writable()
    request = IngestRequest(paths, case, reader, host, load_mapping(mapping) if mapping else {}, password, window(begin, end))
    with session.out.progress() as run:
        report = job(session.workspace, request, run)
    merged = merged_in(report, session.workspace.cases)
    summarise(report, session.out, merged)
    session.out.say(f"Next: {what_next(session, report)}")
    if report.mapping_unused:
        raise UsageError(
            f"No file has the columns of {mapping}, so the mapping was not used.",
            remedy="Compare it with the header of the CSV, or with the keys of the JSON records; names must be the same.",
        )
    if report.unreadable:
        raise typer.Exit(ExitCode.UNREADABLE_INPUT)


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
            return f"oddkin train --case {paste(case.name)}" if report.kept else next_step(session, case)
    return f"oddkin ingest PATH --case {paste(report.case)}   (nothing was found that is a log)"


def summarise(report: IngestReport, out: Output, merged: int) -> None:
    """What was read, kept and refused, worst news last, on stderr."""
    read = sum(source.read for source in report.sources)
    known = sum(source.known for source in report.sources)
    resumed = sum(source.resumed for source in report.sources)
    out.say(
        f"Case {report.case}: {len(report.sources)} sources, {read:,} records read, {report.kept:,} process creations kept"
        + (f", {merged:,} merged (second records of a process)" if merged else "")
        + (f", {resumed:,} records were here already from an earlier run" if resumed else "")
        + (f", {known} sources were here already" if known else "")
        + (f", {len(report.skipped)} files are no process logs" if report.skipped else "")
    )
    for path in report.skipped[:SHOWN_SOURCES]:
        out.say(f"  not a log: {path}")
    _say_more(out, len(report.skipped), "files that are no logs")
    if report.large_skipped:
        out.say("  If one of them is a log: --format NAME reads it as one, --map FILE says what its columns are.")
    for path, words in report.remarks[:SHOWN_SOURCES]:
        out.say(f"  {path}: {words}")
    _say_more(out, len(report.remarks), "archives with something to be said")
    barren = [source for source in report.sources if source.without_processes]
    for source in barren[:SHOWN_SOURCES]:
        out.say(f"  {source.path}: {source.read:,} records, none is a process creation")
    _say_more(out, len(barren), "sources without a process creation")
    _say_trouble(report, out)


def _say_trouble(report: IngestReport, out: Output) -> None:
    troubled = [source for source in report.sources if source.unreadable]
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
