"""`oddkin fleet`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.errors import UsageError
from tui.actions.fleet.fleet import FleetDone, FleetOrder
from tui.actions.fleet.fleet import fleet as action
from tui.commands.ingest import is_missing, summarise
from tui.commands.window import From, To, window
from tui.shell.console import Output
from tui.shell.no_effect import refuse
from tui.shell.secrets import Password
from tui.shell.session import ExitCode, Session, command, load_libraries
from tui.words.first_queue import ranked_lines
from tui.words.fleet.estate import fleet_lines, next_line
from tui.words.training_words import seen_words

Workers = Annotated[
    int | None,
    typer.Option(min=1, max=256, help="Processes on this machine; as many as it has cores without it.", show_default=False),
]

Findings = Annotated[
    int | None,
    typer.Option(
        min=1, max=1_000_000, help="Keep so many at least, and all above the threshold; 500 without it.", show_default=False
    ),
]


@command
def fleet(
    session: Session,
    paths: Annotated[list[str], typer.Argument(help="Files, folders, addresses that fsspec opens.", show_default=False)],
    case: Annotated[str, typer.Option(help="Case to make for the findings; a new one.")] = "fleet",
    workers: Workers = None,
    scheduler: Annotated[str | None, typer.Option(help="Address of a Dask cluster: tcp://HOST:8786.", show_default=False)] = None,
    model: Annotated[
        str | None, typer.Option(help="Detector to rank by; the one that comes with oddkin without it.", show_default=False)
    ] = None,
    findings: Findings = None,
    reader: Annotated[
        str | None, typer.Option("--format", help="Skip detection and use this reader.", show_default=False)
    ] = None,
    mapping: Annotated[
        str | None, typer.Option("--map", help="Columns of unknown records, as for an ingest.", show_default=False)
    ] = None,
    zone: Annotated[str | None, typer.Option("--timezone", help="Of times that say none; UTC.", show_default=False)] = None,
    password: Password = "",
    begin: From = None,
    end: To = None,
) -> None:
    """Rank the logs of an estate on several processes or machines, and keep the findings as a case. Needs oddkin[fleet].

    The same chains, counts, scores and findings as `oddkin ingest` of the same files, however many workers. Kept are all sources,
    hosts and chains with their counts, and the processes of the first findings. Ends with 3 when some input could not be read.
    """
    from engine.jobs.ingest.request import IngestRequest
    from engine.readers.text.csv_mapping import read_mapping
    from engine.threads import cores
    from tui.actions.zones import zone_named

    if missing := [path for path in paths if "://" not in path and is_missing(Path(path))]:
        raise UsageError(f"There is no {', '.join(missing)}.")
    refuse({"--workers": scheduler is not None and workers is not None}, "--scheduler")
    columns, times = read_mapping(mapping) if mapping else {}, zone_named(zone) if zone else None
    request = IngestRequest((), case, reader, None, columns, password, window(begin, end), times)
    order = FleetOrder(paths, request, workers or cores(), scheduler or "", model, findings)
    workspace = session.workspace_or_new
    load_libraries()
    done = action(workspace, order, session.out.progress)
    merged = sum(source.merged for source in workspace.cases.sources(case)) if done.queue else 0
    tell(done, merged, session.out)
    if done.report.ingest.mapping_unused:
        session.out.warn(f"No file has the columns of {mapping}, so the mapping was not used.")
    if done.report.ingest.unreadable:
        raise typer.Exit(ExitCode.UNREADABLE_INPUT)


def tell(done: FleetDone, merged: int, out: Output) -> None:
    """What was read, what is kept of it, what is not; the queue, and the command to go on with."""
    summarise(done.report.ingest, out, merged)
    out.say(*fleet_lines(done.report))
    if done.queue is not None:
        out.say(ranked_lines(done.queue)[0])
        if said := seen_words(done.queue.seen, done.queue.case):
            out.warn(said)
        out.say(next_line(done.queue.case))
