"""What the threshold pane of the Train screen is about: one model's scores of one case, and the budget that is tried out on
a ladder of "chains to read".

Reads the store, for a worker; knows no widgets.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from engine.errors import NotFound
from store.workspace import Workspace
from tui.screens.train.distribution_plot import BudgetLine, Distributions, Histogram
from tui.words.training_words import expected_words

if TYPE_CHECKING:
    from store.scores.threshold_rows import Flagging
    from store.scores.thresholds import ScoreShape, ThresholdInUse


RUNGS = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)
BINS = 80
LARGEST = 1e18
"""A count or edge beyond this (or infinite, or not a number) is a lie."""
MOST = 200_000
"""More chains than this are no budget of anybody."""


def ladder(chains: int, standing: int) -> list[int]:
    """Budgets to step through: 1, 2, 3, 5, 7, 10, 15 … up to all chains, and the one that holds."""
    top = min(chains, MOST)
    rungs = {int(factor * 10**power) for power in range(math.ceil(math.log10(top + 1)) + 1) for factor in RUNGS}
    return sorted(({rung for rung in rungs if rung <= top} | {top, standing}) - {0})


def histograms(metrics: Mapping[str, Any]) -> tuple[Histogram | None, Histogram | None]:
    """Errors of real and shuffled chains from a manifest, which may come from anywhere: what makes no sense is None."""
    edges = metrics.get("histogram_log10_edges")
    if not _numbers(edges) or len(edges) < 2 or not edges[0] < edges[-1]:
        return None, None
    found: list[Histogram | None] = []
    for name in ("histogram_real", "histogram_shuffled"):
        counts = metrics.get(name)
        if _numbers(counts) and len(counts) == len(edges) - 1 and min(counts) >= 0:
            found.append(Histogram(tuple(float(count) for count in counts), (edges[0], edges[-1])))
        else:
            found.append(None)
    return found[0], found[1]


def score_histogram(shape: ScoreShape) -> Histogram | None:
    """Of the scores of a case; infinite ones (never scored) are left out."""
    known = shape.score[np.isfinite(shape.score)]
    if not len(known):
        return None
    low, high = float(known.min()), float(known.max())
    if low == high:
        high = low + 1.0
    counts = np.histogram(known, BINS, (low, high))[0] * shape.stride
    return Histogram(tuple(float(count) for count in counts), (low, high))


def distributions(metrics: Mapping[str, Any], shape: ScoreShape | None, allowed: int, threshold: float | None) -> Distributions:
    """Everything for the plot; `threshold` of the score, None while it is being looked up (then it is read off the shape)."""
    real, shuffled = histograms(metrics)
    told = shuffle_note(metrics)
    if shape is None or not len(shape.score):
        return Distributions(real, shuffled, None, None, None, told)
    at = min(max(round(allowed / shape.stride), 1), len(shape.score)) - 1
    line = float(shape.score[at]) if threshold is None else threshold
    error = float(shape.error[at]) if len(shape.error) else 0.0
    if allowed <= 0:
        return Distributions(real, shuffled, None, score_histogram(shape), None, told)
    return Distributions(real, shuffled, math.log10(error) if error > 0 else None, score_histogram(shape), line, told)


def shuffle_note(metrics: Mapping[str, Any]) -> str:
    """AUC .951; the model's own threshold .0123 is where the shuffle test puts it."""
    area, threshold = metrics.get("shuffled_auc"), metrics.get("threshold")
    said = [f"AUC {area:.3f}"] if _numbers([area]) else []
    if str(metrics.get("threshold_origin", "")).startswith("shuffle test") and _numbers([threshold]):
        said.append(f"the model's own threshold {threshold:.4g} is the shuffle test's")
    return "; ".join(said)


def _numbers(values: Any) -> TypeGuard[list[float]]:
    return (
        isinstance(values, list)
        and 0 < len(values) <= 10_000
        and all(isinstance(value, int | float) and abs(value) < LARGEST for value in values)
    )


@dataclass(frozen=True, slots=True)
class Board:
    """The scores of one model, and where the line is."""

    case: str
    standing: ThresholdInUse
    metrics: dict[str, Any]
    shape: ScoreShape
    allowed: int
    """Chains to read at most, as tried out."""
    flagging: Flagging | None
    """What that flags; None while it is being looked up."""

    @property
    def model_id(self) -> str:
        """Whose scores."""
        return self.standing.model_id

    @property
    def changed(self) -> bool:
        """The line is not where it holds."""
        return self.allowed != held(self.standing)

    @property
    def per_host_day(self) -> float:
        """The budget in its own unit."""
        return self.allowed / max(self.standing.host_days, 1e-9)

    def moved(self, by: int) -> Board:
        """`by` rungs larger; 0 back to what holds."""
        at = held(self.standing)
        if by == 0:
            return replace(self, allowed=at, flagging=self.standing.flagging)
        rungs = ladder(self.standing.chains, at)
        if not rungs:
            return self
        place = rungs.index(self.allowed) if self.allowed in rungs else sum(rung < self.allowed for rung in rungs)
        wanted = rungs[min(max(place + by, 0), len(rungs) - 1)]
        if wanted == self.allowed:
            return self
        return replace(self, allowed=wanted, flagging=self.standing.flagging if wanted == at else None)

    def drawn(self, *, in_use: bool = True) -> tuple[Distributions, BudgetLine]:
        """For the plot. `in_use`: whether this model ranks the case."""
        found = self.flagging
        threshold = None if found is None else found.threshold
        line = BudgetLine(self.allowed, self.per_host_day, self.standing.host_days, changed=self.changed, in_use=in_use)
        if found is not None:
            expected = expected_words(self.standing.promise, found.threshold)
            line = replace(line, chains=found.chains, findings=found.findings, processes=found.processes, expected=expected)
        return distributions(self.metrics, self.shape, self.allowed, threshold), line


def held(standing: ThresholdInUse) -> int:
    """The budget that holds, in chains: what somebody chose, else as many as the model's threshold flags here."""
    if standing.moved is None:
        return standing.flagging.chains
    return int(standing.moved * standing.host_days + 1e-6)


def load(workspace: Workspace, case: str, model_id: str) -> Board:
    """Read everything once. Raises NotFound when the model has not scored the case."""
    standing = workspace.thresholds.standing(case, model_id)
    metrics = workspace.vault.show(model_id).manifest.get("metrics")
    shape = workspace.thresholds.shape(case, model_id)
    return Board(case, standing, metrics if isinstance(metrics, dict) else {}, shape, held(standing), standing.flagging)


@dataclass(frozen=True, slots=True)
class Boards:
    """What the screen knows of a case's models."""

    case: str
    board: Board | None
    """Of the model that is shown; None where nothing was scored."""
    in_use: str | None
    challenger: str | None
    """The newest model that has scored the case after that, and waits to be compared."""
    cases: int
    """In the workspace."""


def boards(workspace: Workspace, case: str, shown: str | None) -> Boards:
    """Read them: the board of `shown`, else of the challenger, else of the model in use. Raises NotFound without the case."""
    in_use = workspace.vault.in_use(case)
    newest = workspace.thresholds.scored_models(case)[:1]
    challenger = newest[0] if newest and newest[0] != in_use else None
    board = None
    for model_id in (shown, challenger, in_use):
        with suppress(NotFound):
            board = board or (load(workspace, case, model_id) if model_id else None)
    return Boards(case, board, in_use, challenger, len(workspace.cases.names()))
