"""A false positive and its shape stay out of the top 100 of real recordings, here and in a new case. Skipped without them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.domain.chains import ChainCorpus
from engine.domain.processes import CommandWords, ProcessTable
from engine.domain.verdicts import Verdict
from engine.jobs.ingest.request import IngestRequest
from engine.jobs.ingest.run import ingest
from engine.knowledge import PathKnowledge, prior_values
from engine.progress import Run
from engine.verdicts.features import VariantFeatures
from engine.verdicts.rerank import rerank
from engine.verdicts.resolve import ToldVerdicts, resolve
from engine.verdicts.variants import ChainVariants
from engine.verdicts.verdicts import BaseQueue, Remembered, Verdicts
from store.workspace import open_workspace

pytestmark = pytest.mark.slow
TOP = 100


@pytest.fixture(scope="module")
def queue(recordings: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[BaseQueue, VariantFeatures]:
    """Every chain of the recordings, ranked by the fit-free prior: what the detector is does not matter here."""
    workspace = open_workspace(tmp_path_factory.mktemp("labels"))
    ingest(IngestRequest([recordings], "recordings"), workspace.ingest, Run())
    corpus = workspace.chains.load_corpus(["recordings"])
    table = workspace.chains.load_processes(["recordings"], corpus)
    workspace.close()
    base = ranked(corpus, table)
    return base, VariantFeatures.of(corpus, table, base.variants)


def ranked(corpus: ChainCorpus, table: ProcessTable) -> BaseQueue:
    """Each chain a finding of its own, its command lines not told apart."""
    score = prior_values(corpus.steps, corpus.lengths, PathKnowledge.of(corpus.paths))
    rank = np.empty(len(corpus), dtype=np.int64)
    rank[np.lexsort((np.arange(len(corpus)), -score))] = np.arange(1, len(corpus) + 1)
    alike = replace(table, commands=CommandWords(table.commands.start, table.commands.words))
    finding = np.append(np.arange(1, len(corpus) + 1), 0)
    variants = ChainVariants.of(alike, len(corpus), None, finding[alike.chain])
    return BaseQueue(corpus, alike, score, rank, finding[:-1], variants, score)


def verdicts_of(base: BaseQueue, said: dict[int, Verdict]) -> Verdicts:
    rows, none = np.array(sorted(said), dtype=np.int64), np.zeros(0, dtype=np.int64)
    verdict = np.array([said[row] for row in rows.tolist()], dtype=np.int8)
    return resolve(base, ToldVerdicts(rows, verdict, rows + 1, none, none, none > 0, none.astype(np.int8), none, none, len(rows)))


def test_false_positives_and_their_shapes_leave_the_top(queue: tuple[BaseQueue, VariantFeatures]) -> None:
    base, features = queue
    best = np.argsort(base.rank)
    largest = np.argsort(-np.bincount(features.shapes.of_chain))[:40]
    examples = [int(np.flatnonzero(features.shapes.of_chain == shape)[0]) for shape in largest.tolist()]
    malicious = dict.fromkeys(best[200:215].tolist(), Verdict.MALICIOUS)
    wrong = {row: Verdict.FALSE_POSITIVE for row in [*best[:60].tolist(), *examples] if row not in malicious}
    said: dict[int, Verdict] = dict(malicious)
    for number, row in enumerate(wrong):  # one after the other: from then on, whatever follows
        said[row] = Verdict.FALSE_POSITIVE
        if number % 25 == 24 or number == len(wrong) - 1:
            learnt = rerank(base, verdicts_of(base, said), features)
            top = set(learnt.order[:TOP].tolist())
            gone = set(features.shapes.of_chain[[one for one in said if one in wrong]].tolist())
            gone -= set(features.shapes.of_chain[list(malicious)].tolist())
            out = np.flatnonzero(np.isin(features.shapes.of_chain, sorted(gone)))
            assert len(out) >= number + 1 - len(malicious)
            assert not {int(rank) for rank in base.rank[out]} & top


def test_in_a_new_case_under_the_same_model_too(queue: tuple[BaseQueue, VariantFeatures]) -> None:
    base, features = queue
    keys = features.shapes.keys(features.shapes.of_chain[np.argsort(base.rank)[:60]])
    remembered = Remembered(tuple(keys), np.full(len(keys), Verdict.FALSE_POSITIVE, np.int8), ("case acme",) * len(keys))
    order = rerank(base, Verdicts.none(), features, remembered=remembered).order
    shapes = set(features.shapes.of_chain[np.argsort(base.rank)[:60]].tolist())
    out = set(base.rank[np.isin(features.shapes.of_chain, sorted(shapes))].tolist())
    assert not out & set(order[:TOP].tolist())
    assert set(order[-len(out) :].tolist()) == out
