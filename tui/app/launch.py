"""From `oddkin` without a command to the application and back to the shell."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import typer

from engine.errors import OddkinError
from tui.app.app import OddkinApp
from tui.shell.session import ExitCode, code_of, session_of

INTERFACE = "(the interface)"
"""What the audit names where there is no command."""
LAST_WAIT_S = 10.0
"""For a job's thread that does not come to its next look at the token."""


def on_terminal() -> bool:
    """Whether somebody sits there: both ends of the conversation are a terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def launch(context: typer.Context, evidence: Sequence[Path] = ()) -> None:
    """Open the workspace, run the application (which asks what to do with `evidence`), end the process whatever works."""
    from tui.app.app import OddkinApp
    from tui.app.warm import up
    from tui.runtime.services import open_services

    session = session_of(context)
    if session.out.no_color:
        os.environ["NO_COLOR"] = "1"  # how Textual is told
    try:
        workspace = session.workspace_or_new
        workspace.acting = replace(workspace.acting, command=INTERFACE)
        app = OddkinApp(open_services(workspace), when_painted=partial(begin, up), evidence=evidence)
    except OddkinError as error:
        session.out.complain(error)
        session.close()
        raise typer.Exit(code_of(error)) from None
    asyncio.run(_run(app))
    if not app.runner.join(LAST_WAIT_S):
        # Stuck in one long call. The store survives a kill at any point (tests/kill), so leaving means leaving.
        sys.stdout.flush()
        os._exit(ExitCode.INTERRUPTED)
    session.close()
    raise typer.Exit(app.return_code or ExitCode.DONE)


def begin(warm: Callable[[OddkinApp], object], app: OddkinApp) -> None:
    """What a real session does behind its first paint."""
    warm(app)
    app.others.start()


async def _run(app: OddkinApp) -> None:
    loop = asyncio.get_running_loop()
    for name in ("SIGTERM", "SIGHUP"):
        # A lost connection or a shutdown leaves by the door, so that the terminal and the job end in order; who sent it is
        # told as by any other command.
        with suppress(NotImplementedError, AttributeError):
            loop.add_signal_handler(getattr(signal, name), partial(app.exit, return_code=ExitCode.INTERRUPTED))
    await app.run_async()
