"""`oddkin starter`: what a new model brings along, and building it anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from engine.errors import UsageError
from tui.shell.bounds import LARGEST_SEED, MOST_DAYS, MOST_HOSTS
from tui.shell.days import day_of
from tui.shell.forms import Form, Format
from tui.shell.session import Session, command

group = typer.Typer(help="Show the shipped starter, or build one from labelled recordings.", no_args_is_help=True)


@group.command("show")
@command
def show_starter(session: Session, form: Format = Form.TABLE) -> None:
    """Print what the shipped starter was made of: sources, licences, figures, and what was left out."""
    from engine.starter.file import shipped
    from tui.render import starter as page

    pack = shipped()
    if form is Form.JSON:
        session.out.data(json.dumps(pack.manifest, indent=1))
        return
    for line in page.lines(pack):
        session.out.data(line)


@group.command("build")
@command
def build_starter(
    session: Session,
    recordings: Annotated[
        Path, typer.Argument(help="Folder with labels.csv.gz, manifest.csv and LICENSES/.", show_default=False)
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to write into; it must exist.", show_default=False)],
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Seed of the supervised prior.")] = 1,
    hosts: Annotated[int, typer.Option(min=1, max=MOST_HOSTS, help="Simulated hosts.")] = 12,
    days: Annotated[int, typer.Option(min=1, max=MOST_DAYS, help="Simulated days.")] = 3,
    fleet_seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Seed of the simulated fleet.")] = 2026,
    day: Annotated[str, typer.Option("--date", help="Date in the manifest; today if absent.", show_default=False)] = "",
) -> None:
    """Build the starter: everyday chains of permissively licensed recordings and of a simulated fleet, and the threat prior.

    For maintainers: the result replaces engine/starter/data. The same recordings, seeds and date make the same bytes.
    """
    from engine.simulator import FleetPlan
    from engine.starter import file
    from store.base.targets import spare
    from store.evidence.spared import spared
    from tui.actions.starter import Recipe, build_starter
    from tui.render import starter as page

    if not output.is_dir():
        raise UsageError(f"{output} is no folder.", remedy="Make it first, or name another with -o.")
    if session.has_workspace:
        for name in (file.MANIFEST, file.ARRAYS):
            spare(output / name, spared(session.workspace))
    recipe = Recipe(FleetPlan(hosts=hosts, days=days, seed=fleet_seed), seed, day_of(day).isoformat())
    with session.out.progress("Nothing was written.") as run:
        pack = build_starter(recordings, recipe, run)
    file.save(pack, output)
    for line in page.lines(file.load(output)):
        session.out.data(line)
    size = sum((output / name).stat().st_size for name in (file.MANIFEST, file.ARRAYS))
    session.out.say(f"{size / 1e6:.2f} MB -> {output}")
