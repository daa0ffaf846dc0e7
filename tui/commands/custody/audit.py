"""`oddkin audit`."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

from engine.errors import InputError, UsageError
from engine.untrusted import visible
from tui.shell.bounds import MOST
from tui.shell.files import STDOUT
from tui.shell.forms import Form
from tui.shell.session import ExitCode, Session, command
from tui.words.words import many

group = typer.Typer(help="List, check and hand over what was done with the workspace.", no_args_is_help=True)
NOTHING = "Nothing was changed."


@group.command("list")
@command
def list_entries(
    session: Session,
    case: Annotated[str | None, typer.Option(help="Only what was done with this case.", show_default=False)] = None,
    limit: Annotated[int | None, typer.Option(min=1, max=MOST, help="Only the last so many.", show_default=False)] = None,
    form: Annotated[Form, typer.Option("--format", help="table or json.")] = Form.TABLE,
) -> None:
    """Print the entries of the audit, oldest first: who did what, when, with which version; also of removed cases."""
    from tui.words.custody.audited import entry_line, head_words

    entries = session.workspace.audit.list(case, limit)
    if form is Form.JSON:
        session.out.data(json.dumps([entry.said | {"hash": entry.hash} for entry in entries], indent=1))
    else:
        session.out.line(*map(entry_line, entries))
    session.out.say(head_words(session.workspace.audit.head()))
    end_damaged(session)


@group.command("verify")
@command
def verify_audit(
    session: Session,
    file: Annotated[Path | None, typer.Argument(help="An exported audit; that of the workspace if absent.")] = None,
    head: Annotated[
        str | None, typer.Option(metavar="HEAD", help="A head that was noted: it has to be in it.", show_default=False)
    ] = None,
) -> None:
    """Check that every entry is what was written and follows from the one before, and name each place where not; 1 for damaged.

    Entries that were cut off at the end can only be found by a --head that was noted elsewhere. In a workspace the history of
    verdicts is held against the entries too.
    """
    from store.custody.audit import verify_file
    from tui.words.custody.audited import head_words, report_lines

    noted = _hash_of(head)
    with session.out.progress(NOTHING) as run:
        try:
            report = session.workspace.audit.verify(run, noted) if file is None else verify_file(file, run, noted)
        except OSError as error:
            raise InputError(f"Cannot read {file}: {error.strerror or error}.", file=str(file)) from error
    session.out.line(*report_lines(report, noted))
    session.out.say(head_words(report.head))
    if report.faults or report.head is None or (noted and report.noted is None):
        raise typer.Exit(ExitCode.FAILURE)


@group.command("export")
@command
def export_audit(
    session: Session,
    file: Annotated[Path, typer.Argument(help="JSON lines, - for stdout.", show_default=False)],
) -> None:
    """Write the whole audit as JSON lines, which `oddkin audit verify FILE` checks without the workspace."""
    from store.base.targets import replacing
    from store.evidence.spared import spared
    from tui.words.custody.audited import head_words

    audit = session.workspace.audit
    digest = hashlib.sha256()
    with session.out.progress(NOTHING) as run:
        if file == STDOUT:
            written, head = audit.export(_Hashing(session.out.binary(), digest), run)
        else:
            with replacing(file, spared(session.workspace)) as stream:
                written, head = audit.export(_Hashing(stream, digest), run)
    to = "-" if file == STDOUT else str(file.absolute())
    audit.note("audit exported", {"file": to, "rows": written, "sha256": digest.hexdigest(), "head": head and head.text})
    session.out.say(f"{many(written, 'entry', 'entries')} of the audit{'' if file == STDOUT else f' -> {visible(to)}'}")
    session.out.say(head_words(head))
    end_damaged(session)


def end_damaged(session: Session) -> None:
    """What was shown or handed over may be forged: raises Exit for an audit that is not what was written, and says so."""
    from tui.words.custody.audited import damaged_words

    with session.out.progress(NOTHING) as run:
        faults = len(session.workspace.audit.verify(run).faults)
    if faults:
        session.out.warn(damaged_words(faults))
        raise typer.Exit(ExitCode.FAILURE)


def _hash_of(noted: str | None) -> str:
    """The hash of a noted head: 42:3f9a…, or the hash alone."""
    text = (noted or "").strip().lower().rpartition(":")[2]
    if noted is not None and (len(text) != 64 or set(text) - set("0123456789abcdef")):
        raise UsageError(f"{noted!r} is no head of an audit.", remedy="Give it as it was printed: NUMBER:HASH.")
    return text


class _Hashing:
    """A stream that is hashed while it is written."""

    def __init__(self, stream: BinaryIO, digest: Any) -> None:
        self._stream = stream
        self._digest = digest

    def write(self, data: bytes) -> int:
        self._digest.update(data)
        return self._stream.write(data)
