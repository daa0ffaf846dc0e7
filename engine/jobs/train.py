"""Train a detector on the chains of one or several cases; put a model into the vault, all of it or nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.detector import Detector, DetectorParams
from engine.detector.params import FUSED
from engine.errors import ModelError
from engine.jobs.ports.models import ModelVault
from engine.jobs.ports.score import ProcessStore
from engine.jobs.rules import TrainingRules
from engine.jobs.score import Loaded
from engine.progress import Run, Step
from engine.starter.pack import StarterPack

MIN_CHAINS = 5
"""Fewer unique chains than this teach nothing; the error says so instead of training noise."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A published model: its id in the vault and what its manifest says."""

    model_id: str
    manifest: dict[str, Any]
    detector: Detector
    loaded: Loaded | None = None
    """What was learnt from, where that is one case: to score it needs no second reading."""


def train(
    cases: Sequence[str],
    params: DetectorParams,
    chains: ProcessStore,
    vault: ModelVault,
    run: Run,
    *,
    name: str | None = None,
    starter: StarterPack | None = None,
    rules: TrainingRules | None = None,
) -> Trained:
    """Fit on `cases`, their paths normalised by `rules`, save, publish; the manifest names the version of the rules.

    No transaction is held while training; a cancelled run leaves nothing behind. A starter comes in without the sources whose
    files are in the cases: a recording must not be judged by what was made of it.
    """
    evidence = chains.evidence(cases[0])
    run.report(Step("read chains", 0, None, "chains"))
    corpus = chains.load_corpus(cases)
    run.raise_if_cancelled()
    run.report(Step("read chains", len(corpus), len(corpus), "chains", last=True))
    if len(corpus) < MIN_CHAINS:
        raise ModelError(
            f"Only {len(corpus)} chains in {', '.join(cases)}; at least {MIN_CHAINS} are needed to learn what is normal.",
            remedy="The ready detector ranks them all the same: oddkin rank (4 on the screen). To train, ingest more logs first.",
        )
    processes = chains.load_processes(cases, corpus, run)
    alone = len(set(cases)) == 1  # ids of several cases are not those of the one that is scored
    brought = None
    if starter is not None and params.score == FUSED:  # the published method knows of no other estates
        brought = starter.starter(corpus, starter.sources_of(chains.load_digests(cases)))
    detector = Detector(params).fit(
        corpus, run, processes=processes, starter=brought, rules=rules.rules if rules else None, keep=alone
    )
    manifest = detector.manifest() | {"cases": list(cases), "starter": brought.about if brought else None}
    manifest |= {"name": name} if name else {}
    manifest |= {"rules": manifest["rules"] | {"version": rules.version}} if rules is not None else {}
    model_id = publish(detector.save, manifest, vault, run)
    return Trained(model_id, manifest, detector, (cases[0], corpus, processes, evidence) if alone else None)


def publish(save: Callable[[Path], None], manifest: dict[str, Any], vault: ModelVault, run: Run) -> str:
    """`save` writes the model into an empty folder of the vault. Returns its id.

    Cancelled, failed or killed before the last step leaves no model; what a killed run left is swept away by the next one.
    """
    vault.collect()
    staged = vault.stage()
    try:
        save(staged)
        run.raise_if_cancelled()
        return vault.publish(staged, manifest)
    except BaseException:
        if staged.exists():
            vault.discard(staged)
            shutil.rmtree(staged, ignore_errors=True)
        raise
