"""What training and scoring need: chains, the processes behind them, a place for scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from engine.domain.chains import ChainCorpus
from engine.domain.processes import ProcessTable
from engine.domain.scores import ScoreSet
from engine.progress import Run
from engine.verdicts.features import VariantFeatures
from engine.verdicts.variants import ChainVariants


class ChainStore(Protocol):
    """Where train and rank read chains and write scores."""

    def load_corpus(self, cases: Sequence[str]) -> ChainCorpus:
        """The unique chains of one or several cases together (counts added up, hosts too)."""

    def write_scores(self, case: str, model_id: str, scores: ScoreSet, *, use: bool = True) -> None:
        """Replace the case's scores by this model, in one transaction; with `use` it becomes the case's model in use."""


class ProcessStore(ChainStore, Protocol):
    """A chain store that also tells of the processes behind the chains."""

    def load_processes(self, cases: Sequence[str], corpus: ChainCorpus, run: Run = Run()) -> ProcessTable:
        """Every process of the cases whose `corpus` was loaded; twins are one process. Raises Cancelled between two hosts."""

    def relate(self, case: str, model_id: str, run: Run = Run()) -> int:
        """Find which incidents of the scores that were just written started one another (engine.findings.related), and keep it.

        Returns how many do. Raises Cancelled between two hosts; the scores are kept then.
        """

    def evidence(self, case: str) -> str:
        """The state of the case's processes and chains: equal before and after means that they are what they were."""

    def keep_scored(
        self, case: str, model_id: str, evidence: str, corpus: ChainCorpus, variants: ChainVariants, features: VariantFeatures
    ) -> bool:
        """Keep the queue that was just written, with its features, for `TeachingStore.load_kept`.

        `evidence`: of before the chains were read. False where it is another one now; whether it succeeds changes only costs.
        """

    def load_digests(self, cases: Sequence[str]) -> frozenset[str]:
        """SHA-256 of the content of every source of the cases that processes came from."""
