"""What training and scoring need: chains, the processes behind them, a place for scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from engine.domain.chains import ChainCorpus
from engine.domain.processes import ProcessTable
from engine.domain.scores import ScoreSet
from engine.progress import CancelToken, Listener, silent


class ChainStore(Protocol):
    """Where train and rank read chains and write scores."""

    def load_corpus(self, cases: Sequence[str]) -> ChainCorpus:
        """The unique chains of one or several cases together (counts added up, hosts too)."""
        ...

    def write_scores(self, case: str, model_id: str, scores: ScoreSet, *, use: bool = True) -> None:
        """Replace the case's scores by this model, in one transaction; with `use` it becomes the case's model in use."""
        ...


class ProcessStore(ChainStore, Protocol):
    """A chain store that also tells of the processes behind the chains."""

    def load_processes(
        self, cases: Sequence[str], corpus: ChainCorpus, listener: Listener = silent, token: CancelToken | None = None
    ) -> ProcessTable:
        """Every process of the cases whose `corpus` was loaded; twins are one process. Raises Cancelled between two hosts."""
        ...

    def load_digests(self, cases: Sequence[str]) -> frozenset[str]:
        """SHA-256 of the content of every source of the cases that processes came from."""
        ...
