"""A made-up queue for classifier tests: everyday chains, look-alikes that differ in a version, and planted attacks."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from engine.domain.arrays import Floats, Ints
from engine.domain.chains import ChainCorpus
from engine.domain.processes import ProcessTable
from engine.domain.scores import FindingSet
from engine.domain.verdicts import Verdict
from engine.findings.incidents import incidents
from engine.verdicts.features import VariantFeatures
from engine.verdicts.resolve import ToldVerdicts, resolve
from engine.verdicts.variants import ChainVariants
from engine.verdicts.verdicts import BaseQueue, Verdicts
from engine.words.embedding import Embedding, EmbeddingParams, train_embedding
from tests.engine.process_samples import Row, make_table

ROOT = ("c:\\windows\\system32\\wininit.exe", "c:\\windows\\system32\\services.exe")
SVC = (*ROOT, "c:\\windows\\system32\\svchost.exe")
OFFICE = (*SVC, "c:\\program files\\microsoft office\\office16\\winword.exe")
EXCEL = (*SVC, "c:\\program files\\microsoft office\\office16\\excel.exe")
CMD = "c:\\windows\\system32\\cmd.exe"
TOOLS = ("whoami", "net", "nltest", "ipconfig", "systeminfo", "tasklist", "quser", "arp", "route", "netstat", "hostname", "sc")
APPS = ("agent", "sync", "viewer", "report", "editor", "helper", "launcher", "cache", "index", "print", "scan", "mail", "note")


def chains() -> list[tuple[tuple[str, ...], str | None, bool]]:
    """(chain, command line, whether it is an attack)."""
    out: list[tuple[tuple[str, ...], str | None, bool]] = [
        (SVC, "svchost.exe -k netsvcs", False),
        (OFFICE, None, False),
        (EXCEL, None, False),
    ]
    out.append(((*OFFICE, CMD), "cmd.exe /c whoami", True))
    out += [((*OFFICE, CMD, f"c:\\windows\\system32\\{tool}.exe"), f"{tool} /all", True) for tool in TOOLS]
    out += [((*EXCEL, CMD), "cmd.exe /c net", True)]
    out += [((*EXCEL, CMD, f"c:\\windows\\system32\\{tool}.exe"), tool, True) for tool in TOOLS[:4]]
    out += [((*SVC, f"c:\\program files\\contoso\\{app}.exe"), f"{app}.exe --run", False) for app in APPS]
    out += [((*SVC, f"c:\\program files\\update\\{major}.{minor}.0\\setup.exe"), "setup.exe /q", False)
            for major in range(4) for minor in range(10)]  # fmt: skip
    out += [((*SVC, f"c:\\program files\\contoso\\{app}.exe", CMD), "cmd.exe /c ver", False) for app in APPS]
    return out


def make_queue(seed: int = 1) -> tuple[BaseQueue, VariantFeatures, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """The queue in a random order of the detector, features, and [c] which chains are attacks."""
    every = chains()
    place = {chain: number for number, (chain, _, _) in enumerate(every)}
    rows: list[Row] = [(chain, place.get(chain[:-1], -1), line) for chain, line, _ in every]
    corpus, table = make_table(rows)
    random = np.random.default_rng(seed)
    score: Floats = random.permutation(len(corpus)).astype(np.float64) / len(corpus)
    rank = np.empty(len(corpus), dtype=np.int64)
    rank[np.argsort(-score)] = np.arange(1, len(corpus) + 1)
    base = queue_of(corpus, table, score, rank)
    return base, VariantFeatures.of(corpus, table, base.variants), np.array([attack for _, _, attack in every])


def queue_of(corpus: ChainCorpus, table: ProcessTable, score: Floats, rank: Ints, own: Floats | None = None) -> BaseQueue:
    """A queue with its findings, as scoring makes it. own [n]: scores of the processes; their chains' where they are not told."""
    of_process = np.append(score, np.nan)[table.chain].astype(np.float32) if own is None else own.astype(np.float32)
    found: FindingSet = incidents(corpus, table, of_process, score)
    variants = ChainVariants.of(table, len(corpus), of_process, found.of_process(), found.odd)
    return BaseQueue(corpus, table, score, rank, found.of_chain, variants, found.score)


def one_finding_each(base: BaseQueue) -> BaseQueue:
    """The same chains, each with a finding of its own that its first variant is odd in."""
    variants, count = base.variants, len(base)
    first = np.searchsorted(variants.chain, np.arange(count)).astype(np.int32)
    by_rank = np.argsort(base.rank)
    alone = replace(
        variants, finding=np.arange(1, count + 1, dtype=np.int32), variant=first[by_rank], odd=np.ones(count, np.int32),
        value=base.score[by_rank],
    )  # fmt: skip
    return replace(base, finding=base.rank.copy(), variants=alone, finding_score=base.score[by_rank])


@cache
def small_embedding() -> Embedding:
    """FastText on the queue's paths, quickly."""
    return train_embedding(make_queue()[0].corpus.paths, EmbeddingParams(epochs=15), 1)


def verdicts_of(base: BaseQueue, said: dict[int, Verdict], event: int = 1, act: int | None = None) -> Verdicts:
    """Effective verdicts on whole chains from row -> verdict, whatever order they came in; each given by an act of its own, or
    all by one.
    """
    rows = np.array(sorted(said), dtype=np.int64)
    acts = rows + 1 if act is None else np.full(len(rows), act)
    none = np.zeros(0, dtype=np.int64)
    verdict = np.array([said[row] for row in rows.tolist()], dtype=np.int8)
    return resolve(base, ToldVerdicts(rows, verdict, acts, none, none, none > 0, none.astype(np.int8), none, none, event))


def told_of(base: BaseQueue, said: list[tuple[int, int, int, bool, Verdict, int]], event: int = 1) -> Verdicts:
    """Effective verdicts on some processes: variant, finding (0: none), act, odd or not, verdict, how many processes."""
    none = np.zeros(0, dtype=np.int64)
    columns = np.array(said, dtype=np.int64).reshape(-1, 6)
    variant, finding, act, odd, verdict, processes = (column.copy() for column in columns.T)
    few = none, none.astype(np.int8), none
    return resolve(base, ToldVerdicts(*few, variant, finding, odd > 0, verdict.astype(np.int8), act, processes, event))


def row_of(base: BaseQueue, *chain: str) -> int:
    """Row of a chain."""
    steps = [tuple(base.corpus.paths[step] for step in row if step >= 0) for row in base.corpus.steps.tolist()]
    return steps.index(chain)
