"""`oddkin evaluate`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import NotFound, UsageError
from engine.untrusted import visible
from tui.actions.train_and_score import THREAT_PRIOR, shipped_starter
from tui.commands.models import warn_of_seen
from tui.shell.bounds import LARGEST_SEED, MOST_SEEDS
from tui.shell.choose import choose_case
from tui.shell.files import STDOUT, text_output
from tui.shell.no_effect import refuse
from tui.shell.session import Session, command, load_libraries
from tui.words.words import paste

if TYPE_CHECKING:
    from engine.detector import Detector, DetectorParams, Starter
    from engine.domain.chains import ChainCorpus
    from engine.domain.processes import ProcessTable
    from engine.jobs.evaluate import Evaluation
    from engine.measure.known_labels import Label


Ladder = Annotated[bool, typer.Option("--ladder", help="Every method in every setting of the labels; trains a hundred models.")]
SEEDS = 3
"""Of --ladder."""


class EvaluationForm(StrEnum):
    """How to print."""

    TABLE = "table"
    JSON = "json"


class Group(StrEnum):
    """What one queue is."""

    FILE = "file"
    CASE = "case"


class LadderSetting(StrEnum):
    """What a detector may have seen (engine.measure.settings), the ones that train the fewest models first."""

    SHIPPED = "C"
    TWO_STEPS = "C, two steps"
    NEEDLES = "needles"
    BASELINE = "B"
    ALONE = "A+"


OfLadder = Annotated[
    list[LadderSetting] | None,
    typer.Option("--setting", help="Only this setting of --ladder; may be repeated.", show_default=False),
]


@command
def evaluate(
    session: Session,
    labels: Annotated[Path, typer.Option("--labels", help="Known labels (.csv, .csv.gz).", show_default=False)],
    case: Annotated[str | None, typer.Option(help="Case; the newest if absent.", show_default=False)] = None,
    model: Annotated[str | None, typer.Option(help="Score by this model; the one in use if absent.", show_default=False)] = None,
    beside: Annotated[
        list[str] | None, typer.Option(help="Another model's order in the same tables; may be repeated.", show_default=False)
    ] = None,
    baseline_case: Annotated[
        str | None, typer.Option(help="Train on this case (a clean baseline) and score by that.", show_default=False)
    ] = None,
    group: Annotated[Group, typer.Option("--by", help="A queue per source file, or per case of the labels.")] = Group.FILE,
    leave_source_out: Annotated[
        bool, typer.Option("--leave-source-out", help="Train on the case once for each source of the labels, starter less it.")
    ] = False,
    starter: Annotated[bool, typer.Option("--starter/--no-starter", help="For models trained here: with the starter.")] = True,
    threat_prior: Annotated[
        bool, typer.Option("--threat-prior/--no-threat-prior", help="For models trained here: the starter's supervised prior.")
    ] = THREAT_PRIOR,
    published: Annotated[
        bool, typer.Option("--as-published", help="For models trained here: the first paper's method, as train --as-published.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Seed for models trained here.")] = 1,
    form: Annotated[EvaluationForm, typer.Option("--format", help="table or json.")] = EvaluationForm.TABLE,
    ladder: Ladder = False,
    seeds: Annotated[int, typer.Option(min=1, max=MOST_SEEDS, help="Seeds of --ladder, from --seed on.")] = SEEDS,
    setting: OfLadder = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes of --ladder.")] = 1,
    output: Annotated[Path, typer.Option("-o", "--output", help="Markdown file of --ladder, - for stdout.")] = STDOUT,
) -> None:
    """Compare rankings with known labels: the detector, each signal alone, random order. Unmatched labels are listed."""
    from engine.measure.known_labels import read_labels

    check_origin((bool(model), bool(baseline_case), leave_source_out), beside=bool(beside), ladder=ladder, published=published)
    of_one = {"--model": model, "--baseline-case": baseline_case, "--leave-source-out": leave_source_out}
    of_one["--format json"] = form is EvaluationForm.JSON
    of_all = {"--seeds": seeds != SEEDS, "--setting": setting, "--workers": workers != 1, "--output": output != STDOUT}
    refuse(*((of_one, "--ladder, a page of all methods") if ladder else (of_all, "anything but --ladder")))
    name, known = choose_case(session, case), read_labels(labels)
    if ladder:
        write_ladder(session, name, known, Climb(seeds_from(seed, seeds), tuple(setting or LadderSetting), workers), output)
        return
    seen: tuple[str, ...] = ()
    training = Training(seed, starter, threat_prior, published)
    if leave_source_out:
        result = without_sources(session, name, known, training, group)
    else:
        detector, seen, threshold = detector_for(session, name, model, baseline_case, training)
        result = judged(session, name, known, detector, group, models_beside(session, beside or ()), threshold)
    write_result(session, result, seen, form, group)


def seeds_from(seed: int, count: int) -> range:
    """Raises UsageError where no generator takes the last of them."""
    if seed + count - 1 > LARGEST_SEED:
        raise UsageError(f"{count} seeds from {seed} on go beyond {LARGEST_SEED}.", remedy="Begin with a smaller --seed.")
    return range(seed, seed + count)


def check_origin(origin: tuple[bool, bool, bool], *, beside: bool, ladder: bool, published: bool) -> None:
    """Raises UsageError for what does not go together. origin: a model, a baseline case, sources left out."""
    _model, baseline, left_out = origin
    if sum(origin) > 1:
        raise UsageError("The model comes from --model, from --baseline-case or from --leave-source-out, not from several.")
    if beside and (ladder or left_out):
        raise UsageError("Models are compared in one queue of the whole case.", remedy="Leave --beside out, or the other option.")
    if published and (ladder or not (baseline or left_out)):
        raise UsageError(
            "--as-published is how models are trained here.", remedy="Add --leave-source-out or --baseline-case; not --ladder."
        )


def models_beside(session: Session, models: Sequence[str]) -> dict[str, Detector]:
    """By the names of their rows. Raises NotFound, ModelError."""
    from engine.jobs.score import load_detector

    vault, found = session.workspace.vault, {}
    for model in models:
        model_id = vault.show(model).id
        detector = load_detector(vault, model_id)
        found[f"{model_id}, {detector.params.score}"] = detector
    return found


def judged(
    session: Session, case: str, known: Sequence[Label], detector: Detector, group: Group, beside: Mapping[str, Detector],
    threshold: float | None,
) -> Evaluation:  # fmt: skip
    """The case ranked by a detector and by those beside it, against the labels. threshold: the one that holds, None: its own."""
    from engine.jobs.evaluate import evaluate as job

    ports = session.workspace.chains, session.workspace.evidence
    with session.out.progress("Nothing was changed.") as run:
        marks = [*session.workspace.marks.of_case(case)]
        return job(case, known, detector, *ports, run, group=group.value, beside=beside, threshold=threshold, marks=marks)


def write_result(session: Session, result: Evaluation, seen: Sequence[str], form: EvaluationForm, group: Group) -> None:
    """As JSON or as tables; above all when they are no measurement."""
    from tui.render import evaluation

    if form is EvaluationForm.JSON:
        session.out.data(evaluation.as_json(result, seen))
        return
    if seen:
        session.out.data(evaluation.not_a_measurement(seen))
    for part in evaluation.parts(result, group.value):
        session.out.show(part)


@dataclass(frozen=True, slots=True)
class Climb:
    """What of the ladder is measured, in how many processes."""

    seeds: range
    settings: tuple[LadderSetting, ...]
    workers: int


def write_ladder(session: Session, case: str, known: Sequence[Label], climb: Climb, output: Path) -> None:
    """The ladder over the case's labelled processes, as Markdown; what was measured so far when somebody stops it."""
    from engine.detector import DetectorParams
    from engine.jobs.evaluate import match_labels
    from engine.measure.ladder import Bench, Rung
    from engine.measure.ladder import ladder as job
    from engine.measure.settings import LabelledProcesses
    from tui.render import ladder as page

    workspace = session.workspace
    load_libraries()
    corpus = workspace.chains.load_corpus([case])
    table = workspace.chains.load_processes([case], corpus)
    with session.out.progress("Nothing was changed.") as run:
        matches = match_labels(case, known, workspace.evidence, run)
        labelled = LabelledProcesses.of(matches, corpus, table)
        if not len(labelled.index):
            raise UsageError(
                f"None of {len(known):,} labels matches a record of the case.", remedy="Labels name files as they were ingested."
            )
        if not labelled.cases and set(climb.settings) != {LadderSetting.NEEDLES}:
            raise UsageError("These labels name no cases.", remedy="The ladder needs the columns case, part and source.")
        bench = Bench(corpus, table, labelled, DetectorParams(device="cpu"), workspace.rules.accepted())
        rungs: list[Rung] = []
        try:
            # One by one: what stops it leaves them.
            rungs.extend(job(bench, climb.seeds, run, [one.value for one in climb.settings], workers=climb.workers))
            if not rungs:
                raise UsageError(
                    f"Nothing can be measured in {', '.join(climb.settings)} with these labels.",
                    remedy="Needles need attacks of one source, and everyday life of a second and a third (docs/detection.md).",
                )
        finally:
            if rungs:
                with text_output(output, session) as stream:
                    stream.writelines(f"{line}\n" for line in page.lines(rungs, len(bench.rules)))


@dataclass(frozen=True, slots=True)
class Training:
    """How a model is trained for an evaluation."""

    seed: int
    starter: bool
    threat_prior: bool
    published: bool = False

    def params(self) -> DetectorParams:
        """For the detector."""
        from engine.detector import DetectorParams
        from engine.detector.presets import as_published

        params = DetectorParams(seed=self.seed, threat_prior=self.threat_prior)
        return as_published(params) if self.published else params

    def without(self, corpus: ChainCorpus, digests: Collection[str]) -> Starter | None:
        """The starter less the sources that any of these files went into."""
        pack = shipped_starter(self.starter and not self.published)  # the published method knows of no other estates
        return None if pack is None else pack.starter(corpus, pack.sources_of(digests))


def without_sources(session: Session, case: str, known: Sequence[Label], training: Training, group: Group) -> Evaluation:
    """A detector of the case for each source of the labels, its starter without that source."""
    from engine.detector import Detector
    from engine.jobs.evaluate import leave_source_out

    load_libraries()
    workspace = session.workspace
    say_what_is_trained(session, case, training)
    with session.out.progress("Nothing was changed.") as run:

        def fit(corpus: ChainCorpus, table: ProcessTable, digests: Collection[str]) -> Detector:
            starter = training.without(corpus, digests)
            return Detector(training.params()).fit(corpus, run, processes=table, starter=starter)

        ports = workspace.chains, workspace.evidence
        return leave_source_out(case, known, fit, *ports, run, group=group.value, marks=[*workspace.marks.of_case(case)])


def say_what_is_trained(session: Session, case: str, training: Training) -> None:
    """Where models are trained here by another method than the one in use was: figures of either are not the other's."""
    from engine.detector.params import FUSED, PUBLISHED

    vault = session.workspace.vault
    model_id = vault.in_use(case)
    if model_id is None:
        return
    parameters = vault.show(model_id).manifest.get("parameters")
    used = parameters.get("score", FUSED) if isinstance(parameters, Mapping) else FUSED
    trained = PUBLISHED if training.published else FUSED
    if used != trained:
        remedy = "leave --as-published out" if training.published else "--as-published"
        session.out.warn(
            f"The model in use sorts by the {visible(str(used), 40)} score, the models trained here by the {trained} one;"
            f" to measure its method: {remedy}."
        )


def detector_for(
    session: Session, case: str, model: str | None, baseline_case: str | None, training: Training
) -> tuple[Detector, tuple[str, ...], float | None]:
    """The detector that is asked for, trained if it must be, the sources of the case that its starter was made of, and the
    threshold that the case's queue by it has, wherever that was moved to; None where there is no such queue.

    One that is trained here gets a starter without the sources of either case. Raises NotFound when the case uses no model.
    """
    from engine.detector import Detector
    from engine.jobs.score import load_detector

    workspace = session.workspace
    load_libraries()
    if baseline_case:
        baseline = choose_case(session, baseline_case)
        say_what_is_trained(session, case, training)
        corpus = workspace.chains.load_corpus([baseline])
        starter = training.without(corpus, workspace.chains.load_digests([baseline, case]))
        with session.out.progress("Nothing was changed.") as run:
            processes = workspace.chains.load_processes([baseline], corpus)
            detector = Detector(training.params())
            return detector.fit(corpus, run, processes=processes, starter=starter), (), None
    model_id = workspace.vault.show(model).id if model else workspace.vault.in_use(case)
    if model_id is None:
        raise NotFound(
            f"Case {visible(case)} has no model yet.", remedy=f"Run: oddkin train --case {paste(case)}, or name a --model."
        )
    scored = model_id in workspace.thresholds.scored_models(case)
    threshold = workspace.thresholds.standing(case, model_id).flagging.threshold if scored else None
    seen = warn_of_seen(session, case, workspace.vault.show(model_id).manifest)
    return load_detector(workspace.vault, model_id), seen, threshold
