"""An export of processes in any format: the one action behind `oddkin export` and the key of the screens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, TextIO

from engine.errors import NotFound
from engine.handover.format import ExportFormat, Needs
from engine.handover.material import Handed
from engine.handover.rows import ExportRow
from engine.progress import Run, Step
from store.workspace import Workspace
from tui.actions.handover import drawn
from tui.actions.handover.about import about
from tui.actions.handover.written import Written
from tui.words.words import many

if TYPE_CHECKING:
    from engine.handover.material import DrawnIncident

EVERY = 500
"""Rows between two looks at the cancel token."""


def export(
    workspace: Workspace,
    case: str,
    form: ExportFormat,
    rows: Iterable[ExportRow],
    stream: TextIO,
    run: Run = Run(),
    *,
    bom: bool = False,
) -> Written:
    """Write the processes that were chosen, or the incidents that they are in, whichever the format is made of.

    Raises NotFound where the format is made of incidents and none of the processes is in one.
    """
    handed = Handed(about(workspace, case), bom=bom)
    if form.needs is Needs.INCIDENTS:
        handed.incidents = _incidents(workspace, case, drawn.named(_counted(rows, run)), run)
    else:
        handed.rows = _counted(rows, run)
    from store.export.started import started, verdicts

    handed.case = partial(started, workspace, case)
    handed.verdicts = partial(verdicts, workspace, case)
    count = form.write(handed, stream)
    return Written(handed.about, count, form.unit, tuple(handed.said))


def told(written: Written, where: str = "") -> str:
    """What was written, as a sentence; `where`: the file, "" for stdout."""
    return f"{many(written.count, *written.unit)} of case {written.about.case}" + (f" -> {where}" if where else "")


def _counted(rows: Iterable[ExportRow], run: Run) -> Iterator[ExportRow]:
    for number, row in enumerate(rows):
        if number % EVERY == 0:
            run.raise_if_cancelled()
            run.report(Step("export", number, None, "processes"))
        yield row


def _incidents(workspace: Workspace, case: str, names: tuple[str, ...], run: Run) -> Iterator[DrawnIncident]:
    if not names:
        raise NotFound(
            "None of these processes is in an incident, and this format is made of incidents.",
            remedy="Name some: oddkin export F1 --format svg -o FILE. They are listed by: oddkin rank",
        )
    for number, incident in enumerate(drawn.drawn(workspace, case, names)):
        run.raise_if_cancelled()
        run.report(Step("draw", number, len(names), "incidents"))
        yield incident
