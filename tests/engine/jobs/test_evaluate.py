"""Evaluate and the demo's report over a case that is held in memory, ranked by hand."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from engine.classifier.published.answers import opinions
from engine.classifier.published.shipped import shipped
from engine.detector import DetectorParams
from engine.domain.scores import FindingSet, ScoreSet
from engine.jobs import demo
from engine.jobs.evaluate import NO_ATTACK, NO_PROCESSES, SEQUENCES, SEVERAL, evaluate, leave_source_out
from engine.measure.known_labels import Label, RecordKeys
from engine.metrics.ranking import average_precision, roc_auc
from engine.progress import Run
from tests.engine.process_samples import make_table
from tui.render.evaluation import as_json, parts

INIT = ("/sbin/init",)
SHELL = (*INIT, "/bin/sh")
CURL = (*SHELL, "/usr/bin/curl")
ROWS = [(INIT, -1), (SHELL, 0), (CURL, 1), (SHELL, 0), (SHELL, 0), (CURL, 4)]
FINDINGS = [0, 2, 2, 3, 1, 1]
"""The last shell and its curl are the best finding; a shell of the same chain is in the worst."""
MARKS = [
    ("background", "", "everyday"),
    ("background", "", "everyday"),
    ("background", "", "everyday"),
    ("attack", "planted: late, stage 1", "lab"),
    ("attack", "planted: early, stage 1", "lab"),
    ("attack", "planted: early, stage 1", "lab"),
]


@dataclass
class Case:
    """Ports and a detector at once."""

    corpus: Any
    table: Any
    known: bool = True
    params: DetectorParams = field(default_factory=DetectorParams)

    def load_corpus(self, cases):
        return self.corpus

    def load_processes(self, cases, corpus):
        return self.table

    def source_paths(self, case):
        return [(1, "/logs/f")]

    def source_digests(self, cases):
        return [("/logs/f", "aa")]

    def record_keys(self, source_id):
        # Each process has two records, as twins have.
        chain = self.corpus.ids[self.table.chain].tolist()
        records = [RecordKeys(f"{n}", None, n, n, "", chain[n], 10 + n) for n in range(len(ROWS))]
        return records + [RecordKeys(f"twin{n}", None, 100 + n, n, "", chain[n], 10 + n) for n in range(len(ROWS))]

    def score(self, corpus, run, *, processes):
        finding = np.array(FINDINGS)
        number = np.arange(3, dtype=np.int32)
        findings = FindingSet(
            incident=(finding - 1).astype(np.int32), odd=finding > 0, finding=number + 1, place=np.ones(3, np.int32), top=number,
            lead=np.array([5, 2, 3], dtype=np.int32), score=np.array([3.0, 2.0, 1.0]), keys=("a", "b", "c"),
            of_chain=np.array([0, 1, 1]),
        )  # fmt: skip
        return ScoreSet(
            ids=corpus.ids, score=np.array([0.0, 1.0, 3.0]), step_errors=np.zeros((3, 10), np.float32),
            worst_step=np.zeros(3, np.int32), signals=(), expectations={}, threshold=2.5, finding=np.array([0, 0, 1]),
            findings=findings if self.known else None, processes=processes if self.known else None,
            process_score=np.array([0, 0, 2, 1, 1, 3], dtype=np.float32) if self.known else None,
        )  # fmt: skip


@pytest.fixture
def case() -> Case:
    return Case(*make_table([(chain, parent, None) for chain, parent in ROWS]))


def labels(marks=MARKS, twins=True) -> list[Label]:
    rows = []
    for n, (kind, reason, source) in enumerate(marks):
        rows.append(Label("f", "pc", "", f"{n}", "", n, n, "", kind, "strong", reason, "q", "queue", source))
        if twins:
            rows.append(Label("f", "pc", "", f"twin{n}", "", 100 + n, n, "", "unknown", "none", "", "", "", source))
    return rows


def test_the_whole_case_is_one_queue_of_processes(case):
    result = evaluate("case", labels(), case, case, case, Run())
    whole = result.whole
    assert result.whole_missing == ""
    # Two of three attacks are in F1, the third in F3: 80 % are all three, and F2 is read on the way.
    assert (whole.attacks, whole.until.findings, whole.until.processes, whole.until.purity) == (3, 3, 5, 1.0)
    assert (whole.above.findings, whole.above.processes, whole.above.attacks) == (1, 2, 2)
    assert [(row.name, row.first_finding) for row in whole.intrusions] == [("early, stage 1", 1), ("late, stage 1", 3)]


def test_the_findings_of_a_queue_are_those_of_its_processes(case):
    """Not of its chains: the attacks are shells and a curl, and everyday life has shells and a curl of its own."""
    [queue] = evaluate("case", labels(), case, case, case, Run()).queues
    assert queue.methods["detector"]["findings"] == 3.0
    early = [mark if mark[1] != MARKS[3][1] else ("background", "", "lab") for mark in MARKS]
    [queue] = evaluate("case", labels(early), case, case, case, Run()).queues
    assert queue.methods["detector"]["findings"] == 1.0


def test_the_sequence_model_is_a_method_of_its_own_whatever_the_detector(case):
    [queue] = evaluate("case", labels(), case, case, case, Run()).queues
    odds = opinions(shipped().model, [INIT, SHELL, CURL])
    attack = np.array([False, True, True])  # a chain is one when one of its processes is
    assert queue.methods[SEQUENCES]["ap"] == average_precision(attack, odds)
    assert queue.methods[SEQUENCES]["auc"] == roc_auc(attack, odds)


def test_an_attack_in_no_finding_of_the_case_comes_last_in_its_queue(case):
    marks = [("attack", "", "lab"), *[("background", "", "lab")] * 4, ("unknown", "", "lab")]
    [queue] = evaluate("case", labels(marks), case, case, case, Run()).queues
    assert queue.methods["detector"]["findings"] == 4.0  # behind F1, F2 and F3


def test_the_reason_is_told_where_there_are_no_figures(case):
    quiet = evaluate("case", labels([("background", "", "lab")] * 6), case, case, case, Run())
    assert (quiet.whole, quiet.whole_missing) == (None, NO_ATTACK)
    case.known = False
    plain = evaluate("case", labels(), case, case, case, Run())
    assert (plain.whole, plain.whole_missing) == (None, NO_PROCESSES)
    assert "findings" not in plain.queues[0].methods["detector"]


def test_the_score_is_told_and_other_models_have_a_row_in_the_same_table(case):
    published = replace(case, params=DetectorParams(score="published"))
    result = evaluate("case", labels(), published, case, case, Run(), beside={"detector-2, fused": case})
    assert result.score == "published"
    [queue] = result.queues
    assert queue.methods["detector-2, fused"]["ap"] == queue.methods["detector"]["ap"]
    assert "findings" not in queue.methods["detector-2, fused"]  # of the first one's queue
    console = Console(width=160, file=io.StringIO(), record=True)
    for part in parts(result, "case"):
        console.print(part)
    shown = console.export_text()
    assert "The detector's order: published, the mean reconstruction error of the first paper's network" in shown
    assert " detector, published " in shown
    assert " detector-2, fused " in shown
    assert json.loads(as_json(result))["score"] == "published"
    assert evaluate("case", labels(), case, case, case, Run()).score == "fused"


def test_with_sources_left_out_there_is_no_one_queue(case):
    result = leave_source_out("case", labels(), lambda corpus, table, digests: case, case, case, Run(), group="case")
    assert (result.whole, result.whole_missing) == (None, SEVERAL)


def test_the_demo_tells_the_findings_of_each_intrusion(case, monkeypatch):
    monkeypatch.setattr(demo, "read_labels", lambda path: labels())
    host = SimpleNamespace(name="pc")
    stories = [SimpleNamespace(name=name, title=name.title()) for name in ("early", "late", "missing")]
    fleet = SimpleNamespace(intrusions=[SimpleNamespace(story=story, stages=[(host, 0)]) for story in stories])
    scores = case.score(case.corpus, Run(), processes=case.table)
    rows = demo.landed("case", fleet, SimpleNamespace(ground_truth=None), scores, case, Run())
    told = [(row.title, row.hosts, row.processes, row.chains, row.best_rank, row.flagged, row.findings) for row in rows]
    assert told == [
        ("Early", ("pc",), 2, 2, 1, 1, (1,)),
        ("Late", ("pc",), 1, 1, 2, 0, (3,)),
        ("Missing", ("pc",), 0, 0, 0, 0, ()),
    ]
