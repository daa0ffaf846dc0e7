"""`oddkin models`: the model store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tui.shell.exit_codes import ExitCode
from tui.shell.session import command, session_of

if TYPE_CHECKING:
    from store.models.rows import ModelView
    from tui.shell.session import Session

group = typer.Typer(help="List, show, use, export, import, verify and remove models.", no_args_is_help=True)
ModelId = Annotated[str, typer.Argument(help="Model id, or the beginning of one.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="models")


@group.command("list")
@command
def list_models(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False
) -> None:
    """Print all models, newest first."""
    session = session_of(context)
    models = session.workspace.vault.list()
    if as_json:
        session.out.data(json.dumps([{"id": model.id, "used_by": model.used_by, **model.manifest} for model in models], indent=1))
    else:
        for model in models:
            session.out.data(model_line(model))
    if not models:
        session.out.say("There is no model yet. Run: oddkin train")


@group.command("show")
@command
def show_model(context: typer.Context, model: ModelId) -> None:
    """Print a model's manifest: parameters, metrics, training set, seed, device, versions, hashes."""
    session = session_of(context)
    session.out.data(json.dumps(session.workspace.vault.show(model).manifest, indent=1))


@group.command("use")
@command
def use_model(
    context: typer.Context,
    model: ModelId,
    case: Annotated[str | None, typer.Option(help="Case; the newest if absent.", show_default=False)] = None,
) -> None:
    """Score a case by another model and rank by it from now on; a classifier re-orders the queue beside the detector."""
    from tui.shell.choose import choose_case

    session = session_of(context)
    use_another(session, choose_case(session, case), session.workspace.vault.show(model))


def use_another(session: Session, case: str, model: ModelView) -> None:
    """Use a model, a detector after scoring the case anew; first says how well it fits, where it was trained elsewhere."""
    from engine.progress import Run
    from engine.untrusted import visible
    from tui.actions.models import CLASSIFIER, use_model
    from tui.commands.seen import warn_of_seen
    from tui.commands.verdict_news import tell_what_moved

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
    context: typer.Context,
    model: ModelId,
    case: Annotated[str | None, typer.Option(help="Case; the newest if absent.", show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False,
) -> None:
    """Print how far a case is from what a model learnt, and whether to use the model there. Changes nothing."""
    from engine.jobs.check import check
    from tui.commands.seen import warn_of_seen
    from tui.render import drift
    from tui.shell.choose import choose_case

    session = session_of(context)
    name = choose_case(session, case)
    workspace = session.workspace
    found = workspace.vault.show(model)
    warn_of_seen(session, name, found.manifest)
    with session.out.progress("Nothing was changed.") as run:
        report = check(name, found.id, workspace.chains, workspace.vault, run)
    for line in [drift.as_json(report)] if as_json else drift.lines(report):
        session.out.data(line)


@group.command("export")
@command
def export_model(
    context: typer.Context,
    model: ModelId,
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write, - for stdout.", show_default=False)],
) -> None:
    """Write a model as one file, to be imported on another workstation."""
    from engine.errors import UsageError
    from store.models import package
    from tui.shell.files import STDOUT, protected

    session = session_of(context)
    vault = session.workspace.vault
    if output == STDOUT and session.out.stdout.isatty():
        raise UsageError("A model is no text for a terminal.", remedy="Name a file with -o, or pipe it on.")
    folder, manifest = vault.open(vault.show(model).id)
    if output == STDOUT:
        package.stream(folder, manifest, session.out.binary())
        return
    package.write(folder, manifest, output, protected(session))
    session.out.say(f"{manifest['id']} -> {output}")


@group.command("import")
@command
def import_model(
    context: typer.Context, file: Annotated[Path, typer.Argument(help="Exported model.", show_default=False)]
) -> None:
    """Take a model from a file. Nothing in it is executed, and every hash must match."""
    from tui.actions.models import take

    session = session_of(context)
    model_id = take(session.workspace, file)
    session.out.data(model_id)
    session.out.say(f"Use it with: oddkin models use {model_id}")


@group.command("verify")
@command
def verify_models(
    context: typer.Context,
    model: Annotated[str | None, typer.Argument(help="Model id; all if absent.", show_default=False)] = None,
) -> None:
    """Compare the files of models with the hashes in their manifests."""
    from tui.actions.models import checked

    session = session_of(context)
    vault = session.workspace.vault
    damaged = 0
    for number, error in checked(session.workspace, [one.id for one in ([vault.show(model)] if model else vault.list())]):
        session.out.data(f"{number}  {'ok' if error is None else 'damaged'}")
        if error is not None:
            damaged += 1
            session.out.complain(error)
    if damaged:
        raise typer.Exit(ExitCode.FAILURE)


@group.command("remove")
@command
def remove_model(
    context: typer.Context,
    model: Annotated[str, typer.Argument(help="Whole id of the model.", show_default=False)],
    force: Annotated[bool, typer.Option("--force", help="Even if a case uses it; its scores go too.")] = False,
) -> None:
    """Remove a model and the scores it gave."""
    session = session_of(context)
    session.workspace.vault.remove(model, force=force)
    session.out.say(f"Removed {model}.")


def model_line(model: ModelView) -> str:
    """A model in one line."""
    from engine.classifier.trust import trust_of
    from engine.untrusted import visible
    from tui.words.words import when

    manifest = model.manifest
    used = f"  used by {', '.join(model.used_by)}" if model.used_by else ""
    cases = ", ".join(str(case) for case in manifest.get("cases", ()))
    name = f"  {manifest['name']}" if manifest.get("name") else ""
    doubt = f"  {trust_of(manifest).words()}" if model.kind == "classifier" and not trust_of(manifest).enough else ""
    return visible(
        f"{model.id}  {model.kind}  {when(model.created_us)}  {model.size / 1e6:.1f} MB  trained on {cases}{name}{used}{doubt}"
    )
