"""A made-up queue for classifier tests: everyday chains, look-alikes that differ in a version, and planted attacks."""

from __future__ import annotations

from functools import cache

import numpy as np

from engine.domain.arrays import Floats
from engine.domain.verdicts import Verdict
from engine.findings.incidents import chain_findings
from engine.verdicts.features import ChainFeatures
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


def make_queue(seed: int = 1) -> tuple[BaseQueue, ChainFeatures, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """The queue in a random order of the detector, features, and [c] which chains are attacks."""
    every = chains()
    place = {chain: number for number, (chain, _, _) in enumerate(every)}
    rows: list[Row] = [(chain, place.get(chain[:-1], -1), line) for chain, line, _ in every]
    corpus, table = make_table(rows)
    random = np.random.default_rng(seed)
    score: Floats = random.permutation(len(corpus)).astype(np.float64) / len(corpus)
    rank = np.empty(len(corpus), dtype=np.int64)
    rank[np.argsort(-score)] = np.arange(1, len(corpus) + 1)
    findings = chain_findings(corpus, table, score)
    base = BaseQueue(corpus, table, score, rank, findings.of_chain)
    return base, ChainFeatures.of(corpus, table), np.array([attack for _, _, attack in every])


@cache
def small_embedding() -> Embedding:
    """FastText on the queue's paths, quickly."""
    return train_embedding(make_queue()[0].corpus.paths, EmbeddingParams(epochs=15), 1)


def verdicts_of(base: BaseQueue, said: dict[int, Verdict], event: int = 1, act: int | None = None) -> Verdicts:
    """Effective verdicts from row -> verdict, whatever order they came in; each given by an act of its own, or all by one."""
    rows = np.array(sorted(said), dtype=np.int64)
    acts = rows + 1 if act is None else np.full(len(rows), act)
    return Verdicts(rows, np.array([said[row] for row in rows.tolist()], dtype=np.int8), base.finding[rows], acts, event)


def row_of(base: BaseQueue, *chain: str) -> int:
    """Row of a chain."""
    steps = [tuple(base.corpus.paths[step] for step in row if step >= 0) for row in base.corpus.steps.tolist()]
    return steps.index(chain)
