"""`oddkin doctor`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from tui.shell.console import Output
from tui.shell.session import ExitCode, Session, command

if TYPE_CHECKING:
    from store.doctor.examine import Complaint

LIBRARIES = ("torch", "gensim", "scikit-learn", "numpy", "sqlalchemy", "alembic", "textual", "rich", "typer", "evtx")


@command
def doctor(
    session: Session,
    clean: Annotated[bool, typer.Option("--clean", help="Remove folders of the model store that belong to no model.")] = False,
) -> None:
    """Check what comes with oddkin (detector, starter, sequence model) and the workspace (database, references, interrupted work,
    model hashes), and say what runs here. 1 when anything is damaged.
    """
    import platform

    from engine.device import resolve
    from store.doctor.shipped import examine_shipped
    from store.models import ready

    out = session.out
    out.data(f"oddkin {installed('oddkin')}, Python {platform.python_version()}, {platform.platform()}")
    out.data("  " + ", ".join(f"{name} {installed(name)}" for name in LIBRARIES))
    out.data(f"device: {resolve('auto').line}")
    with out.progress("Nothing was changed.") as run:
        damaged = tell(examine_shipped(lambda: ready.content(ready.shipped()), run), out)
    out.line(f"workspace: {session.called}")
    if session.server is not None:
        out.line("pages and references: not looked at, they are the server's own (pg_amcheck)")
    if session.has_workspace:
        damaged |= check(session, clean=clean)
    else:
        out.data("There is no workspace yet; the first ingest makes it.")
    if damaged:
        raise typer.Exit(ExitCode.FAILURE)


def check(session: Session, *, clean: bool) -> bool:
    """Check the workspace, and tell. Whether it is damaged."""
    from store.doctor.examine import examine

    out = session.out
    if clean:
        for path in session.workspace.vault.collect():
            out.say(f"removed {path.name}")
    with out.progress("Nothing was changed.") as run:
        complaints = examine(session.workspace, run)
    if not complaints:
        out.data("The workspace is sound.")
    return tell(complaints, out)


def tell(complaints: Iterable[Complaint], out: Output) -> bool:
    """Print what is wrong, with the remedy of each. Whether one of them is an error."""
    found = list(complaints)
    for complaint in found:
        out.line(f"{complaint.severity}: {complaint.message}", f"    {complaint.remedy}")
    return any(complaint.severity == "error" for complaint in found)


def installed(name: str) -> str:
    """Version of an installed distribution."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
