"""`oddkin cases`, and what `oddkin` alone says."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import UsageError
from engine.untrusted import visible
from tui.commands.custody.verify import verify_case
from tui.shell.ask import confirm
from tui.shell.choose import choose_case
from tui.shell.completions import case_names
from tui.shell.forms import Form, Format
from tui.shell.session import Session, command
from tui.words.triage.hash_lists import list_lines, list_name
from tui.words.triage.marks import set_line
from tui.words.words import many, paste, when

if TYPE_CHECKING:
    from store.base.views import CaseSummary

group = typer.Typer(help="List, show, verify and remove cases.", no_args_is_help=True)
group.command("verify")(verify_case)
NEWEST = "Case; the newest if absent."
REMOVED = "Case to remove, with its records, chains, scores and verdicts."
REJECTS_SHOWN = 200


@command
def welcome(session: Session) -> None:
    """Where things stand and what to do next."""
    cases = session.workspace.cases.list() if session.has_workspace else ()
    if not cases:
        session.out.line(
            f"No case in {session.called} yet.",
            "",
            "  oddkin demo                        see the whole way on simulated hosts",
            "  oddkin ingest PATH --case NAME     start with your own logs",
            "  oddkin --help                      everything else",
        )
        return
    for case in cases:
        session.out.line(case_line(case), f"    next: {next_step(session, case)}")


@group.command("list")
@command
def list_cases(session: Session, form: Format = Form.TABLE) -> None:
    """Print all cases, newest first."""
    cases = session.workspace.cases.list()
    if form is Form.JSON:
        session.out.data(json.dumps([asdict(case) for case in cases], indent=1))
    else:
        for case in cases:
            session.out.line(case_line(case))


@group.command("show")
@command
def show_case(
    session: Session,
    name: Annotated[str | None, typer.Argument(help=NEWEST, show_default=False, autocompletion=case_names)] = None,
    rejects: Annotated[bool, typer.Option("--rejects", help="List the rejected records too.")] = False,
    form: Format = Form.TABLE,
) -> None:
    """Print sources with read, kept, merged and rejected records, hosts, time ranges, what is missing, the model in use."""
    from tui.render import case_view
    from tui.shell.choose import choose_case
    from tui.words.evidence_story import CaseEvidence

    name = choose_case(session, name)
    cases = session.workspace.cases
    summary = cases.show(name)
    evidence = CaseEvidence(cases.sources(name), cases.hosts(name), cases.spans(name), cases.facts(name))
    codes = cases.reject_counts(name)
    lists = session.workspace.hash_lists.lists(name)
    if form is Form.JSON:
        bad = cases.rejects(name, limit=REJECTS_SHOWN) if rejects else None
        session.out.data(case_view.as_json(summary, evidence, codes, bad, lists))
        return
    session.out.line(case_line(summary))
    session.out.show(case_view.sources_table(evidence.sources, codes))
    session.out.show(case_view.hosts_table(evidence.hosts))
    if evidence.spans:
        session.out.line(*case_view.span_lines(evidence.spans))
        if (more := len(evidence.spans) - case_view.SPANS_SHOWN) > 0:
            session.out.line(f"… and {more:,} more of what a source has of a host; --format json has all.", "")
    if lists:
        session.out.line(*list_lines(lists, session.workspace.hash_lists.both(name), name), "")
    if marks := session.workspace.marks.sets(name):
        session.out.line(*map(set_line, marks), "")
    if lines := case_view.told_lines(evidence):
        session.out.line(*lines, "")
    if rejects:
        for reject in cases.rejects(name, limit=REJECTS_SHOWN):
            session.out.line(case_view.reject_line(reject))
    session.out.say(f"Next: {next_step(session, summary)}")


@group.command("remove")
@command
def remove_case(
    session: Session,
    name: Annotated[str, typer.Argument(help=REMOVED, autocompletion=case_names)],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove a case. Models stay; the evidence files were never touched."""
    summary = session.workspace.cases.show(choose_case(session, name))
    if not yes and not session.out.stderr.isatty():
        raise UsageError("Removing a case cannot be undone.", remedy="Add --yes.")
    if not yes and not confirm(f"Remove {visible(name)} with {summary.kept:,} records and {summary.labels} verdicts?"):
        session.out.say("Nothing was removed.")
        return
    with session.out.progress("Nothing was removed.") as run:
        session.workspace.cases.remove(name, run)
    session.out.say(f"Removed case {visible(name)}.")


@group.command("forget-hashes")
@command
def forget_hashes(
    session: Session,
    name: Annotated[str | None, typer.Argument(help=NEWEST, show_default=False, autocompletion=case_names)] = None,
    which: Annotated[str, typer.Option("--list", help="Path or name of the one list; all without it.", show_default=False)] = "",
) -> None:
    """Forget what lists of known-good and known-bad hashes say of a case; the next ranking is without them."""
    name = choose_case(session, name)
    gone = session.workspace.hash_lists.forget(name, which)
    what = f"the list {list_name(which)}" if which else many(gone, "list of hashes", "lists of hashes")
    session.out.say(f"Forgot {what} in case {visible(name)}.", f"Next: oddkin rank --case {paste(name)}")


def case_line(case: CaseSummary) -> str:
    """A case in one line."""
    span = f", {when(case.first_us)} … {when(case.last_us)}" if case.first_us is not None else ""
    failed = f" ({case.failed:,} damaged or not read)" if case.failed else ""
    counts = (many(case.hosts, "host"), many(case.chains, "chain"), many(case.labels, "verdict"))
    contents = f"{', '.join(counts)}, model {case.model_id or 'none'}"
    return (
        f"{visible(case.name)}: {many(case.sources, 'source')}{failed}, {many(case.kept, 'record')} "
        f"({case.merged:,} merged, {case.rejected:,} rejected), {contents}{span}"
    )


def next_step(session: Session, case: CaseSummary) -> str:
    """The command that brings this case on."""
    option = "" if len(session.workspace.cases.list()) == 1 else f" --case {paste(case.name)}"
    if case.unfinished or case.unlinked:
        return f"oddkin ingest PATH --case {paste(case.name)}   (an ingest was interrupted; the same paths again go on)"
    if case.chains == 0:
        return f"oddkin ingest PATH --case {paste(case.name)}"
    return f"oddkin rank{option}"
