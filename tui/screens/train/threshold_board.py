"""What the threshold pane of the Train screen is about: one model's scores of one case, and the budget that is tried out.

Reads the store, for a worker; knows no widgets.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from store.workspace import Workspace
from tui.screens.train.budgets import distributions, ladder
from tui.screens.train.distribution_plot import BudgetLine, Distributions

if TYPE_CHECKING:
    from store.scores.threshold_rows import Flagging
    from store.scores.thresholds import ScoreShape, ThresholdInUse


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

    def drawn(self) -> tuple[Distributions, BudgetLine]:
        """For the plot."""
        found = self.flagging
        threshold = None if found is None else found.threshold
        line = BudgetLine(self.allowed, self.per_host_day, self.standing.host_days, changed=self.changed)
        if found is not None:
            line = replace(line, chains=found.chains, findings=found.findings, processes=found.processes)
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


def challenger(workspace: Workspace, case: str) -> tuple[str | None, str | None]:
    """The model in use, and the newest one that has scored the case after it and waits to be compared."""
    in_use = workspace.vault.in_use(case)
    newest = workspace.thresholds.scored_models(case)[:1]
    return in_use, newest[0] if newest and newest[0] != in_use else None
