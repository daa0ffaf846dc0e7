"""What verdicts would do to a case's queue, measured with known labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.progress import Run
from tui.actions.train_and_score import THREAT_PRIOR, shipped_starter

if TYPE_CHECKING:
    from engine.detector import Detector
    from engine.domain.chains import ChainCorpus
    from engine.domain.processes import ProcessTable
    from engine.jobs.label_curve import LabelCurve
    from engine.measure.known_labels import Label
    from store.workspace import Workspace


def curve_of(
    workspace: Workspace, case: str, labels: Sequence[Label], run: Run, seeds: Sequence[int], *,
    unit: str = "finding", wrong: float = 0.0, model: str | None = None, starter: bool = True,
) -> LabelCurve:  # fmt: skip
    """Both orders over the seeds: a detector is trained with each, as `oddkin train --seed N` does; or `model` serves for all.

    Writes nothing. Raises NotFound for an unknown model, UsageError where nothing matches, Cancelled.
    """
    from engine.detector import Detector, DetectorParams
    from engine.jobs.label_curve import label_curve
    from engine.jobs.score import load_detector
    from engine.measure.label_curve import Unit

    rules = workspace.rules.accepted()
    digests = workspace.chains.load_digests([case])
    pack = shipped_starter(starter)

    def trained(seed: int, corpus: ChainCorpus, table: ProcessTable) -> Detector:
        if model is not None:
            return load_detector(workspace.vault, workspace.vault.show(model).id)
        brought = None if pack is None else pack.starter(corpus, pack.sources_of(digests))
        params = DetectorParams(seed=seed, threat_prior=THREAT_PRIOR)
        return Detector(params).fit(corpus, run, processes=table, starter=brought, rules=rules)

    return label_curve(
        case, labels, trained, workspace.chains, workspace.evidence, run, seeds=seeds, unit=Unit(unit), wrong=wrong
    )
