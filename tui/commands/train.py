"""`oddkin train`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from engine.domain.budgets import MOST_PER_HOST_DAY, PER_THOUSAND
from tui.shell.bounds import LARGEST_SEED, MOST, MOST_THREADS
from tui.shell.defaults import RULES, THREAT_PRIOR
from tui.shell.session import command, session_of
from tui.words.words import level, paste, spark

if TYPE_CHECKING:
    from typing import Any

    from engine.domain.scores import ScoreSet
    from engine.jobs.rules import TrainingRules
    from tui.shell.console import Output
    from tui.shell.session import Session

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


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("train", short_help="Learn what is normal, rank what is not.")(train)


@command
def train(
    context: typer.Context,
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
    from engine.jobs.score import score as run_score
    from engine.jobs.train import train as run_train
    from tui.shell.choose import choose_case
    from tui.words.starter_words import shipped_or_none

    session = session_of(context)
    workspace = session.workspace_to_change
    cases = [choose_case(session, wanted) for wanted in case] if case else [choose_case(session, None)]
    budget = AlertBudget(per_host_day=per_host_day, false_positives=false_positives)
    params = DetectorParams(
        seed=seed, score=score, epochs=epochs, device=device, threads=threads, budget=budget, threat_prior=threat_prior
    )
    pack = shipped_or_none(starter)
    load_libraries()
    used, ports = training_rules(session, cases) if rules else None, (workspace.chains, workspace.vault)
    with session.out.progress("Nothing was changed.") as view:
        trained = run_train(cases, params, *ports, view.listener, session.token, name=name, starter=pack, rules=used)
    with session.out.progress(_kept(number := trained.model_id, cases[0])) as view:
        given = (*ports, view.listener, session.token)
        scores = run_score(cases[0], number, *given, detector=trained.detector, loaded=trained.loaded)
    summarise(trained.manifest, scores, budget.sentence, session.out)
    session.out.say(f"Next: oddkin rank --case {paste(cases[0])}")
    session.out.data(number)


def _kept(number: str, case: str) -> str:
    """What an interruption leaves behind once the model is published."""
    return f"The model is kept, but not in use yet: oddkin models use {number} --case {paste(case)}"


def training_rules(session: Session, cases: list[str]) -> TrainingRules:
    """The accepted rules, learnt from the cases where the workspace has none; says which."""
    from engine.jobs.rules import rules_for_training

    with session.out.progress("No model was made.") as view:
        found = rules_for_training(cases, session.workspace.rules, view.listener, session.token)
    session.out.say(told_rules(found))
    return found


def told_rules(found: TrainingRules) -> str:
    """Which rules a training uses, in a sentence."""
    if found.version is None:
        return "Rules: none are accepted; paths are read as they were recorded"
    origin = "learnt from the case just now" if found.learnt else "accepted"
    return (
        f"Rules: {len(found.rules)} {origin}, version {found.version} ({found.rules.fingerprint}); "
        "oddkin rules list shows them, --no-rules does without"
    )


def load_libraries() -> None:
    """The seconds that torch and gensim take to be imported, before a job owns Ctrl-C: imports look at no token."""
    import gensim.models.fasttext  # noqa: F401
    import torch  # noqa: F401


def summarise(manifest: dict[str, Any], scores: ScoreSet, budget: str, out: Output) -> None:
    """What training found, in words; the paper's own test included, whatever it says."""
    from tui.words.starter_words import brought

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
