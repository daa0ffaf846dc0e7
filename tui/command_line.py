"""The commands of `oddkin`. At module level only Typer is imported: --help answers in a fraction of a second."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from typer import TyperException
from typer._click.exceptions import NoArgsIsHelpError
from typer.core import TyperGroup

from engine.untrusted import visible
from tui.commands import (
    cases,
    classify,
    demo,
    doctor,
    evaluate,
    fleet,
    formats,
    ingest,
    labels,
    models,
    processes,
    queue,
    rules,
    show,
    starter,
    train,
    tree,
)
from tui.commands.custody import audit
from tui.commands.exceptions import group as exceptions
from tui.commands.handover import export, report
from tui.commands.marks import marks, sigma
from tui.shell import session as sessions
from tui.shell.console import Output
from tui.shell.place import place_of
from tui.words.words import paste

PATHS = "tui.command_line.paths"
"""Where the context keeps what stands in the place of a command and is a path."""


class Commands(TyperGroup):
    """The group of all commands. What it says of an argument, which may be the name of a file, acts on nothing: Typer escapes
    control characters, but lets overrides of the writing direction and line separators through.

    A path where a command should be (`oddkin evidence/`) is no misspelt command: `start` gets it.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The options before the command, and whether one follows."""
        rest = super().parse_args(ctx, args)
        given = [*ctx._protected_args, *rest]
        if not given or self.get_command(ctx, given[0]) is not None or not is_path(given[0]) or ctx.resilient_parsing:
            return rest
        ctx.meta[PATHS] = given
        ctx._protected_args, ctx.args = [], []
        return []

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command of this name; what is said of none is true of files too."""
        try:
            return super().resolve_command(ctx, args)
        except TyperException as error:
            if isinstance(getattr(error, "message", None), str):
                error.message = error.message.replace("No such command", "No such command or file", 1)
            raise

    def make_context(self, *arguments: Any, **more: Any) -> Any:
        """Parse the options before the command."""
        with _visibly():
            return super().make_context(*arguments, **more)

    def invoke(self, ctx: Any) -> Any:
        """Parse what follows, and run."""
        with _visibly():
            return super().invoke(ctx)


def is_path(word: str) -> bool:
    """Whether a word that is no command is meant as a path: there is such a file, or it is written like one."""
    if word.startswith("-"):
        return False
    try:
        return os.sep in word or Path(word).exists()
    except (OSError, ValueError):  # not to be looked at, or with a NUL in it
        return True


@contextmanager
def _visibly() -> Iterator[None]:
    try:
        yield
    except TyperException as error:
        # A group without a command raises its own help, whose lines are ours.
        if isinstance(getattr(error, "message", None), str) and not isinstance(error, NoArgsIsHelpError):
            error.message = visible(error.message)
        raise


app = typer.Typer(
    name="oddkin",
    cls=Commands,
    help="Find the processes that do not belong: logs in, ranked process chains out. Everything stays on this machine.\n\n"
    "Without a command oddkin opens its interface; with paths (oddkin evidence/) it asks there what to do with them. Or type:\n\n"
    "\b\n"
    "  oddkin demo                      the whole way on simulated hosts, offline\n"
    "  oddkin ingest PATH --case NAME   read your own logs; then it says what comes next\n"
    "  oddkin rank                      what does not belong, strangest first",
    epilog="stdout is data, stderr is progress and messages. Exit codes: 0 done, 1 failure, 2 usage, "
    "3 finished with unreadable input, 130 interrupted.",
    no_args_is_help=False,
    # Plain help: Rich's boxes cost 0.2 s of every --help, and its markup swallows [brackets] in our texts.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
COMMANDS = (
    ("demo", demo.demo, "From raw logs to a CSV on simulated hosts, offline."),
    ("ingest", ingest.ingest, "Read logs into a case."),
    ("fleet", fleet.fleet, "Rank the logs of an estate on several processes or machines."),
    ("formats", formats.formats, "What is read, and how to export it at its source."),
    ("processes", processes.processes, "List every process that was read, with its parent."),
    ("train", train.train, "Learn what is normal, rank what is not."),
    ("rank", queue.rank, "Print the queue, strangest first."),
    ("show", show.show, "Show a finding, an incident or a process as a tree, or a chain step by step."),
    ("tree", tree.tree, "Draw process trees."),
    ("label", labels.label, "Give a finding, an incident, a process or a chain a verdict."),
    ("classify", classify.classify, "Teach the classifier with the verdicts so far, or classify sequences that are given."),
    ("export", export.export, "Write what was found for other programs: CSV, JSON lines, timelines, pictures, rules."),
    ("report", report.report, "Write a report to send: HTML or Markdown."),
    ("sigma", sigma.sigma, "Mark processes by Sigma rules, beside the score."),
    ("evaluate", evaluate.evaluate, "Compare rankings with known labels."),
    ("doctor", doctor.doctor, "Check the workspace."),
)
"""Name, function, what the list of commands says; in the order of that list."""
GROUPS = {
    "rules": rules.group, "labels": labels.group, "models": models.group, "starter": starter.group, "cases": cases.group,
    "audit": audit.group, "exceptions": exceptions.group, "marks": marks.group,
}  # fmt: skip
for name, function, told in COMMANDS:
    app.command(name, short_help=told)(function)
for name, group in GROUPS.items():
    app.add_typer(group, name=name)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version as installed_version

        typer.echo(f"oddkin {installed_version('oddkin')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    workspace: Annotated[
        str | None,
        typer.Option(
            "--workspace",
            "-w",
            envvar="ODDKIN_WORKSPACE",
            show_default=False,
            help="Directory of cases and models, or postgresql+psycopg://NAME@HOST/DATABASE.",
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no messages, only data and errors.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours (NO_COLOR does the same).")] = False,
    version: Annotated[bool, typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True)] = False,
) -> None:
    """Set up what every command shares."""
    place = place_of(workspace)
    session = sessions.Session(out=Output(quiet=quiet, no_color=no_color), workspace_path=place.folder, url=place.url)
    if workspace is not None and workspace != os.environ.get("ODDKIN_WORKSPACE"):
        session.out.options = f"-w {paste(place.shown)}"
    source = context.get_parameter_source("workspace")
    session.named = source is not None and source.name == "COMMANDLINE"
    context.obj = session
    if context.invoked_subcommand is not None:
        return
    from tui.app.launch import launch, on_terminal

    paths = ingest.given(context, context.meta.get(PATHS, []), terminal=on_terminal())
    if on_terminal():
        launch(context, paths)
    else:
        cases.welcome(context)
