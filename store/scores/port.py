"""engine.jobs.ports.score.ChainStore: chains as a detector reads them, and the scores that it writes."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from engine.domain.chains import ChainCorpus
from engine.domain.scores import ScoreSet
from engine.errors import StoreError
from engine.progress import Run
from store.chains.lookup import Chains
from store.custody import models as audited
from store.evidence.cases import read_case, require_whole, write_case
from store.exceptions import coverage
from store.schema.witness import ScoresAccount
from store.scores import kept, related, rows
from store.scores.ranking import Ranking

if TYPE_CHECKING:
    from engine.verdicts.features import VariantFeatures
    from engine.verdicts.variants import ChainVariants


class ScoredChains(Chains):
    """Chains, and writing what a model says of them."""

    _account: ScoresAccount | None = None
    """Of the rows that were written last: what ties their incidents is found next."""

    def write_scores(self, case: str, model_id: str, scores: ScoreSet, *, use: bool = True) -> None:
        """Replace the case's scores by this model, in one transaction; with `use` it becomes the case's model in use.

        A threshold that somebody has moved stays moved: the budget is applied to the new scores. What exceptions cover of the
        case is found anew.
        """
        with write_case(self._database, case) as (connection, number):
            require_whole(connection, number)
            account = rows.replace(connection, number, model_id, scores, use=use)
            coverage.refresh(connection, number)
            audited.ranked(connection, self._database.acting, case, number, model_id, use=use)
            connection.commit()
        self._account = account

    def relate(self, case: str, model_id: str, run: Run = Run()) -> int:
        """Find and keep which incidents of a score set started one another; how many do.

        Found without a lock, since it reads all processes: where the case was scored anew meanwhile nothing is kept.
        """
        with read_case(self._database, case) as (connection, number):
            set_id = rows.set_of(connection, number, model_id)
            links = () if set_id is None else related.find(connection, number, set_id, run)
        if set_id is None:
            return 0
        with write_case(self._database, case) as (connection, number):
            if rows.set_of(connection, number, model_id) == set_id:
                related.write(connection, set_id, links, self._account)
                connection.commit()
                return len(links)
        return 0

    def evidence(self, case: str) -> str:
        """The state of a case's processes and chains; see store.scores.kept."""
        with read_case(self._database, case) as (connection, number):
            return kept.evidence_of(connection, number)

    def keep_scored(
        self, case: str, model_id: str, evidence: str, corpus: ChainCorpus, variants: ChainVariants, features: VariantFeatures
    ) -> bool:
        """Keep what verdicts will be learnt with, of the scores that were just written.

        False, and nothing is kept, where the case is another one than was read, and for a workspace that is busy or full.
        """
        from store.scores import kept_queue  # with what the learners see of a chain, which few commands need

        with contextlib.suppress(StoreError), write_case(self._database, case) as (connection, number):
            if kept.evidence_of(connection, number) != evidence:
                return False
            done = kept_queue.save_scored(Ranking.of(connection, number, model_id), evidence, corpus, variants, features)
            connection.commit()
            return done
        return False
