"""engine.jobs.ports.score.ChainStore: chains as a detector reads them, and the scores that it writes."""

from __future__ import annotations

from engine.domain.scores import ScoreSet
from store.chains.lookup import Chains
from store.evidence.cases import write_case
from store.scores import rows


class ScoredChains(Chains):
    """Chains, and writing what a model says of them."""

    def write_scores(self, case: str, model_id: str, scores: ScoreSet, *, use: bool = True) -> None:
        """Replace the case's scores by this model, in one transaction; with `use` it becomes the case's model in use.

        A threshold that somebody has moved stays moved: the budget is applied to the new scores.
        """
        with write_case(self._database, case) as (connection, number):
            rows.replace(connection, number, model_id, scores, use=use)
            connection.commit()
