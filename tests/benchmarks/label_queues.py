"""The detector's queues that the label benchmarks start from: one per recording and seed, computed once and kept as npz.

    python -m tests.benchmarks.label_queues RECORDINGS [--cache FOLDER] [--seeds 5]

Setting A+ (engine.measure.settings): the detector saw the recording itself, attack included, and the shipped starter
without the recording's source. Chains of which nothing is known (label `unknown` only) are marked -1 and never asked.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from engine.detector import Detector, DetectorParams
from engine.domain.arrays import Floats, Ints, Ints8
from engine.domain.chains import ChainCorpus
from engine.domain.processes import CommandWords, ProcessTable, part_of
from engine.jobs.evaluate import match_labels
from engine.jobs.ingest.request import IngestRequest
from engine.jobs.ingest.run import ingest
from engine.measure.known_labels import read_labels
from engine.measure.settings import LabelledProcesses, trials
from engine.progress import Run
from engine.starter.file import shipped
from engine.verdicts.features import VariantFeatures
from engine.verdicts.resolve import ToldVerdicts, resolve
from engine.verdicts.variants import ChainVariants
from engine.verdicts.verdicts import BaseQueue, Verdicts

CASE = "recordings"
CORPUS = ("ids", "steps", "lengths", "counts", "hosts", "first_us")
TABLE = ("row", "chain", "image", "parent", "host", "time_us", "command", "privilege", "recorded")


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording's queue by the detector. c chains."""

    name: str
    source: str
    windows: bool
    base: BaseQueue
    truth: Ints8
    """[c] 1 attack, 0 background, -1 unknown."""

    @property
    def judged(self) -> Ints:
        """Rows that the oracle answers, best first."""
        order: Ints = np.argsort(self.base.rank, kind="stable")
        return order[self.truth[order] >= 0]


def main() -> None:
    """Fill the cache."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recordings", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("/tmp/oddkin-labels"))
    parser.add_argument("--seeds", type=int, default=5)
    chosen = parser.parse_args()
    for seed in range(1, chosen.seeds + 1):
        queues(chosen.recordings, chosen.cache, seed, say=True)


def queues(recordings: Path, cache: Path, seed: int, *, say: bool = False) -> list[Recording]:
    """The 18 queues of one seed, from the cache where they are."""
    cache.mkdir(parents=True, exist_ok=True)
    index = cache / f"seed{seed}.json"
    if not index.exists():
        names = _compute(recordings, cache, seed, say)
        index.write_text(json.dumps(names), encoding="utf-8")
    return [only_judged(load(cache / name)) for name in json.loads(index.read_text(encoding="utf-8"))]


def _compute(recordings: Path, cache: Path, seed: int, say: bool) -> list[str]:
    corpus, table, known = labelled(recordings, cache)
    pack, names = shipped(), []
    for trial in trials(known, "A+"):
        name = f"{trial.case}-{seed}.npz"
        names.append(name)
        if (cache / name).exists():
            continue
        part, processes = part_of(corpus, table, known.index[trial.queue])
        starter = pack.starter(part, [trial.source] if trial.source in pack.sources else [])
        detector = Detector(DetectorParams(seed=seed, device="cpu")).fit(part, processes=processes, starter=starter)
        scores = detector.score(part, processes=processes)
        assert scores.findings is not None
        label = known.label[trial.queue].astype(np.int64)
        chain = processes.chain[processes.index_of(table.row[known.index[trial.queue]])].astype(np.int64)
        truth = np.full(len(part), -1, dtype=np.int64)
        np.maximum.at(truth, chain, label)
        order = np.lexsort((np.arange(len(part)), -scores.score))
        rank = np.empty(len(part), dtype=np.int64)
        rank[order] = np.arange(1, len(part) + 1)
        base = queue_of(part, processes, scores.score, rank, scores.findings.of_chain)
        save(cache / name, Recording(trial.case, trial.source, trial.windows, base, truth.astype(np.int8)))
        if say:
            print(f"seed {seed}: {trial.case}, {len(part)} chains, {int((truth == 1).sum())} with an attack", flush=True)
    return names


def labelled(recordings: Path, cache: Path) -> tuple[ChainCorpus, ProcessTable, LabelledProcesses]:
    """All recordings ingested (into a workspace in the cache) and matched with their labels."""
    from store.workspace import open_workspace

    workspace = open_workspace(cache / "workspace")
    try:
        ingest(IngestRequest([recordings], CASE), workspace.ingest, Run())
        corpus = workspace.chains.load_corpus([CASE])
        table = workspace.chains.load_processes([CASE], corpus)
        labels = read_labels(recordings / "labels.csv.gz")
        matches = match_labels(CASE, labels, workspace.evidence, Run())
    finally:
        workspace.close()
    return corpus, table, LabelledProcesses.of(matches, corpus, table)


def queue_of(corpus: ChainCorpus, table: ProcessTable, score: Floats, rank: Ints, finding: Ints) -> BaseQueue:
    """A queue of chains as one knew it before command lines were told apart: one variant of each, odd in the chain's finding."""
    alike = replace(table, commands=CommandWords(table.commands.start, table.commands.words))
    variants = ChainVariants.of(alike, len(corpus), None, np.append(finding, 0)[alike.chain])
    best = np.full(int(finding.max(initial=0)) + 1, -np.inf)
    np.maximum.at(best, finding, score)
    return BaseQueue(corpus, alike, score, rank, finding, variants, best[1:])


def features_of(base: BaseQueue) -> VariantFeatures:
    """What learners see of it."""
    assert base.table is not None
    return VariantFeatures.of(base.corpus, base.table, base.variants)


def verdicts_on(base: BaseQueue, rows: Ints, verdict: Ints8, event: int) -> Verdicts:
    """Verdicts on chains, each by an act of its own."""
    none = np.zeros(0, dtype=np.int64)
    few = none, none, none > 0, none.astype(np.int8), none, none
    return resolve(base, ToldVerdicts(rows, verdict, rows + 1, *few, event))


def only_judged(one: Recording) -> Recording:
    """Without the chains of which nothing is known: nobody could answer for them."""
    kept = np.flatnonzero(one.truth >= 0)
    place = np.full(len(one.truth) + 1, -1, dtype=np.int32)
    place[kept] = np.arange(len(kept))
    base, corpus = one.base, one.base.corpus
    part = replace(
        corpus, ids=corpus.ids[kept], keys=[corpus.keys[row] for row in kept.tolist()], steps=corpus.steps[kept],
        lengths=corpus.lengths[kept], counts=corpus.counts[kept], hosts=corpus.hosts[kept], first_us=corpus.first_us[kept],
    )  # fmt: skip
    rank = np.argsort(np.argsort(base.rank[kept])) + 1
    table = replace(base.table, chain=place[base.table.chain])
    return replace(one, base=queue_of(part, table, base.score[kept], rank, base.finding[kept]), truth=one.truth[kept])


def save(path: Path, one: Recording) -> None:
    """As npz without pickle; texts as JSON bytes."""
    base = one.base
    texts = json.dumps(
        [one.name, one.source, one.windows, base.corpus.keys, base.corpus.paths, base.corpus.host_total, base.corpus.host_days]
    )
    arrays: dict[str, Any] = {f"corpus_{name}": getattr(base.corpus, name) for name in CORPUS}
    arrays |= {f"table_{name}": getattr(base.table, name) for name in TABLE}
    arrays |= {"start": base.table.commands.start, "words": base.table.commands.words}
    arrays |= {"score": base.score, "rank": base.rank, "finding": base.finding, "truth": one.truth}
    np.savez_compressed(path, texts=np.frombuffer(texts.encode("ascii"), dtype=np.uint8), **arrays)


def load(path: Path) -> Recording:
    """Read what `save` wrote."""
    with np.load(path, allow_pickle=False) as stored:
        got = {name: stored[name] for name in stored.files}
    name, source, windows, keys, paths, total, days = json.loads(got["texts"].tobytes())
    columns = {name: got[f"corpus_{name}"] for name in CORPUS}
    corpus = ChainCorpus(keys=keys, paths=tuple(paths), host_total=total, host_days=days, **columns)
    words = CommandWords(got["start"], got["words"])
    table = ProcessTable(commands=words, **{name: got[f"table_{name}"] for name in TABLE})
    score: Floats = got["score"]
    return Recording(name, source, windows, queue_of(corpus, table, score, got["rank"], got["finding"]), got["truth"])


if __name__ == "__main__":
    main()
