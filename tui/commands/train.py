"""`oddkin train`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.domain.budgets import MOST_PER_HOST_DAY, PER_THOUSAND
from engine.errors import UsageError
from engine.progress import Run
from tui.actions.train_and_score import RULES, THREAT_PRIOR, Onlooker, Part, TrainingOrder, train_and_score
from tui.shell.bounds import LARGEST_SEED, MOST, MOST_BATCH, MOST_THREADS
from tui.shell.choose import choose_case
from tui.shell.console import Output
from tui.shell.session import Session, command, load_libraries
from tui.words.words import level, paste

if TYPE_CHECKING:
    from engine.detector import AlertBudget
    from engine.domain.scores import ScoreSet
    from engine.jobs.rules import TrainingRules

PerHostDay = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=MOST_PER_HOST_DAY,
        help="Alert budget: chains to read per host and day (1; as published the threshold is the shuffle test's).",
        show_default=False,
    ),
]
FalsePositives = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=PER_THOUSAND,
        help="Budget instead: flagged processes expected per 1,000.",
        show_default=False,
    ),
]
Published = Annotated[
    bool,
    typer.Option("--as-published", help="The first paper's method: 2,000 epochs, batch 64, threshold of the shuffle test."),
]
Score = Annotated[
    str | None, typer.Option(help="Order of the queue: fused, or published, which is --as-published.", show_default="fused")
]
Batch = Annotated[int | None, typer.Option(min=1, max=MOST_BATCH, help="Chains a batch.", show_default=False)]
WordEpochs = Annotated[
    int | None, typer.Option(min=1, max=MOST, help="Passes over the paths, for word vectors.", show_default=False)
]
Epochs = Annotated[
    int | None,
    typer.Option(min=1, max=MOST, help="Passes over the chains; all of them are run, unless --early-stop.", show_default=False),
]
EarlyStop = Annotated[
    bool | None,
    typer.Option(
        "--early-stop/--no-early-stop",
        help="Wind down when the loss stands still; the default unless epochs are asked for.",
        show_default=False,
    ),
]
Threads = Annotated[int, typer.Option(min=1, max=MOST_THREADS, help="CPU threads for torch; more than one is often slower.")]


@command
def train(
    session: Session,
    case: Annotated[list[str] | None, typer.Option(help="Case to learn from; may be repeated.", show_default=False)] = None,
    published: Published = False,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    epochs: Epochs = None,
    batch: Batch = None,
    word_epochs: WordEpochs = None,
    early_stop: EarlyStop = None,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Same seed, same model (on the CPU).")] = 1,
    threads: Threads = 1,
    score: Score = None,
    per_host_day: PerHostDay = None,
    false_positives: FalsePositives = None,
    name: Annotated[str | None, typer.Option(help="A name for the model.", show_default=False)] = None,
    starter: Annotated[bool, typer.Option("--starter/--no-starter", help="Other estates' everyday chains too.")] = True,
    threat_prior: Annotated[
        bool, typer.Option("--threat-prior/--no-threat-prior", help="The starter's supervised prior; see docs/detection.md.")
    ] = THREAT_PRIOR,
    rules: Annotated[
        bool,
        typer.Option("--rules/--no-rules", help="Normalise paths by the accepted rules first; learn them if there are none."),
    ] = RULES,
) -> None:
    """Learn what is normal in a case, and rank its chains by what does not fit.

    The model goes into the model store; the (first) case is scored by it and uses it from now on.
    """
    from engine.detector import DetectorParams
    from engine.detector.presets import Changes, as_published
    from tui.words.first_queue import changed_words
    from tui.words.training_words import in_use_words

    workspace = session.workspace_to_change
    cases = [choose_case(session, wanted) for wanted in case] if case else [choose_case(session, None)]
    params = DetectorParams(seed=seed, device=device, threads=threads, threat_prior=threat_prior)
    if wants_published(score, published):
        params = as_published(params)
    params = Changes(epochs, batch, word_epochs, early_stop, budget(per_host_day, false_positives)).of(params)
    load_libraries()
    order = TrainingOrder(cases, params, name=name, starter=starter, rules=rules)
    made = train_and_score(workspace, order, onlooker(session, cases[0]), use=True)
    summarise(made.manifest, made.scores, session.out)
    session.out.say(in_use_words(made.before, made.in_use))
    if made.changed is not None:
        session.out.say(changed_words(made.changed))
    session.out.say(f"Next: oddkin rank --case {paste(cases[0])}")
    session.out.data(made.model_id)


def wants_published(score: str | None, published: bool) -> bool:
    """Both names of the method. Raises UsageError where they contradict each other, or for a score that there is not."""
    from engine.detector.params import FUSED, PUBLISHED

    if score not in (None, FUSED, PUBLISHED):
        raise UsageError(f"Unknown score {score!r}.", remedy=f"Choose {FUSED} or {PUBLISHED}.")
    if published and score == FUSED:
        raise UsageError(
            "As published, the queue is sorted by the mean error alone.", remedy="Leave --score or --as-published out."
        )
    return published or score == PUBLISHED


def budget(per_host_day: float | None, false_positives: float | None) -> AlertBudget | None:
    """The one that is asked for; None for none."""
    from engine.detector import AlertBudget

    if per_host_day is None and false_positives is None:
        return None
    return AlertBudget(per_host_day=1.0 if per_host_day is None else per_host_day, false_positives=false_positives)


def onlooker(session: Session, case: str) -> Onlooker:
    """A bar for each part, with what an interruption leaves behind; says which rules are used."""
    from tui.words.training_words import rules_words

    @contextmanager
    def part(which: Part, model_id: str) -> Iterator[Run]:
        left = {
            Part.RULES: "No model was made.",
            Part.TRAIN: "Nothing was changed.",
            Part.SCORE: f"The model is kept, but not in use yet: oddkin models use {model_id} --case {paste(case)}",
        }
        with session.out.progress(left[which]) as run:
            yield run

    def rules(found: TrainingRules | None) -> None:
        if found is not None:
            session.out.say(rules_words(found))

    return Onlooker(part, rules)


def summarise(manifest: dict[str, Any], scores: ScoreSet, out: Output) -> None:
    """What training found, in words; the paper's own test included, whatever it says."""
    from engine.detector.promise import Promise
    from tui.words.shuffle_words import origin_words, shuffle_lines
    from tui.words.training_words import brought, stop_words

    for told in (brought(manifest), stop_words(manifest)):
        if told:
            out.say(told)
    flagged, findings = scores.metrics["flagged"], scores.metrics["findings"]
    out.say(
        f"Threshold {level(scores.threshold)} ({origin_words(manifest)}): {flagged:,} chains and {findings:,} findings above it"
    )
    if (promise := Promise.read(scores.metrics)) is not None:
        out.say(f"What that promises: {promise.told(scores.threshold)}")
    if rates := scores.metrics.get("calibration"):
        out.say(f"What that costs: {rates['sentence']}")
    for line in shuffle_lines(manifest.get("metrics", {})):
        out.say(line)
