"""`oddkin evaluate`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tui.bounds import LARGEST_SEED
from tui.session import command, session_of

if TYPE_CHECKING:
    from engine.detector import Detector
    from tui.session import Session


class Form(StrEnum):
    """How to print."""

    TABLE = "table"
    JSON = "json"


class Group(StrEnum):
    """What one queue is."""

    FILE = "file"
    CASE = "case"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("evaluate", short_help="Compare rankings with known labels.")(evaluate)


@command
def evaluate(
    context: typer.Context,
    labels: Annotated[Path, typer.Option("--labels", help="Known labels (.csv, .csv.gz).", show_default=False)],
    case: Annotated[str | None, typer.Option(help="Case; the newest if absent.", show_default=False)] = None,
    model: Annotated[str | None, typer.Option(help="Score by this model; the one in use if absent.", show_default=False)] = None,
    baseline_case: Annotated[
        str | None, typer.Option(help="Train on this case (a clean baseline) and score by that.", show_default=False)
    ] = None,
    group: Annotated[Group, typer.Option("--by", help="A queue per source file, or per case of the labels.")] = Group.FILE,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Seed for --baseline-case.")] = 1,
    form: Annotated[Form, typer.Option("--format", help="table or json.")] = Form.TABLE,
) -> None:
    """Compare rankings with known labels: the detector, each signal alone, random order. Unmatched labels are listed."""
    from engine.errors import UsageError
    from engine.jobs.evaluate import evaluate as run
    from engine.labelled import read_labels
    from tui.choose import choose_case
    from tui.render import evaluation

    if model and baseline_case:
        raise UsageError("The model comes from --model or from --baseline-case, not from both.")
    session = session_of(context)
    name = choose_case(session, case)
    known = read_labels(labels)
    workspace = session.workspace
    detector = detector_for(session, name, model, baseline_case, seed)
    with session.out.progress("Nothing was changed.") as view:
        result = run(name, known, detector, workspace.chains, workspace.evidence, view.listener, session.token, group=group.value)
    if form is Form.JSON:
        session.out.data(evaluation.as_json(result))
        return
    for part in evaluation.parts(result, group.value):
        session.out.show(part)


def detector_for(session: Session, case: str, model: str | None, baseline_case: str | None, seed: int) -> Detector:
    """The detector that is asked for, trained if it must be. Raises NotFound when the case uses no model."""
    from engine.detector import Detector, DetectorParams
    from engine.errors import NotFound
    from engine.jobs.score import load_detector
    from engine.untrusted import visible
    from tui.choose import choose_case
    from tui.commands.train import load_libraries
    from tui.render.words import paste

    workspace = session.workspace
    load_libraries()
    if baseline_case:
        corpus = workspace.chains.load_corpus([choose_case(session, baseline_case)])
        with session.out.progress("Nothing was changed.") as view:
            return Detector(DetectorParams(seed=seed)).fit(corpus, view.listener, session.token)
    model_id = workspace.vault.show(model).id if model else workspace.vault.in_use(case)
    if model_id is None:
        raise NotFound(
            f"Case {visible(case)} has no model yet.", remedy=f"Run: oddkin train --case {paste(case)}, or name a --model."
        )
    return load_detector(workspace.vault, model_id)
