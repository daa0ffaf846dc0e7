"""`oddkin demo`."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import UsageError
from tui.shell.bounds import LARGEST_SEED, MOST_DAYS, MOST_HOSTS
from tui.shell.console import Output
from tui.shell.no_effect import refuse
from tui.shell.session import Session, command, load_libraries
from tui.words.words import many, paste

if TYPE_CHECKING:
    from tui.actions.demo import Demonstration

FOLDER = Path("oddkin-demo")
MARKER = ".oddkin-demo"
"""Names a folder that a demo made, and that the next one may empty."""


@command
def demo(
    session: Session,
    hosts: Annotated[int, typer.Option(min=1, max=MOST_HOSTS, help="Simulated hosts.")] = 12,
    days: Annotated[int, typer.Option(min=1, max=MOST_DAYS, help="Simulated days.")] = 3,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Same seed, same fleet.")] = 7,
    folder: Annotated[Path, typer.Option("--out", help="Folder to make: workspace, logs, CSV.")] = FOLDER,
    logs: Annotated[
        Path | None, typer.Option(help="Only write the raw logs (and what was planted) there.", show_default=False)
    ] = None,
) -> None:
    """Simulate raw logs of a small fleet, ingest them, rank them, write a CSV. Offline, ends by itself.

    Windows and Linux hosts with everyday life and some planted intrusions. It prints where in the queue each intrusion
    landed, and the commands that show the queue, a chain and its tree. No benchmark of detection: who wrote the hosts also
    wrote the intrusions, and the ready detector has learnt another such fleet.
    """
    from engine.simulator import FleetPlan

    session.refuse_workspace(
        "The demo makes a workspace of its own: name its folder with --out, and go on with -w DIR/workspace."
    )
    plan = FleetPlan(hosts=hosts, days=days, seed=seed)
    if logs is not None:
        refuse({"--out": folder != FOLDER}, "--logs")
        write_only(plan, logs, session)
        return
    from engine.handover.tables import write_csv
    from store.custody.handover import Handover, handing_over
    from store.export.rows import rows
    from store.workspace import open_workspace
    from tui.actions.demo import CASE
    from tui.actions.demo import demo as job

    prepare(folder)
    workspace = open_workspace(folder / "workspace", session.acting)
    try:
        load_libraries()
        with session.out.progress(f"The demo in {folder} is incomplete; the next one starts anew.") as run:
            shown = job(workspace, folder, plan, run)
        handover = Handover("export", CASE, "csv")
        with handing_over(workspace, folder / "findings.csv", handover) as stream:
            written = handover.rows = write_csv(rows(workspace, CASE), stream)
    finally:
        workspace.close()
    tell(shown, session.out)
    tell_how_to_go_on(folder, written, session.out)


def tell_how_to_go_on(folder: Path, written: int, out: Output) -> None:
    """Where everything is, and commands to paste."""
    out.line("", f"{written:,} processes of flagged chains -> {folder / 'findings.csv'}")
    oddkin = f"oddkin -w {paste(str(folder / 'workspace'))}"
    out.line(
        f"Raw logs, what was planted: {folder / 'logs'}, {folder / 'intrusions.json'}",
        "",
        "Go on with",
        f"  {oddkin} rank",
        f"  {oddkin} show 1",
        f"  {oddkin} tree --around 1",
        f"  {oddkin} evaluate --labels {paste(str(folder / 'labels.csv'))}",
        "or with your own logs:  oddkin ingest PATH --case NAME",
    )


def prepare(folder: Path) -> None:
    """Make the folder, or empty one that an earlier demo made; anybody else's is left alone (UsageError)."""
    try:
        if folder.exists() and any(folder.iterdir()):
            if not (folder / MARKER).is_file():
                raise UsageError(f"{folder} is not empty, and not from a demo.", remedy="Name another folder with --out.")
            for name in ("workspace", "logs"):
                shutil.rmtree(folder / name, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARKER).write_text("Made by `oddkin demo`; the next demo may empty this folder.\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"Cannot use the folder {folder}: {error.strerror or error}.", remedy="Name one with --out.") from error


def write_only(plan: object, folder: Path, session: Session) -> None:
    """`--logs`: the raw logs, labels.csv and intrusions.json, nothing else."""
    from engine.simulator import FleetPlan, simulate
    from engine.simulator.logs.write import write_logs

    assert isinstance(plan, FleetPlan)
    with session.out.progress(f"The logs in {folder} are incomplete.") as run:
        written = write_logs(simulate(plan), folder, run)
    session.out.say(f"{written.events:,} process creations in {len(written.files)} files -> {written.logs}")
    session.out.data(str(written.logs))


def tell(shown: Demonstration, out: Output) -> None:
    """The numbers, then where each planted intrusion landed."""
    from tui.render.tables import table

    made, scores = shown.simulated, shown.scores
    chains = len(scores.ids)
    out.data(
        f"{many(made.logs.events, 'process creation')} on {many(made.report.hosts_linked, 'simulated host')} became "
        f"{many(chains, 'different chain')}; "
        f"{many(int(scores.metrics['flagged']), 'is', 'are')} above the threshold, in "
        f"{many(int(scores.metrics['findings']), 'finding')}."
    )
    figures = ("processes", "chains", "flagged", "first at rank")
    landed = table("planted intrusion", "hosts", *figures, "findings", right=figures)
    for one in shown.intrusions:
        rank = f"{one.best_rank:,} of {chains:,}" if one.best_rank else "not found"
        counts = str(one.processes), str(one.chains), str(one.flagged)
        landed.add_row(one.title, ", ".join(one.hosts), *counts, rank, finding_numbers(one.findings))
    out.show(landed)
    out.data("Simulated for demonstration; how well oddkin detects real attacks is in docs/detection.md.")


def finding_numbers(numbers: Sequence[int], shown: int = 3) -> str:
    """The best findings by their numbers, and how many more there are."""
    more = f" and {len(numbers) - shown:,} more" if len(numbers) > shown else ""
    return ", ".join(f"F{number}" for number in numbers[:shown]) + more or "none"
