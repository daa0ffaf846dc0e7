"""`oddkin models`: the model store."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.errors import UsageError
from engine.progress import Run
from engine.untrusted import visible
from tui.commands.verdict_news import tell_what_moved
from tui.shell.bounds import LARGEST_SEED
from tui.shell.choose import choose_case
from tui.shell.days import day_of
from tui.shell.files import STDOUT
from tui.shell.forms import Form, Format
from tui.shell.session import ExitCode, Session, command, load_libraries
from tui.words.words import when

if TYPE_CHECKING:
    from store.models.rows import ModelView

group = typer.Typer(help="List, show, use, export, import, verify and remove models.", no_args_is_help=True)
ModelId = Annotated[str, typer.Argument(help="Model id, or the beginning of one.", show_default=False)]


@group.command("list")
@command
def list_models(session: Session, form: Format = Form.TABLE) -> None:
    """Print all models, newest first."""
    models = session.workspace.vault.list()
    if form is Form.JSON:
        session.out.data(json.dumps([{"id": model.id, "used_by": model.used_by, **model.manifest} for model in models], indent=1))
    else:
        for model in models:
            session.out.data(model_line(model))
    if not models:
        session.out.say("There is no model yet. Run: oddkin rank (by the detector that comes with oddkin), or oddkin train")


@group.command("show")
@command
def show_model(session: Session, model: ModelId) -> None:
    """Print a model's manifest: parameters, metrics, training set, seed, device, versions, hashes.

    Beside it (on stderr, -q leaves it out) how its training ended, where its threshold comes from, and the shuffle test.
    """
    from tui.words.shuffle_words import account

    manifest = session.workspace.vault.show(model).manifest
    session.out.data(json.dumps(manifest, indent=1))
    for line in account(manifest):
        session.out.say(line)


@group.command("use")
@command
def use_model(
    session: Session,
    model: ModelId,
    case: Annotated[str | None, typer.Option(help="Case; the newest if absent.", show_default=False)] = None,
) -> None:
    """Score a case by another model and rank by it from now on; a classifier re-orders the queue beside the detector."""
    use_another(session, choose_case(session, case), session.workspace.vault.show(model))


def use_another(session: Session, case: str, model: ModelView) -> None:
    """Use a model, a detector after scoring the case anew; first says how well it fits, where it was trained elsewhere."""
    from tui.actions.models import CLASSIFIER, use_model

    workspace = session.workspace_to_change
    if model.kind == CLASSIFIER:
        use_model(workspace, case, model, Run(), anew=True)
        session.out.say(f"Case {visible(case)} uses classifier {model.id}")
        tell_what_moved(session, case)
        return
    warn_of_seen(session, case, model.manifest)
    tell_drift(session, case, model)
    with session.out.progress("Nothing was changed.") as run:
        counts = use_model(workspace, case, model, run, anew=True).counts
    assert counts is not None
    session.out.say(f"Case {visible(case)} uses {model.id}: {counts.flagged} chains above the threshold")


def tell_drift(session: Session, case: str, model: ModelView) -> None:
    """The drift report as messages, for a model that was not trained on the case."""
    from engine.jobs.check import check
    from tui.render import drift

    if case in model.manifest.get("cases", ()):
        return
    workspace = session.workspace
    with session.out.progress("Nothing was changed.") as run:
        report = check(case, model.id, workspace.chains, workspace.vault, run)
    for line in drift.lines(report):
        session.out.say(line)


@group.command("check")
@command
def check_model(
    session: Session,
    model: ModelId,
    case: Annotated[str | None, typer.Option(help="Case; the newest if absent.", show_default=False)] = None,
    form: Format = Form.TABLE,
) -> None:
    """Print how far a case is from what a model learnt, and whether to use the model there. Changes nothing."""
    from engine.jobs.check import check
    from tui.render import drift

    name = choose_case(session, case)
    workspace = session.workspace
    found = workspace.vault.show(model)
    warn_of_seen(session, name, found.manifest)
    with session.out.progress("Nothing was changed.") as run:
        report = check(name, found.id, workspace.chains, workspace.vault, run)
    for line in [drift.as_json(report)] if form is Form.JSON else drift.lines(report):
        session.out.data(line)


@group.command("export")
@command
def export_model(
    session: Session,
    model: ModelId,
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write, - for stdout.", show_default=False)],
) -> None:
    """Write a model as one file, to be imported on another workstation."""
    from store.evidence.spared import spared
    from tui.words.custody.audited import head_words

    vault = session.workspace.vault
    if output == STDOUT and session.out.stdout.isatty():
        raise UsageError("A model is no text for a terminal.", remedy="Name a file with -o, or pipe it on.")
    number = vault.show(model).id
    if output == STDOUT:
        head = vault.export_stream(number, session.out.binary())
    else:
        head = vault.export_file(number, output, spared(session.workspace))
        session.out.say(f"{number} -> {output}")
    session.out.say(head_words(head))


@group.command("import")
@command
def import_model(session: Session, file: Annotated[Path, typer.Argument(help="Exported model.", show_default=False)]) -> None:
    """Take a model from a file. Nothing in it is executed, and every hash must match."""
    from tui.actions.models import take

    model_id = take(session.workspace_or_new, file)
    session.out.data(model_id)
    session.out.say(f"Use it with: oddkin models use {model_id}")


@group.command("verify")
@command
def verify_models(
    session: Session,
    model: Annotated[str | None, typer.Argument(help="Model id; all if absent.", show_default=False)] = None,
) -> None:
    """Compare the files of models with the hashes in their manifests."""
    from tui.actions.models import checked

    vault = session.workspace.vault
    damaged = 0
    for number, error in checked(session.workspace, [one.id for one in ([vault.show(model)] if model else vault.list())]):
        session.out.data(f"{number}  {'ok' if error is None else 'damaged'}")
        if error is not None:
            damaged += 1
            session.out.complain(error)
    if damaged:
        raise typer.Exit(ExitCode.FAILURE)


@group.command("ready")
@command
def ready_model(
    session: Session,
    write: Annotated[
        Path | None, typer.Option("--write", help="Make it anew: folder to write into; it must exist.", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="With --write: same seed, same model.")] = 1,
    day: Annotated[
        str, typer.Option("--date", help="With --write: date of the model; today if absent.", show_default=False)
    ] = "",
) -> None:
    """Print the id of the detector that ranks a case before anything was trained on it, and take it into the model store.

    It learnt from the shipped starter alone (oddkin starter show). For maintainers, --write replaces store/models/data.
    """
    if write is None:
        session.out.data(session.workspace_or_new.vault.ready())
        return
    from tui.actions.models import make_ready

    if not write.is_dir():
        raise UsageError(f"{write} is no folder.", remedy="Make it first, or name another one.")
    made_on = day_of(day)
    load_libraries()
    with session.out.progress("Nothing was written.") as run:
        made = make_ready(write, seed, made_on, run)
    session.out.data(made.id)
    session.out.say(f"{made.path.stat().st_size / 1e6:.2f} MB -> {made.path}")


@group.command("remove")
@command
def remove_model(
    session: Session,
    model: Annotated[str, typer.Argument(help="Whole id of the model.", show_default=False)],
    force: Annotated[bool, typer.Option("--force", help="Even if a case uses it; its scores go too.")] = False,
) -> None:
    """Remove a model and the scores it gave."""
    session.workspace.vault.remove(model, force=force)
    session.out.say(f"Removed {model}.")


def model_line(model: ModelView) -> str:
    """A model in one line."""
    from engine.classifier.trust import trust_of

    manifest = model.manifest
    used = f"  used by {', '.join(model.used_by)}" if model.used_by else ""
    cases = "other estates" if model.ready else ", ".join(str(case) for case in manifest.get("cases", ()))
    name = f"  {manifest['name']}" if manifest.get("name") else ""
    doubt = f"  {trust_of(manifest).words()}" if model.kind == "classifier" and not trust_of(manifest).enough else ""
    return visible(
        f"{model.id}  {model.kind}  {when(model.created_us)}  {model.size / 1e6:.1f} MB  trained on {cases}{name}{used}{doubt}"
    )


def warn_of_seen(session: Session, case: str, manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """Say it when a model's starter was made of files that the case has; returns the names of those sources."""
    from engine.starter.pack import seen_sources
    from tui.words.training_words import seen_words

    seen = seen_sources(manifest, session.workspace.chains.load_digests([case]))
    if said := seen_words(seen, case):
        session.out.warn(said)
    return seen
