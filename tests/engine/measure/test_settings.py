from __future__ import annotations

import numpy as np
import pytest

from engine.measure.known_labels import Label, Match
from engine.measure.settings import LabelledProcesses, baseline_of, trials
from tests.engine.process_samples import make_table

WIN, NIX = ("c:\\windows\\explorer.exe", "c:\\windows\\system32\\cmd.exe"), ("/sbin/init", "/bin/sh")
HOSTS = {"splunk_T1027": "one.range.local", "splunk_T1047": "two.RANGE.local", "elsewhere": "three.range.local", "alone": "PC"}
ROWS = [  # chain, label, case, part, source
    (WIN, "background", "splunk_T1027", "queue", "splunk"),
    (WIN, "attack", "splunk_T1027", "queue", "splunk"),
    (WIN, "background", "splunk_T1047", "queue", "splunk"),
    (WIN, "attack", "splunk_T1047", "queue", "splunk"),
    (WIN, "background", "own", "baseline", "x"),
    (WIN, "unknown", "own", "queue", "x"),
    (WIN, "attack", "own", "queue", "x"),
    (NIX, "background", "", "", "strace"),
    (WIN, "background", "", "", "other"),
    (NIX, "attack", "nix", "queue", "nix"),
    (WIN, "background", "elsewhere", "queue", "another"),
    (WIN, "attack", "alone", "queue", "splunk"),
]


@pytest.fixture
def known() -> LabelledProcesses:
    corpus, table = make_table([(chain, -1, None) for chain, *_ in ROWS])
    matches = [
        Match(
            Label("f", HOSTS.get(case, ""), "", "", "", None, None, "", label, "strong", "", case, part, source),
            1,
            process_id=10 + n,
        )
        for n, (_chain, label, case, part, source) in enumerate(ROWS)
    ]
    twin = Match(Label("f", "", "", "", "", None, None, "", "background", "weak", "", "", "", "splunk"), 1, process_id=11)
    missing = Match(Label("f", "", "", "", "", None, None, "", "attack", "weak", "", "own", "queue", "x"), None)
    return LabelledProcesses.of([twin, *matches, missing], corpus, table)


def test_a_twin_gives_way_to_the_record_with_a_case(known):
    assert len(known.index) == len(ROWS)
    assert known.label[1] == 1
    assert known.cases == ["alone", "elsewhere", "nix", "own", "splunk_T1027", "splunk_T1047"]


def test_nothing_that_a_trial_learns_from_is_of_its_source_or_queue(known):
    for setting in ("A+", "B", "C"):
        for trial in trials(known, setting):
            assert not set(known.source[trial.starter]) & {trial.source}
            assert not set(known.source[trial.others]) & {trial.source}
            assert (known.label[trial.starter] == 0).all()
            assert (known.windows[trial.starter] == trial.windows).all()
            if setting == "B":
                assert trial.estate is not None
                assert not set(trial.estate.tolist()) & set(trial.queue.tolist())
                assert (known.label[trial.estate] == 0).all()


def test_baselines_are_the_own_part_or_of_a_case_of_the_same_estate_and_source(known):
    assert baseline_of(known, "own").tolist() == [4]
    assert baseline_of(known, "splunk_T1027").tolist() == [2]
    assert baseline_of(known, "nix") is None  # it has no host
    assert baseline_of(known, "alone") is None  # the domain of its host is no other's
    assert baseline_of(known, "elsewhere") is None  # a domain of that name, of another source
    assert [trial.case for trial in trials(known, "B")] == ["splunk_T1027", "splunk_T1047", "own"]
    queue = next(trial.queue for trial in trials(known, "C") if trial.case == "own")
    assert np.array_equal(queue, [5, 6])  # unknown ones belong to the queue, the baseline does not
