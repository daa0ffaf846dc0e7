"""What every command shares: the streams, the workspace, the libraries, what its errors and its exit code mean to the shell."""

from __future__ import annotations

import functools
import inspect
import os
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

import typer

from engine.errors import Cancelled, OddkinError, UsageError
from store.base.errors import refused
from tui.shell.completions import complete
from tui.shell.console import Output
from tui.shell.forms import OLD_JSON, Form, FormerlyJson, OldJson
from tui.shell.secrets import UNTOLD, Secret

if TYPE_CHECKING:
    from store.base.acting import Acting
    from store.base.postgres.address import ServerAddress
    from store.workspace import Workspace


class ExitCode(IntEnum):
    """What a finished `oddkin` process says."""

    DONE = 0
    FAILURE = 1
    USAGE = 2
    UNREADABLE_INPUT = 3
    """The job finished, but some input could not be read; the report names it."""
    INTERRUPTED = 130


BEGIN = "Start with: oddkin ingest PATH --case NAME"
"""Where there is nothing yet."""
WRITES = re.compile(
    r"oddkin (train|ingest|label |classify|models (use|import|remove)|rules (learn|add|accept|reject|take))|Run: oddkin rank"
)
"""Commands that change a workspace, in a remedy. A queue is looked at by `rank` too: told to be run, it makes the first one."""
OLD = "old_json"
"""The parameter of the old spelling."""
P = ParamSpec("P")
R = TypeVar("R")


@dataclass
class Session:
    """One invocation of the command line."""

    out: Output
    workspace_path: Path
    """Its folder; of one on a server the folder below which this machine keeps what it fetches."""
    url: str = field(default="", repr=False)
    """Of a workspace on a server; it may hold a password. "" for a folder."""
    invoked: tuple[str, dict[str, object]] = ("", {})
    """The command as it is typed behind `oddkin`, and what was given to it that may be kept."""
    named: bool = False
    """Whether the workspace was named with -w."""
    _workspace: Workspace | None = None
    _wanted: bool = False
    """Whether the command has asked for the workspace."""

    @property
    def workspace(self) -> Workspace:
        """The workspace, opened (and migrated) on first use. Raises UsageError where there is none: reading makes nothing."""
        if self._workspace is None and not self.has_workspace:
            raise UsageError(f"There is no workspace in {self.called} yet.", remedy=BEGIN)
        return self.workspace_or_new

    @cached_property
    def server(self) -> ServerAddress | None:
        """The database that holds the workspace; None for a folder. Raises UsageError for a URL that names none."""
        from store.base.postgres.address import parsed

        return parsed(self.url) if self.url else None

    @property
    def called(self) -> str:
        """The workspace as it may be shown: without a password."""
        return str(self.workspace_path) if self.server is None else self.server.shown

    @property
    def has_workspace(self) -> bool:
        """Whether there is something to be opened."""
        from store.workspace import is_there, server_holds

        self._wanted = True
        return is_there(self.workspace_path) if self.server is None else server_holds(self.server)

    @property
    def workspace_or_new(self) -> Workspace:
        """The same, made where there is none: for what puts the first thing into it."""
        self._wanted = True
        if self._workspace is None:
            from store.workspace import open_server, open_workspace

            if self.server is None:
                self._workspace = open_workspace(self.workspace_path, self.acting)
            else:
                self._workspace = open_server(self.server, self.workspace_path, self.acting)
            for sentence in self._workspace.said:
                self.out.say(sentence)
            if self._workspace.read_only:
                self.out.warn(f"The workspace {self.called} can only be read; commands that would change it are refused.")
        return self._workspace

    @property
    def workspace_to_change(self) -> Workspace:
        """The same for what will write. Raises StoreError, before anything is worked out, where it can only be read."""
        self.workspace.check_writable()
        return self.workspace

    @property
    def acting(self) -> Acting:
        """Who is at work, by this command: what the audit says."""
        from store.base.acting import Acting

        return Acting(command=self.invoked[0], arguments=self.invoked[1])

    def refuse_workspace(self, instead: str) -> None:
        """For a command that works elsewhere. Raises UsageError where a workspace was named: none is ignored in silence."""
        if self.named:
            raise UsageError(f"-w would have no effect with `oddkin {self.invoked[0]}`.", remedy=instead)

    def tell_unused(self) -> None:
        """That the command had no use for the workspace that was named."""
        if self.named and not self._wanted:
            self.out.say(f"-w {self.called} had no effect: this needs no workspace.")

    def in_place(self, error: OddkinError) -> OddkinError:
        """The same with a remedy that works here: where nobody may write, what would write comes after the copy."""
        if self._workspace is not None and self._workspace.read_only and WRITES.search(error.remedy):
            from store.base.access import COPY_IT

            error.remedy = f"{COPY_IT} There: {error.remedy}"
        return error

    def close(self) -> None:
        """Release the database."""
        if self._workspace is not None:
            self._workspace.close()
            self._workspace = None


def session_of(context: typer.Context) -> Session:
    """The session that the main callback has put into the context."""
    return cast("Session", context.obj)


def command(function: Callable[Concatenate[Session, P], R]) -> Callable[Concatenate[typer.Context, P], R]:
    """A command as Typer calls it: with its context, and `function` with the session that is in it. Our errors become a message
    and an exit code.
    """

    @functools.wraps(function)
    def guarded(context: typer.Context, *args: P.args, **kwargs: P.kwargs) -> R:
        session = session_of(context)
        if kwargs.pop(OLD, False):
            kwargs["form"] = Form.JSON
            session.out.warn(OLD_JSON)
        session.invoked = typed(context), kept(own, kwargs)
        try:
            result = function(session, *args, **kwargs)
            session.tell_unused()
            session.out.finish()
            return result
        except OddkinError as error:
            session.out.complain(session.in_place(error))
            raise typer.Exit(code_of(error)) from None
        except KeyboardInterrupt:
            raise typer.Exit(ExitCode.INTERRUPTED) from None
        except typer.Abort as abort:
            # Click turns Ctrl-C and Ctrl-D at a prompt into the same exception, and keeps the first as its context.
            stopped = isinstance(abort.__context__, KeyboardInterrupt)
            raise typer.Exit(ExitCode.INTERRUPTED if stopped else ExitCode.FAILURE) from None
        except BrokenPipeError:
            # `oddkin rank | head`: the reader has what it wanted.
            raise typer.Exit(ExitCode.DONE) from None
        except OSError as error:
            session.out.complain(refused(error))
            raise typer.Exit(ExitCode.FAILURE) from None
        finally:
            session.close()
            settle(session.out)

    # Typer reads the options off the signature, and knows the context by its type.
    own = inspect.signature(function, eval_str=True)
    given = inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    taken = list(own.parameters.values())[1:]
    for one in taken:
        complete(one.name, one.annotation)
    if any(isinstance(mark, FormerlyJson) for one in taken for mark in getattr(one.annotation, "__metadata__", ())):
        taken.append(inspect.Parameter(OLD, inspect.Parameter.KEYWORD_ONLY, annotation=OldJson, default=False))
    vars(guarded)["__signature__"] = own.replace(parameters=[given, *taken])
    return guarded  # type: ignore[return-value]  # Typer names the context, which Concatenate cannot say


def typed(context: typer.Context) -> str:
    """The words of a command: "labels import"."""
    words: list[str] = []
    at: Any = context
    while at is not None and at.parent is not None:
        words.insert(0, str(at.info_name))
        at = at.parent
    return " ".join(words)


def kept(signature: inspect.Signature, given: Mapping[str, object]) -> dict[str, object]:
    """What was given to a command, without what is as it is anyway, and of what nobody may keep only that it was given."""
    told: dict[str, object] = {}
    for name, value in given.items():
        one = signature.parameters.get(name)
        if one is None or value == one.default or value is None:
            continue
        secret = any(isinstance(mark, Secret) for mark in getattr(one.annotation, "__metadata__", ()))
        told[name] = UNTOLD if secret else value
    return told


def settle(out: Output) -> None:
    """Hand over what is buffered; what cannot be written any more is dropped, or Python would complain while it exits."""
    try:
        out.finish()
    except (OSError, ValueError):
        with suppress(OSError, ValueError, AttributeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def code_of(error: OddkinError) -> ExitCode:
    """Exit code for an error that ended a command."""
    if isinstance(error, Cancelled):
        return ExitCode.INTERRUPTED
    return ExitCode.USAGE if isinstance(error, UsageError) else ExitCode.FAILURE


def load_libraries() -> None:
    """Import torch and gensim before a job owns Ctrl-C: imports look at no token."""
    import gensim.models.fasttext  # noqa: F401
    import torch  # noqa: F401
