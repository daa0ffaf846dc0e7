"""Whether a model from elsewhere works at all: it is loaded once and judges a few made-up chains before anybody relies on it.

What is checked part by part (engine.saved.foreign) need not fit together. Here whatever goes wrong, in whichever library, means
that the model is not taken; later the same would end a ranking.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.domain.chains import ChainCorpus
from engine.domain.processes import CommandWords, ProcessTable
from engine.domain.records import MAX_STEPS
from engine.errors import ModelCorrupt

REMEDY = "Have it exported again where it was trained, or train here: oddkin train"
PATHS = (
    "c:/windows/explorer.exe", "c:/windows/system32/cmd.exe", "c:/users/?/downloads/\udcff.exe", "/usr/sbin/sshd", "/bin/bash",
    "/opt/.x/漢", "",
)  # fmt: skip
CHAINS = ((0, 1), (0, 1, 2), (3, 4), (3, 4, 5), (6,), (0, 1) * (MAX_STEPS // 2))


def probe(folder: Path, kind: str) -> None:
    """Raises ModelCorrupt for a model of this kind that cannot be loaded, or that does not give every chain a number."""
    try:
        values = _scores(folder) if kind == "detector" else _odds(folder)
    except ModelCorrupt as problem:
        raise ModelCorrupt(problem.message, remedy=problem.remedy or REMEDY) from problem
    except Exception as problem:  # of any library: the model is somebody else's
        words = f"{type(problem).__name__}: {problem}"[:300]
        raise ModelCorrupt(f"The model cannot judge a chain: {words}", remedy=REMEDY) from problem
    if not np.isfinite(values).all():
        raise ModelCorrupt("The model does not give every chain a number.", remedy=REMEDY)


def _scores(folder: Path) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    from engine.detector import Detector

    corpus, table = _case()
    return Detector.load(folder, device="cpu").score(corpus, processes=table).score


def _odds(folder: Path) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    from engine.classifier.model import Classifier
    from engine.verdicts.features import VariantFeatures
    from engine.verdicts.variants import ChainVariants
    from engine.verdicts.verdicts import BaseQueue

    corpus, table = _case()
    variants = ChainVariants.of(table, len(corpus))
    nothing = np.zeros(len(corpus), dtype=np.int64)
    base = BaseQueue(corpus, table, nothing.astype(np.float64), np.arange(1, len(corpus) + 1), nothing, variants, np.zeros(0))
    return Classifier.load(folder, device="cpu").log_odds(base, VariantFeatures.of(corpus, table, variants))


def _case() -> tuple[ChainCorpus, ProcessTable]:
    from engine.starter.pack import bare_corpus, bare_table

    size = len(CHAINS)
    steps = np.full((size, MAX_STEPS), -1, dtype=np.int32)
    for row, chain in enumerate(CHAINS):
        steps[row, : len(chain)] = chain
    lengths = (steps >= 0).sum(axis=1).astype(np.int32)
    counts, hosts = np.arange(1, size + 1, dtype=np.int64), np.ones(size, dtype=np.int32)
    corpus = bare_corpus(PATHS, steps, lengths, counts, hosts, 2, 1.0)
    words = CommandWords(np.arange(size + 1, dtype=np.int64) * 2, np.arange(2 * size, dtype=np.int32))
    return corpus, bare_table(corpus, np.arange(size, dtype=np.int32), words)
