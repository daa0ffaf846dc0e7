"""Sentences about exceptions, the same in both front ends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from engine.exceptions.commands import CommandKind, left_open
from engine.untrusted import visible
from tui.words.words import base, many, on_hosts, when

if TYPE_CHECKING:
    from engine.exceptions.kept import ExceptionScope, KeptException
    from store.exceptions.drafts import ExceptionDrafts, ExceptionPreview
    from store.exceptions.exceptions import ExceptionView, KeepReport
    from store.exceptions.hidden import HiddenFindings

LISTED = 6
"""Findings that a sentence names."""
COMMAND_SHOWN = 160
"""Characters of the words of a command line."""
IN_COMMANDS = "oddkin exceptions hidden"
"""What lists them on the command line."""


def exception_name(number: int) -> str:
    """As people call one: E3."""
    return f"E{number}"


def exception_names(numbers: Iterable[int]) -> str:
    """E1, E3."""
    return ", ".join(map(exception_name, numbers))


def command_words(scope: ExceptionScope) -> str:
    """What is asked of the command line."""
    if isinstance(scope.command, CommandKind):
        return "any command line" if scope.command is CommandKind.ANY else "no command line"
    return f"$ {visible(' '.join(scope.command), COMMAND_SHOWN)}" if scope.command else "no word behind its name"


def scope_words(scope: ExceptionScope) -> str:
    """What an exception covers, on one line: the program below those above it, its command line, the hosts."""
    above = "".join(f" < {visible(one)}" for one in scope.ancestors) + (" < nothing that is known" if scope.root else "")
    above = above or (" below anything" if scope.is_alone else "")
    where = f"host {visible(scope.host)}" if scope.host else "any host"
    return f"{visible(scope.image)}{above}, {command_words(scope)}, {where}"


def short_scope(scope: ExceptionScope) -> str:
    """The same in names of files, for a line of a dialog."""
    above = "".join(f" < {visible(base(one))}" for one in scope.ancestors) + (" < nothing known" if scope.root else "")
    return f"{visible(base(scope.image))}{above}  {command_words(scope)}"


def until_words(expires_us: int | None, now_us: int) -> str:
    """How long it holds."""
    if expires_us is None:
        return "for good"
    return f"{'until' if now_us < expires_us else 'expired'} {when(expires_us)[:10]}"


def exception_line(view: ExceptionView, now_us: int) -> str:
    """One of a list."""
    kept = view.kept
    cases = f"{many(view.processes, 'process', 'processes')} in {many(len(view.uses), 'case')}"
    last = max((use.last_us for use in view.uses if use.last_us is not None), default=None)
    seen = f", the last {when(last)}" if last is not None else ""
    note = f"  {kept.note}" if kept.note else ""
    return (
        f"{exception_name(view.number)}  {until_words(kept.expires_us, now_us)}  {kept.reason}  by {kept.owner or 'nobody'}  "
        f"{scope_words(kept.scope)}  {cases}{seen}{note}"
    )


def use_lines(view: ExceptionView) -> list[str]:
    """How much of each case."""
    return [
        f"    {use.case}: {on_hosts(use.processes, use.hosts)}, {when(use.first_us)} … {when(use.last_us)}" for use in view.uses
    ]


def hidden_words(hidden: HiddenFindings, how: str = f"See: {IN_COMMANDS}") -> str:
    """What a list leaves out, and what is in it again; "" where exceptions do nothing. how: what lists them."""
    said = []
    if hidden.findings:
        count = len(hidden.findings)
        said.append(
            f"{many(count, 'finding')} {'is' if count == 1 else 'are'} hidden by {many(len(hidden.exceptions), 'exception')}"
        )
    if hidden.back:
        count, expired = len(hidden.back), len(hidden.expired)
        said.append(
            f"{many(count, 'finding')} {'is' if count == 1 else 'are'} back, for {many(expired, 'exception')}"
            f" ({exception_names(hidden.expired)}) {'has' if expired == 1 else 'have'} expired"
        )
    return f"{'; '.join(said)}. {how}".rstrip() if said else ""


def hidden_title(hidden: HiddenFindings, key: str) -> str:
    """The same in the title of a list; the key shows them."""
    said = []
    if hidden.findings:
        said.append(f"{len(hidden.findings):,} hidden by {many(len(hidden.exceptions), 'exception')} ({key})")
    if hidden.back:
        said.append(f"{len(hidden.back):,} back: {exception_names(hidden.expired)} expired")
    return " · ".join(said)


def missing_words(sought: str | int, hidden: HiddenFindings) -> str:
    """Why a finding, or a chain, is not in the list that it was looked for in."""
    if sought in hidden.findings:
        return f"Finding F{sought} is hidden by an exception. Z shows what is hidden."
    return "That is not in the queue of these scores. r ranks what is there now."


def named_findings(numbers: Sequence[int]) -> str:
    """F1, F4 …"""
    more = f" and {len(numbers) - LISTED:,} more" if len(numbers) > LISTED else ""
    return ", ".join(f"F{number}" for number in numbers[:LISTED]) + more


def preview_lines(preview: ExceptionPreview, scopes: Sequence[ExceptionScope], *, kept: bool = False) -> list[str]:
    """What they would do in this case, before they are kept; `kept`: what they do."""
    covered = on_hosts(preview.processes, preview.hosts) if preview.processes else "no process"
    hides = f"{many(len(preview.findings), 'finding')} ({named_findings(preview.findings)})" if preview.findings else "no finding"
    be, stay = ("are" if len(preview.findings) > 1 else "is", "stays") if kept else ("would be", "would stay")
    said = [f"In this case: {covered}; {hides} {be} hidden."]
    if preview.staying:
        stay = "stay" if kept and len(preview.staying) > 1 else stay
        said.append(f"{named_findings(preview.staying)} {stay}: judged malicious or undetermined here, or known bad.")
    for verdict, count in sorted(preview.judged.items()):
        among = many(count, "process", "processes")
        said.append(f"Look again: {among} among them {'is' if count == 1 else 'are'} judged {verdict.replace('_', ' ')}.")
    opened = tuple(dict.fromkeys(one for scope in scopes for one in left_open(scope.command)))
    if opened:
        said.append(f"The shape of the command line leaves open: {', '.join(opened)}.")
    return said


def without_words(drafts: ExceptionDrafts) -> str:
    """Of what was judged what is in no exception; "" for nothing."""
    count = drafts.without
    told = f"{many(count, 'odd process', 'odd processes')} there {'has' if count == 1 else 'have'} no such verdict"
    return f"{told}: no exception is made of {'it' if count == 1 else 'them'}." if count else ""


def report_lines(report: KeepReport) -> list[str]:
    """What became of exceptions that were to be kept."""
    known = f", {many(report.known, 'was', 'were')} here already" if report.known else ""
    changed = f", {len(report.changed):,} changed" if report.changed else ""
    said = [f"{many(len(report.new), 'exception')} kept{changed}{known}"]
    for number, other in report.conflicts:
        said.append(
            f"{exception_name(number)} covers the same and stays as it is; there: {said_of(other)}. --replace takes that."
        )
    return said


def said_of(kept: KeptException) -> str:
    """What is said of an exception besides what it covers."""
    until = "for good" if kept.expires_us is None else f"until {when(kept.expires_us)[:10]}"
    return f"{kept.verdict}, {kept.reason}, by {kept.owner or 'nobody'}, {until}" + (f", {kept.note}" if kept.note else "")
