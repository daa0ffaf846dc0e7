"""`oddkin classify`: teach the classifier with the verdicts so far, compare it with the one in use, take or refuse it; or
classify sequences without any case, by the model that ships.
"""

from __future__ import annotations

import json
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import UsageError
from tui.commands.sequences import ROWS, Maker, SequenceForm, answer, ask_case, make_published, print_ten
from tui.commands.verdict_news import tell_what_moved
from tui.shell.bounds import LARGEST_SEED, MOST, MOST_THREADS
from tui.shell.choose import choose_case
from tui.shell.forms import FormerlyJson
from tui.shell.no_effect import refuse
from tui.shell.session import Session, command

if TYPE_CHECKING:
    from engine.classifier.params import ClassifierParams
    from engine.jobs.classify import Classified


class Preset(StrEnum):
    """Ways to train."""

    LABELS = "labels"
    PUBLISHED = "published"


Source = Annotated[
    str | None,
    typer.Argument(
        metavar="FILE|-|SEQUENCE",
        help="Sequences to classify without any case: a file of them, standard input, or one (systemd -> httpd -> bash).",
        show_default=False,
    ),
]
CaseName = Annotated[str | None, typer.Option("--case", help="Case; the newest if absent.", show_default=False)]
HowToTrain = Annotated[
    Preset,
    typer.Option(help="labels, or published: what the second paper's model says of the case; it stores and moves nothing."),
]
Steps = Annotated[int | None, typer.Option(min=1, max=MOST, help="Batches to train at most.", show_default=False)]
Seed = Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Same seed, same classifier (on the CPU).")]
Threads = Annotated[int, typer.Option(min=1, max=MOST_THREADS, help="CPU threads for torch; more than one is often slower.")]
Force = Annotated[
    bool,
    typer.Option(
        "--force", help="Use it even if it is worse; its manifest says so. Never one judged on fewer than 10 verdicts of a class."
    ),
]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")]
Name = Annotated[str | None, typer.Option(help="A name for the classifier.", show_default=False)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Train and compare, but change nothing.")]
LeafFirst = Annotated[
    bool | None,
    typer.Option("--leaf-first/--root-first", help="Which end of a sequence comes first; found if absent.", show_default=False),
]
Form = Annotated[
    SequenceForm,
    typer.Option(
        "--format",
        help="table; csv or jsonl for sequences and --preset published; json for the whole account of a case's classifier.",
    ),
    FormerlyJson(),
]
MakePublished = Annotated[
    Path | None,
    typer.Option(
        "--make-published",
        metavar="OUT",
        help="Make the model as published anew, into a folder: as the shipped one.",
        show_default=False,
    ),
]
Tests = Annotated[
    bool, typer.Option("--published-tests", help="The published repository's ten test sequences, its released model beside ours.")
]


@command
def classify(
    session: Session,
    sequence: Source = None,
    case: CaseName = None,
    preset: HowToTrain = Preset.LABELS,
    steps: Steps = None,
    seed: Seed = 1,
    device: Device = "auto",
    threads: Threads = 1,
    name: Name = None,
    dry_run: DryRun = False,
    force: Force = False,
    leaf_first: LeafFirst = None,
    form: Form = SequenceForm.TABLE,
    make: MakePublished = None,
    tests: Tests = False,
) -> None:
    """Teach the LSTM classifier with the verdicts so far and re-order the queue with its help.

    It is compared with the one in use on verdicts that were held back, each of them once (by finding, never single chains), and
    refused, with figures, when it is worse. Judged on fewer than 10 malicious and 10 other verdicts it is not trusted yet and
    moves nothing. Made-up attack sequences help while verdicts are few; they are never counted as labels.

    With a sequence or a file of them: class and probability of each by the shipped model, made as the second paper's, the step
    that decided (without it the model would be the least sure), names that it never saw. A column of classes is compared.
    """
    maker = Maker(seed, steps, threads)
    of_a_case: dict[str, object] = {"--case": case, "--name": name, "--dry-run": dry_run, "--force": force}
    of_a_case["--device"] = None if device == "auto" else device
    form = SequenceForm(form)  # the old spelling brings another enumeration's "json"
    of_a_case["--format json"] = form is SequenceForm.JSON
    of_answers: dict[str, object] = {"--leaf-first and --root-first": None if leaf_first is None else True}
    if form in ROWS:
        of_answers[f"--format {form}"] = True
    if way := way_without_case(sequence=sequence, make=make, tests=tests):
        refuse(of_a_case | ({} if sequence is not None else of_answers), way)
    if sequence is not None:
        answer(session, sequence, maker, leaf_first, form)
    elif make is not None:
        make_published(session, make, maker)
    elif tests:
        print_ten(session, maker)
    elif preset is Preset.PUBLISHED:
        refuse(of_a_case | of_answers, "--preset published", but=("--case", "--format csv", "--format jsonl"))
        ask_case(session, choose_case(session, case), maker, form)
    else:
        refuse(of_answers, "a case's classifier")
        params = settings(steps, seed=seed, device=device, threads=threads)
        teach(session, case, params, name, dry_run=dry_run, force=force, as_json=form is SequenceForm.JSON)


def way_without_case(*, sequence: str | None, make: Path | None, tests: bool) -> str:
    """What was asked for that needs no case; "" for nothing of it. Raises UsageError for several of them at once."""
    ways = {"a sequence": sequence is not None, "--make-published": make is not None, "--published-tests": tests}
    chosen = [way for way, wanted in ways.items() if wanted]
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(chosen)} are different things.", remedy="Ask for one of them.")
    return "".join(chosen)


def teach(
    session: Session, case: str | None, params: ClassifierParams, name: str | None, *, dry_run: bool, force: bool, as_json: bool
) -> None:
    """Train, compare, publish or refuse, and tell what moved."""
    chosen = choose_case(session, case, to_change=not dry_run)
    import torch  # noqa: F401 - seconds, before a job owns Ctrl-C: imports look at no token

    from engine.jobs.classify import classify as job

    ports = session.workspace.teaching, session.workspace.vault
    with session.out.progress("Nothing was changed.") as run:
        found = job(chosen, params, *ports, run, name=name, dry_run=dry_run, force=force)
    account(session, found, as_json=as_json, dry_run=dry_run)
    if found.model_id is not None:
        tell_what_moved(session, chosen)


def settings(steps: int | None, *, seed: int, device: str, threads: int) -> ClassifierParams:
    """How a case's classifier is taught, with what was asked for. Raises UsageError."""
    from engine.classifier.params import ClassifierParams

    params = ClassifierParams()
    return replace(params, seed=seed, device=device, threads=threads, steps=params.steps if steps is None else steps)


def account(session: Session, found: Classified, *, as_json: bool, dry_run: bool) -> None:
    """What it was taught with, how it was judged, what became of it. The model's id is the data, where there is one."""
    from engine.classifier.trust import trust_of
    from tui.words.classifier_words import classifier_lines
    from tui.words.spans import text_of

    if as_json:
        session.out.data(json.dumps({"id": found.model_id, **found.manifest}, indent=1, default=str))
        return
    for line in classifier_lines(found.manifest, 100):
        session.out.say(text_of(line))
    if found.model_id is not None:
        session.out.data(found.model_id)
    if found.in_use and not trust_of(found.manifest).enough:
        session.out.say("What it says is shown, and moves nothing until it is trusted.")
    elif found.in_use:
        session.out.say("It is in use.")
    elif found.model_id is not None:
        session.out.say(f"{found.outcome}. It was kept; the classifier in use is the same as before.")
    elif dry_run:
        session.out.say("Nothing was changed (--dry-run).")
    elif trust_of(found.manifest).enough:
        session.out.say("The classifier in use is the same as before. --force uses this one all the same.")
    else:
        session.out.say("The classifier in use is the same as before. Go on labelling, then run this again.")
