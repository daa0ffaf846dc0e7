"""Score the chains of a case by a model of the vault; unless told otherwise it is the case's model in use afterwards."""

from __future__ import annotations

from dataclasses import replace

from engine.detector import Detector
from engine.domain.chains import ChainCorpus
from engine.domain.processes import ProcessTable
from engine.domain.scores import ScoreSet
from engine.errors import Cancelled, ModelError, UsageError
from engine.jobs.ports.models import ModelVault
from engine.jobs.ports.score import ProcessStore
from engine.memory import give_back
from engine.progress import Run, Step
from engine.rules.rule import RuleSet
from engine.verdicts.features import VariantFeatures
from engine.verdicts.signals import ChainSignals
from engine.verdicts.variants import ChainVariants

KEEP = "prepare labels"
Loaded = tuple[str, ChainCorpus, ProcessTable, str]
"""A case that was read already, by name, and the state of its evidence before that."""


def load_detector(vault: ModelVault, model_id: str) -> Detector:
    """Open a model: hashes are verified before a byte of it is used. Raises ModelError for one of another kind."""
    folder, manifest = vault.open(model_id)
    if manifest.get("kind") != "detector":
        raise ModelError(
            f"{model_id} is a {manifest.get('kind')}, not a detector.", remedy="`oddkin models list` shows the kinds."
        )
    return Detector.load(folder)


def score(
    case: str,
    model_id: str,
    chains: ProcessStore,
    vault: ModelVault,
    run: Run,
    *,
    detector: Detector | None = None,
    loaded: Loaded | None = None,
    use: bool = True,
) -> ScoreSet:
    """Score every chain of `case`; `detector` saves loading a model that was just trained, `loaded` what it was trained on.

    Chains that came since `loaded` was read are not scored: the queue says so, and a second scoring finds them.

    Returned is what was written; with `use` without the signals of the chains, which are large.

    Without `use` the scores lie beside those of the model in use, to be compared with them before anybody switches.
    """
    if loaded is not None and loaded[0] == case:
        _, corpus, processes, evidence = loaded
    else:
        evidence = chains.evidence(case)
        corpus = chains.load_corpus([case])
        processes = chains.load_processes([case], corpus, run)
    if len(corpus) == 0:
        raise UsageError(f"Case {case!r} has no chains yet.", remedy=f"Ingest logs first: oddkin ingest PATH --case {case}")
    detector = detector or load_detector(vault, model_id)
    give_back()
    scores = detector.score(corpus, run, processes=processes)
    give_back()
    run.raise_if_cancelled()
    run.report(Step("write scores", 0, len(corpus), "chains"))
    chains.write_scores(case, model_id, scores, use=use)
    run.report(Step("write scores", len(corpus), len(corpus), "chains", last=True))
    signals = ChainSignals.of_scores(scores) if use else None
    if signals is not None:
        scores = replace(scores, signals=())  # as large as all the rest, and in the store
    give_back()
    try:
        chains.relate(case, model_id, run)
    except Cancelled:
        return scores  # they are there: whoever stops now lacks what ties incidents, until the case is scored again
    if signals is not None:  # beside another model they may never be labelled under, and its own is what labels are given under
        keep_features(model_id, detector.fitted.rules, (case, corpus, processes, evidence), scores, signals, chains, run)
    return scores


def keep_features(
    model_id: str, rules: RuleSet, loaded: Loaded, scores: ScoreSet, signals: ChainSignals, chains: ProcessStore, run: Run
) -> None:
    """Make what the first verdict would otherwise have to make, while everything that it takes is in memory.

    The scores are there: whoever cancels now loses nothing but this, and the first verdict makes it (engine.jobs.relearn).
    """
    if run.cancelled:
        return
    case, corpus, processes, evidence = loaded
    run.report(Step(KEEP, 0, len(corpus), "chains"))
    covered = (None, None) if scores.findings is None else (scores.findings.of_process(), scores.findings.odd)
    variants = ChainVariants.of(processes, len(corpus), scores.process_score, *covered)
    features = VariantFeatures.of(corpus, processes, variants, rules, signals)
    if not run.cancelled:
        chains.keep_scored(case, model_id, evidence, corpus, variants, features)
    run.report(Step(KEEP, len(corpus), len(corpus), "chains", last=True))
