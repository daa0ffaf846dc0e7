"""`oddkin classify`: teach the classifier with the verdicts so far, compare it with the one in use, take or refuse it."""

from __future__ import annotations

import json
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from tui.commands.verdict_news import tell_what_moved
from tui.shell.bounds import LARGEST_SEED, MOST, MOST_THREADS
from tui.shell.choose import choose_case
from tui.shell.session import Session, command

if TYPE_CHECKING:
    from engine.classifier.params import ClassifierParams
    from engine.jobs.classify import Classified


class Preset(StrEnum):
    """Ways to train."""

    LABELS = "labels"
    PUBLISHED = "published"


@command
def classify(
    session: Session,
    case: Annotated[str | None, typer.Option(help="Case; the newest if absent.", show_default=False)] = None,
    preset: Annotated[
        Preset, typer.Option(help="labels, or published: the second paper's recipe, 6,000 + 6,000 made-up sequences, no labels.")
    ] = Preset.LABELS,
    steps: Annotated[int | None, typer.Option(min=1, max=MOST, help="Batches to train at most.", show_default=False)] = None,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Same seed, same classifier (on the CPU).")] = 1,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    threads: Annotated[
        int, typer.Option(min=1, max=MOST_THREADS, help="CPU threads for torch; more than one is often slower.")
    ] = 1,
    name: Annotated[str | None, typer.Option(help="A name for the classifier.", show_default=False)] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Train and compare, but change nothing.")] = False,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Use it even if it is worse; its manifest says so. Never one judged on fewer than 10 verdicts of a class.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole account, machine-readable.")] = False,
) -> None:
    """Teach the LSTM classifier with the verdicts so far and re-order the queue with its help.

    It is compared with the one in use on verdicts that were held back, each of them once (by finding, never single chains), and
    refused, with figures, when it is worse. Judged on fewer than 10 malicious and 10 other verdicts it is not trusted yet and
    moves nothing. Made-up attack sequences help while verdicts are few; they are never counted as labels.
    """
    from engine.jobs.classify import classify as job

    chosen = choose_case(session, case, to_change=not dry_run)
    params = settings(preset, steps, seed=seed, device=device, threads=threads)
    import torch  # noqa: F401 - seconds, before a job owns Ctrl-C: imports look at no token

    ports = session.workspace.teaching, session.workspace.vault
    with session.out.progress("Nothing was changed.") as run:
        found = job(chosen, params, *ports, run, name=name, dry_run=dry_run, force=force)
    account(session, found, as_json=as_json, dry_run=dry_run)
    if found.model_id is not None:
        tell_what_moved(session, chosen)


def settings(preset: Preset, steps: int | None, *, seed: int, device: str, threads: int) -> ClassifierParams:
    """The preset with what was asked for. Raises UsageError."""
    from engine.classifier.params import ClassifierParams, published

    params = published() if preset is Preset.PUBLISHED else ClassifierParams()
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
