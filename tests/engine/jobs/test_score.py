"""The job that scores: incidents are related once their scores are kept."""

from __future__ import annotations

from typing import Any

from engine.jobs.score import score
from engine.progress import Run
from tests.engine.process_samples import make_table


class Store:
    """Writes down what it is asked for."""

    def __init__(self) -> None:
        self.corpus, self.table = make_table([(("/sbin/init",), -1, None)])
        self.calls: list[tuple[Any, ...]] = []

    def evidence(self, case: str) -> str:
        return "as it was"

    def load_corpus(self, cases: list[str]) -> Any:
        return self.corpus

    def load_processes(self, cases: list[str], corpus: Any, run: Run) -> Any:
        return self.table

    def write_scores(self, case: str, model_id: str, scores: Any, *, use: bool) -> None:
        self.calls.append(("write", case, model_id, scores, use))

    def relate(self, case: str, model_id: str, run: Run) -> int:
        self.calls.append(("relate", case, model_id, run))
        return 0


class Detector:
    """Scores nothing, and says so."""

    def score(self, corpus: Any, run: Run, *, processes: Any) -> Any:
        return "scores"


def test_incidents_are_related_after_their_scores_were_written() -> None:
    store, run = Store(), Run()
    score("case", "m1", store, None, run, detector=Detector(), use=False)  # type: ignore[arg-type]
    assert store.calls == [("write", "case", "m1", "scores", False), ("relate", "case", "m1", run)]
