"""`oddkin tree`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import NotFound, UsageError
from tui.commands.custody.handing import shown_or_handed_over
from tui.commands.window import From, To, WhereText, where, window
from tui.shell.bounds import LARGEST_PID, MOST
from tui.shell.choose import choose_case, choose_chain, choose_finding, choose_incident, choose_process
from tui.shell.files import STDOUT
from tui.shell.no_effect import refuse
from tui.shell.session import Session, command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.domain.spans import Within
    from engine.handover.pictures.forest import DrawnNode
    from store.base.views import ProcessView
    from store.where.terms import Where

AROUND_SHOWN = 5
"""Processes of a chain that are drawn; they mostly look alike."""


class TreeForm(StrEnum):
    """How to draw."""

    TEXT = "text"
    DOT = "dot"
    MERMAID = "mermaid"
    SVG = "svg"


@command
def tree(
    session: Session,
    case: Annotated[str | None, typer.Option(help="Case; the newest if absent.", show_default=False)] = None,
    host: Annotated[str | None, typer.Option(help="Only this host.", show_default=False)] = None,
    around: Annotated[
        str | None,
        typer.Option(
            help="A process (P123471), the oddest one of a finding (F3) or incident (F3/2), rank or id of a chain, or pid:NUMBER:"
            " its ancestors and what it started.",
            show_default=False,
        ),
    ] = None,
    where_text: WhereText = None,
    begin: From = None,
    end: To = None,
    form: Annotated[TreeForm, typer.Option("--format", help="text, dot, mermaid or svg.")] = TreeForm.TEXT,
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="Most processes to draw.")] = 500,
    output: Annotated[Path, typer.Option("-o", "--output", help="File, - for stdout.")] = Path("-"),
) -> None:
    """Draw process trees: ▲ marks what is above the threshold, links that are not certain say so."""
    from tui.render.tree_builder import TreeBuilder

    name = choose_case(session, case)
    builder = TreeBuilder(session.workspace, name, limit)
    bounds = window(begin, end)
    asked = where(session, name, where_text)
    if around is not None and asked:
        raise UsageError("What is drawn is chosen by --around or by --where, not by both.")
    if around is not None:
        refuse({"--from": begin, "--to": end}, "--around")
        roots = builder.around(wanted_processes(session, name, around, host))
    elif bounds.bounded or asked:
        roots = builder.around(chosen(session, name, asked, bounds, host, limit), below=False)
    else:
        hosts = session.workspace.cases.hosts(name)
        host_id = session.workspace.cases.host_id(name, host) if host else None
        roots = builder.hosts([one for one in hosts if host_id in {None, one.id}])
    draw(session, roots, form, f"{name}{f' around {around}' if around else ''}", output, name)


def draw(session: Session, roots: list[DrawnNode], form: TreeForm, title: str, output: Path, case: str) -> None:
    """Write the trees as they were asked for."""
    from engine.handover.pictures import dot, mermaid, svg
    from store.custody.handover import Handover
    from tui.render import tree_text

    with shown_or_handed_over(output, session, Handover("tree", case, form)) as stream:
        if form is TreeForm.MERMAID:
            stream.write(mermaid.mermaid(roots))
        elif form is TreeForm.SVG:
            stream.write(svg.svg(roots, title))
        elif form is TreeForm.DOT:
            stream.write(dot.dot(roots, title))
        elif output == STDOUT:
            console = session.out.console(stream)
            for line in tree_text.text_lines(roots):
                console.print(line, overflow="ignore", crop=False, soft_wrap=True)
        else:
            stream.writelines(f"{line.plain}\n" for line in tree_text.text_lines(roots))


def chosen(session: Session, case: str, asked: Where, bounds: Within, host: str | None, limit: int) -> Sequence[ProcessView]:
    """The processes that a filter leaves and that began in a span of time; says where there are more than `limit`.

    Raises NotFound where there are none.
    """
    from store.where.matching import matching

    workspace = session.workspace
    host_id = workspace.cases.host_id(case, host) if host else None
    found = matching(workspace, case, asked, limit=limit, host_id=host_id, within=bounds)
    if not found.ids and not asked:
        raise NotFound("No process began within that time.", remedy="See: oddkin cases show, for the span of each log")
    if not found.ids:
        raise NotFound("No process meets all of that.", remedy="Leave a term out. All of them: oddkin processes")
    if not found.complete:
        session.out.say(f"Only the first {limit:,} of these processes; --limit draws more.")
    return workspace.processes.of_ids(found.ids)


def _oddest(session: Session, case: str, around: str) -> ProcessView | None:
    """The oddest process of a finding or an incident; None for what means a chain."""
    incident = choose_incident(session, case, around)
    finding = None if incident is not None else choose_finding(session, case, around)
    if incident is not None:
        return session.workspace.processes.get(incident.lead)
    return None if finding is None or finding.whole is None else session.workspace.processes.get(finding.whole.lead)


def wanted_processes(session: Session, case: str, around: str, host: str | None) -> list[ProcessView]:
    """The processes that `--around` means. Raises NotFound, UsageError."""
    workspace = session.workspace
    host_id = workspace.cases.host_id(case, host) if host else None
    if around.lower().startswith("pid:"):
        number = around[4:]
        if not (number.isdecimal() and len(number) <= len(str(LARGEST_PID)) and int(number) <= LARGEST_PID):
            raise UsageError(f"{around!r} is no pid.", remedy="Write pid:1234.")
        found = workspace.processes.find(case, pid=int(number), host_id=host_id, limit=AROUND_SHOWN + 1)
    elif (process := choose_process(session, case, around) or _oddest(session, case, around)) is not None:
        refuse({"--host": host}, f"--around {around}, which is one process")
        return [process]
    else:
        chain = choose_chain(session, case, around)
        found = workspace.processes.of_chain(chain.id, host_id=host_id, limit=AROUND_SHOWN + 1)
    if not found:
        raise NotFound(f"No process matches {around}.", remedy="See: oddkin rank, oddkin tree --host NAME")
    if len(found) > AROUND_SHOWN:
        session.out.say(f"Only the first {AROUND_SHOWN} of several processes; narrow with --host.")
    return list(found[:AROUND_SHOWN])
