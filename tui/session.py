"""What every command shares: the streams, the workspace, the running case, cancellation by Ctrl-C."""

from __future__ import annotations

import functools
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

import typer

from engine.errors import Cancelled, OddkinError, UsageError
from engine.progress import CancelToken
from tui.console import Output
from tui.exit_codes import ExitCode

if TYPE_CHECKING:
    from types import FrameType

    from store.database import Workspace

P = ParamSpec("P")
R = TypeVar("R")


@dataclass
class Session:
    """One invocation of the command line."""

    out: Output
    workspace_path: Path
    token: CancelToken = field(default_factory=CancelToken)
    _workspace: Workspace | None = None

    @property
    def workspace(self) -> Workspace:
        """The workspace, opened (and migrated) on first use."""
        if self._workspace is None:
            from store.database import open_workspace

            self._workspace = open_workspace(self.workspace_path)
        return self._workspace

    def close(self) -> None:
        """Release the database."""
        if self._workspace is not None:
            self._workspace.close()
            self._workspace = None


def default_workspace() -> Path:
    """ODDKIN_WORKSPACE, else the platform's user data directory."""
    named = os.environ.get("ODDKIN_WORKSPACE")
    if named:
        return Path(named)
    from platformdirs import user_data_path

    return user_data_path("oddkin", appauthor=False)


def session_of(context: typer.Context) -> Session:
    """The session that the main callback has put into the context."""
    return cast("Session", context.obj)


@contextmanager
def interruptible(token: CancelToken) -> Iterator[None]:
    """Ctrl-C and SIGTERM ask the job to stop at its next batch; a second one stops the process at once."""

    def ask(signum: int, _frame: FrameType | None) -> None:
        if token.cancelled:
            raise KeyboardInterrupt
        token.cancel()

    names = [signal.SIGINT, signal.SIGTERM]
    before = [signal.signal(name, ask) for name in names]
    try:
        yield
    finally:
        for name, handler in zip(names, before, strict=True):
            signal.signal(name, handler)


def command(function: Callable[P, R]) -> Callable[P, R]:
    """Turn our errors into a message and an exit code; the first argument is the Typer context."""

    @functools.wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        context: Any = kwargs.get("context") or (args[0] if args else None)
        session = session_of(context)
        try:
            with interruptible(session.token):
                return function(*args, **kwargs)
        except OddkinError as error:
            session.out.complain(error)
            raise typer.Exit(code_of(error)) from None
        except KeyboardInterrupt:
            raise typer.Exit(ExitCode.INTERRUPTED) from None
        except BrokenPipeError:
            # `oddkin rank | head`: the reader has what it wanted. Python would complain again while flushing at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(ExitCode.DONE) from None
        finally:
            session.close()

    return guarded


def code_of(error: OddkinError) -> ExitCode:
    """Exit code for an error that ended a command."""
    if isinstance(error, Cancelled):
        return ExitCode.INTERRUPTED
    return ExitCode.USAGE if isinstance(error, UsageError) else ExitCode.FAILURE
