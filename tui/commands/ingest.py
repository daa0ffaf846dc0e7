"""`oddkin ingest`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tui.exit_codes import ExitCode
from tui.session import command, session_of

if TYPE_CHECKING:
    from engine.jobs.report import IngestReport
    from tui.console import Output

DEFAULT_CASE = "default"
SHOWN_SOURCES = 60
"""Sources with trouble that the summary names; `oddkin cases show` lists all."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("ingest", short_help="Read logs into a case.")(ingest)


@command
def ingest(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="Files, folders, archives.", show_default=False)],
    case: Annotated[str, typer.Option(help="Case to add to; made when it is new.")] = DEFAULT_CASE,
    reader: Annotated[
        str | None, typer.Option("--format", help="Skip detection and use this reader.", show_default=False)
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option("--map", help="Columns of a generic log: TOML or JSON, our field = your column.", show_default=False),
    ] = None,
    host: Annotated[str | None, typer.Option(help="Host of all records, whatever they say.", show_default=False)] = None,
) -> None:
    """Read logs into a case: formats are detected from content, archives are looked into, damage is reported.

    The same content is never added twice, and an interrupted run goes on where it stopped. Ends with 3 when some
    input could not be read.
    """
    from engine.errors import UsageError
    from engine.jobs.ingest import IngestRequest
    from engine.jobs.ingest import ingest as run
    from engine.readers.csv_mapping import load_mapping

    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        raise UsageError(f"There is no {', '.join(missing)}.")
    session = session_of(context)
    request = IngestRequest(paths, case, reader, host, load_mapping(mapping) if mapping else {})
    with session.out.progress() as view:
        report = run(request, session.workspace.ingest, view.listener, session.token)
    summarise(report, session.out)
    session.out.say(f"Next: oddkin train --case {case}" if report.kept else f"Next: oddkin cases show {case}")
    if report.unreadable:
        raise typer.Exit(ExitCode.UNREADABLE_INPUT)


def summarise(report: IngestReport, out: Output) -> None:
    """What was read, kept and refused, worst news last, on stderr."""
    read = sum(source.read for source in report.sources)
    known = sum(source.known for source in report.sources)
    out.say(
        f"Case {report.case}: {len(report.sources)} sources, {read:,} records read, {report.kept:,} process creations kept"
        + (f", {known} sources were here already" if known else "")
        + (f", {len(report.skipped)} files are no process logs" if report.skipped else "")
    )
    for path in report.skipped[:SHOWN_SOURCES]:
        out.say(f"  not a log: {path}")
    troubled = [source for source in report.sources if source.unreadable]
    for source in troubled[:SHOWN_SOURCES]:
        reasons = ", ".join(f"{count:,} {code}" for code, count in source.rejected.most_common())
        said = "; ".join(part for part in (source.error, reasons and f"rejected: {reasons}") if part)
        out.say(f"  {source.path}: kept {source.kept:,} of {source.read:,}; {said}")
    if len(troubled) > SHOWN_SOURCES:
        out.say(f"  … and {len(troubled) - SHOWN_SOURCES} more sources with unreadable records")
    if troubled:
        out.say(f"Rejected records are kept with their reasons: oddkin cases show {report.case} --rejects")
