"""`oddkin exceptions add`, `preview`, `remove` and `renew`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import UsageError
from engine.exceptions.kept import ANY_HOST, MOST_ANCESTORS, ExceptionReason
from tui.actions.exceptions.expiry import DEFAULT
from tui.commands.verdict_news import named
from tui.shell.bounds import MOST
from tui.shell.choose import choose_case
from tui.shell.completions import references
from tui.shell.forms import Form
from tui.shell.session import Session, command

if TYPE_CHECKING:
    from engine.exceptions.matching import ScopeAsked
    from tui.actions.exceptions.keeping import PreparedExceptions

Case = Annotated[str | None, typer.Option(help="Case; the newest if absent.", show_default=False)]
Source = Annotated[
    str,
    typer.Option(
        "--from", metavar="WHAT", show_default=False, autocompletion=references,
        help="Finding (F3), incident (F3/2) or process (P123471) that was judged false_positive or benign.",
    ),
]  # fmt: skip
Ancestors = Annotated[
    int, typer.Option(min=0, max=MOST_ANCESTORS, help="Programs above it that have to be the same; 1 is the parent.")
]
Host = Annotated[
    str | None,
    typer.Option(metavar="GLOB", help="Only on hosts of this name, or pattern with * and ?.", show_default=False),
]
AnyHost = Annotated[bool, typer.Option("--any-host", help="On any host, as without --host.")]
AnyCommand = Annotated[bool, typer.Option("--any-command/--command", help="With any command line, or with one of this shape.")]
ImageAlone = Annotated[
    bool, typer.Option("--image-alone", help="The program alone is meant: --ancestors 0 --any-command want this said.")
]
Reason = Annotated[ExceptionReason, typer.Option(help="Why it is no finding.", show_default=False)]
Owner = Annotated[str | None, typer.Option(help="Who answers for it; the login name if absent.", show_default=False)]
Expires = Annotated[str, typer.Option(metavar="WHEN", help="90d, 2027-01-31 or never.")]
Which = Annotated[
    list[str], typer.Argument(metavar="EXCEPTION...", help="Numbers, as `list` prints them: E3.", show_default=False)
]
NUMBER = re.compile(r"[Ee]?(\d{1,9})\Z")


@command
def preview(
    session: Session,
    source: Source,
    case: Case = None,
    ancestors: Ancestors = 1,
    host: Host = None,
    any_host: AnyHost = False,
    any_command: AnyCommand = False,
    image_alone: ImageAlone = False,
    form: Annotated[Form, typer.Option("--format", help="table or json.")] = Form.TABLE,
) -> None:
    """Say what an exception would cover and hide in this case, before it is kept: processes, hosts, findings, and whether any of
    them is judged malicious. Nothing is changed.
    """
    from tui.actions.exceptions.listing import preview_json
    from tui.words.triage.exception_words import preview_lines, scope_words, without_words

    name = choose_case(session, case)
    asked = scope_asked(ancestors, host, any_host, any_command, image_alone)
    found = prepared(session, name, source, asked)
    drafts = found.drafts.drafts
    if form is Form.JSON:
        session.out.data(json.dumps(preview_json(drafts, found.preview), indent=1))
    else:
        session.out.line(*(scope_words(one.scope) for one in drafts))
        session.out.line(*preview_lines(found.preview, [one.scope for one in drafts]))
    if said := without_words(found.drafts):
        session.out.say(said)


@command
def add(
    session: Session,
    source: Source,
    reason: Reason,
    case: Case = None,
    ancestors: Ancestors = 1,
    host: Host = None,
    any_host: AnyHost = False,
    any_command: AnyCommand = False,
    image_alone: ImageAlone = False,
    owner: Owner = None,
    expires: Expires = DEFAULT,
    note: Annotated[str, typer.Option(help="What a reader has to know of it.")] = "",
) -> None:
    """Keep a verdict of false positive or benign for later cases: what looks like this leaves their queues, is counted and
    listed, and comes back when the exception expires.

    One exception is made for each kind of odd process that was judged so: its program, its parent and the shape of its command
    line have to be the same, on any host, unless the options make that narrower or wider.
    """
    from store.base.clock import now_us
    from tui.actions.author import author_name
    from tui.actions.exceptions.expiry import expires_us
    from tui.actions.exceptions.keeping import ExceptionWanted, keep
    from tui.words.triage.exception_words import exception_line, preview_lines, report_lines, without_words

    name = choose_case(session, case, to_change=True)
    now = now_us()
    wanted = ExceptionWanted(reason, author_name() if owner is None else owner, expires_us(expires, now), note)
    found = prepared(session, name, source, scope_asked(ancestors, host, any_host, any_command, image_alone))
    report = keep(session.workspace, found.drafts, wanted, now)
    scopes = [one.scope for one in found.drafts.drafts]
    keys = {scope.key for scope in scopes}
    session.out.line(*(exception_line(view, now) for view in session.workspace.exceptions.list() if view.kept.scope.key in keys))
    said = (*report_lines(report), *preview_lines(found.preview, scopes, kept=True), without_words(found.drafts))
    session.out.say(*(line for line in said if line))


@command
def remove(session: Session, numbers: Which) -> None:
    """Forget exceptions: what they hid is in the queues again. The audit keeps that they were there."""
    from tui.words.triage.exception_words import exception_names

    wanted = [number_of(text) for text in numbers]
    session.workspace_to_change.exceptions.remove(wanted)
    session.out.say(f"Removed: {exception_names(wanted)}")


@command
def renew(session: Session, numbers: Which, expires: Expires = DEFAULT) -> None:
    """Let exceptions hold from now on for so long, also those that have expired."""
    from store.base.clock import now_us
    from tui.actions.exceptions.expiry import expires_us
    from tui.words.triage.exception_words import exception_names, until_words

    now = now_us()
    wanted, ends = [number_of(text) for text in numbers], expires_us(expires, now)
    session.workspace_to_change.exceptions.renew(wanted, ends)
    session.out.say(f"{exception_names(wanted)}: {until_words(ends, now)}")


def scope_asked(ancestors: int, host: str | None, any_host: bool, any_command: bool, image_alone: bool) -> ScopeAsked:
    """How narrow it is to be. Raises UsageError for options that say two things."""
    from engine.exceptions.matching import ScopeAsked

    if host is not None and any_host:
        raise UsageError("--host and --any-host say two things.", remedy="Leave one of them out.")
    if host is not None and not host.strip():
        raise UsageError("--host names no host.", remedy="Leave it out for any host.")
    return ScopeAsked(ancestors, ANY_HOST if host is None else host, any_command, image_alone)


def prepared(session: Session, case: str, reference: str, asked: ScopeAsked) -> PreparedExceptions:
    """What would be kept, and what that would hide. Raises NotFound and UsageError."""
    from store.base.clock import now_us
    from tui.actions.exceptions import keeping
    from tui.actions.verdict_subject import WHOLE

    source = keeping.source_of(named(session, case, reference, WHOLE).subject)
    return keeping.prepared(session.workspace, case, source, asked, now_us())


def number_of(text: str) -> int:
    """The number of E3. Raises UsageError."""
    found = NUMBER.match(text.strip())
    if found is None or not 0 < int(found[1]) <= MOST:
        raise UsageError(f"{text!r} names no exception.", remedy="Name it as `oddkin exceptions list` does: E3.")
    return int(found[1])
