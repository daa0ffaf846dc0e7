"""`oddkin evaluate`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tui.bounds import LARGEST_SEED
from tui.session import command, session_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.detector import Detector
    from engine.labelled import Label
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
    ladder: Annotated[
        bool, typer.Option("--ladder", help="Every method in every setting of the labels; trains many models, takes an hour.")
    ] = False,
    seeds: Annotated[int, typer.Option(min=1, help="Seeds of --ladder.")] = 3,
    output: Annotated[Path, typer.Option("-o", "--output", help="Markdown file of --ladder, - for stdout.")] = Path("-"),
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
    if ladder:
        write_ladder(session, name, known, seeds, output)
        return
    workspace = session.workspace
    detector = detector_for(session, name, model, baseline_case, seed)
    with session.out.progress("Nothing was changed.") as view:
        result = run(name, known, detector, workspace.chains, workspace.evidence, view.listener, session.token, group=group.value)
    if form is Form.JSON:
        session.out.data(evaluation.as_json(result))
        return
    for part in evaluation.parts(result, group.value):
        session.out.show(part)


def write_ladder(session: Session, case: str, known: Sequence[Label], seeds: int, output: Path) -> None:
    """The ladder over the case's labelled processes, as Markdown."""
    from engine.detector import DetectorParams
    from engine.errors import UsageError
    from engine.evaluate.settings import LabelledProcesses
    from engine.jobs.evaluate import match_labels
    from engine.jobs.ladder import Bench
    from engine.jobs.ladder import ladder as run
    from tui.commands.train import load_libraries
    from tui.files import text_output
    from tui.render import ladder as page

    workspace = session.workspace
    load_libraries()
    corpus = workspace.chains.load_corpus([case])
    table = workspace.chains.load_processes([case], corpus)
    with session.out.progress("Nothing was changed.") as view:
        matches = match_labels(case, known, workspace.evidence, view.listener, session.token)
        labelled = LabelledProcesses.of(matches, corpus, table)
        if not labelled.cases:
            raise UsageError("These labels name no cases.", remedy="The ladder needs the columns case, part and source.")
        bench = Bench(corpus, table, labelled, DetectorParams(device="cpu"))
        rungs = run(bench, range(1, seeds + 1), view.listener, session.token)
    with text_output(output, session) as stream:
        stream.writelines(f"{line}\n" for line in page.lines(rungs))


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
        baseline = choose_case(session, baseline_case)
        corpus = workspace.chains.load_corpus([baseline])
        with session.out.progress("Nothing was changed.") as view:
            processes = workspace.chains.load_processes([baseline], corpus)
            return Detector(DetectorParams(seed=seed)).fit(corpus, view.listener, session.token, processes=processes)
    model_id = workspace.vault.show(model).id if model else workspace.vault.in_use(case)
    if model_id is None:
        raise NotFound(
            f"Case {visible(case)} has no model yet.", remedy=f"Run: oddkin train --case {paste(case)}, or name a --model."
        )
    return load_detector(workspace.vault, model_id)
