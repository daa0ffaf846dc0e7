"""`oddkin doctor`."""

from __future__ import annotations

from typing import Annotated

import typer

from tui.shell.session import ExitCode, Session, command

LIBRARIES = ("torch", "gensim", "scikit-learn", "numpy", "sqlalchemy", "alembic", "textual", "rich", "typer", "evtx")


@command
def doctor(
    session: Session,
    clean: Annotated[bool, typer.Option("--clean", help="Remove folders of the model store that belong to no model.")] = False,
) -> None:
    """Check the workspace (database, references, interrupted work, model hashes) and say what runs here. 1 when damaged."""
    import platform

    from engine.device import resolve
    from store.doctor.examine import examine

    out = session.out
    out.data(f"oddkin {installed('oddkin')}, Python {platform.python_version()}, {platform.platform()}")
    out.data("  " + ", ".join(f"{name} {installed(name)}" for name in LIBRARIES))
    out.data(f"device: {resolve('auto').line}")
    out.line(f"workspace: {session.workspace_path}")
    if not session.has_workspace:
        out.data("There is no workspace yet; the first ingest makes it.")
        return
    if clean:
        for path in session.workspace.vault.collect():
            out.say(f"removed {path.name}")
    with out.progress("Nothing was changed.") as run:
        complaints = examine(session.workspace, run)
    for complaint in complaints:
        out.line(f"{complaint.severity}: {complaint.message}", f"    {complaint.remedy}")
    if not complaints:
        out.data("The workspace is sound.")
    if any(complaint.severity == "error" for complaint in complaints):
        raise typer.Exit(ExitCode.FAILURE)


def installed(name: str) -> str:
    """Version of an installed distribution."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
