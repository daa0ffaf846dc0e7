"""`oddkin train`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.domain.budgets import MOST_PER_HOST_DAY, PER_THOUSAND
from engine.progress import Run
from tui.actions.train_and_score import RULES, THREAT_PRIOR, Onlooker, Part, TrainingOrder, train_and_score
from tui.shell.bounds import LARGEST_SEED, MOST, MOST_THREADS
from tui.shell.choose import choose_case
from tui.shell.console import Output
from tui.shell.session import Session, command, load_libraries
from tui.words.words import level, paste, spark

if TYPE_CHECKING:
    from engine.domain.scores import ScoreSet
    from engine.jobs.rules import TrainingRules

PerHostDay = Annotated[
    float,
    typer.Option(min=0, max=MOST_PER_HOST_DAY, help="Alert budget: chains to read per host and day."),
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
Threads = Annotated[int, typer.Option(min=1, max=MOST_THREADS, help="CPU threads for torch; more than one is often slower.")]


@command
def train(
    session: Session,
    case: Annotated[list[str] | None, typer.Option(help="Case to learn from; may be repeated.", show_default=False)] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    epochs: Annotated[int | None, typer.Option(min=1, max=MOST, help="Passes over the chains.", show_default=False)] = None,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Same seed, same model (on the CPU).")] = 1,
    threads: Threads = 1,
    score: Annotated[str, typer.Option(help="Order of the queue: fused, or published (reconstruction alone).")] = "fused",
    per_host_day: PerHostDay = 1.0,
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
    from engine.detector import AlertBudget, DetectorParams
    from tui.words.training_words import in_use_words

    workspace = session.workspace_to_change
    cases = [choose_case(session, wanted) for wanted in case] if case else [choose_case(session, None)]
    budget = AlertBudget(per_host_day=per_host_day, false_positives=false_positives)
    params = DetectorParams(
        seed=seed, score=score, epochs=epochs, device=device, threads=threads, budget=budget, threat_prior=threat_prior
    )
    load_libraries()
    order = TrainingOrder(cases, params, name=name, starter=starter, rules=rules)
    made = train_and_score(workspace, order, onlooker(session, cases[0]), use=True)
    summarise(made.manifest, made.scores, budget.sentence, session.out)
    session.out.say(in_use_words(made.before, made.in_use))
    session.out.say(f"Next: oddkin rank --case {paste(cases[0])}")
    session.out.data(made.model_id)


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


def summarise(manifest: dict[str, Any], scores: ScoreSet, budget: str, out: Output) -> None:
    """What training found, in words; the paper's own test included, whatever it says."""
    from tui.words.training_words import brought

    if told := brought(manifest):
        out.say(told)
    metrics = manifest.get("metrics", {})
    flagged, findings = scores.metrics["flagged"], scores.metrics["findings"]
    out.say(f"Threshold {level(scores.threshold, '.4g')} ({budget}): {flagged} chains in {findings} findings")
    if rates := scores.metrics.get("calibration"):
        out.say(f"What that costs: {rates['sentence']}")
    if metrics.get("shuffled_chains"):
        area = "no AUC" if (auc := metrics["shuffled_auc"]) is None else f"AUC {auc:.3f}"
        out.say(
            f"Shuffled-order test (published threshold test) on {metrics['shuffled_chains']:,} chains: "
            f"{metrics['shuffled_above_threshold']:.1%} of the shuffled and {metrics['real_above_threshold']:.1%} of the real "
            f"ones are above the error threshold {level(metrics['published_threshold'], '.3g')}; {area}"
        )
        low, high = metrics["histogram_log10_edges"][0], metrics["histogram_log10_edges"][-1]
        out.say(f"  real      {spark(metrics['histogram_real'])}  log10 of the mean error, {low:.1f} … {high:.1f}")
        out.say(f"  shuffled  {spark(metrics['histogram_shuffled'])}")
