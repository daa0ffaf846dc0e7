"""What is told of an explained chain: counts with hosts, the windows, the steps beside their role."""

from __future__ import annotations

import numpy as np
import pytest

from engine.detector import Detector
from engine.signals.pairs import PairTable
from engine.signals.step_tails import StepTails, step_roles
from tests.engine.detector.conftest import QUICK
from tests.engine.process_samples import make_table

S32 = "c:\\windows\\system32\\"
HOST, USUAL, SHELL, TOOL = (f"{S32}{name}.exe" for name in ("svchost", "conhost", "cmd", "whoami"))


@pytest.fixture(scope="module")
def known():
    """Five hosts on which svchost starts conhost, two of them with another program."""
    rows, hosts = [], []
    for host in range(5):
        first = len(rows)
        rows.append(((HOST,), -1, None))
        rows += [((HOST, USUAL), first, "conhost 1")] * 4
        rows += [((HOST, f"c:\\apps\\a{n}.exe"), first, "a") for n in range(3 if host < 2 else 0)]
        hosts += [host] * (len(rows) - first)
    return make_table(rows, hosts)


def test_pairs_are_counted_on_hosts(known):
    corpus, table = known
    pairs = PairTable.fit(corpus, table)
    code = pairs.code
    assert pairs.hosts_of(code("svchost.exe"), code("conhost.exe")) == 5
    assert pairs.hosts_of(code("svchost.exe"), code("a0.exe")) == 2
    assert pairs.hosts_of(code("conhost.exe"), code("svchost.exe")) == 0
    assert pairs.hosts_of(len(pairs.names), code("svchost.exe")) == 5
    assert PairTable.fit(corpus).hosts_of(code("svchost.exe"), code("conhost.exe")) is None
    assert np.array_equal(PairTable.fit(corpus).counts, pairs.counts)


def test_the_sentences_of_a_strange_chain(known):
    corpus, table = known
    detector = Detector(QUICK).fit(corpus, processes=table)
    strange, other = make_table([((HOST,), -1, None), ((HOST, SHELL), 0, None), ((HOST, SHELL, TOOL), 1, "whoami /all")])
    scores = detector.score(strange, processes=other)
    row = strange.lengths.tolist().index(3)
    expected = scores.expectations[row]
    told = expected.reasons.sentences
    total = corpus.host_total
    edge = f"svchost.exe started cmd.exe: seen 0 of 26 times on 0 of {total} hosts"
    assert edge in told["window_rarity"]
    assert told["window_rarity"].endswith("cmd.exe was never seen starting anything in training")
    assert told["chain_frequency"].startswith("the whole chain was seen 0 times among")
    assert told["rolefrac"].startswith("2 of 3 steps are")
    assert told["order_rarity"] == edge
    assert told["reconstruction_worst"].startswith(f"step {expected.step + 1}, ")
    short = scores.expectations[strange.lengths.tolist().index(2)].reasons.sentences["pair_rarity"]
    assert short == f"{edge}; expected here: conhost.exe (20), a0.exe (2), a1.exe (2)"
    assert len(expected.reasons.step_tails) == 3
    assert all(0 < tail <= 1 for tail in expected.reasons.step_tails)
    assert set(told) <= {signal.name for signal in scores.signals}
    assert "(20 here)" in expected.sentence or "(0 here)" in expected.sentence


def test_step_tails_are_those_of_the_training_steps(known):
    corpus, table = known
    detector = Detector(QUICK).fit(corpus, processes=table)
    scores = detector.score(corpus, processes=table)
    tails = StepTails.fit(scores.step_errors, step_roles(corpus.paths, corpus.steps))
    assert tails is not None
    again = tails.tail(scores.step_errors, step_roles(corpus.paths, corpus.steps))
    for row, expected in scores.expectations.items():
        assert expected.reasons.step_tails == pytest.approx(again[row, : corpus.lengths[row]].tolist(), rel=0.01)
