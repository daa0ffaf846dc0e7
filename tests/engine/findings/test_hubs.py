"""Hubs: trusted by path, place and behaviour; what only calls itself so is none."""

from __future__ import annotations

import numpy as np
import pytest

from engine.domain.arrays import NO_TIME
from engine.findings.hubs import KIDS, LONG, MISSING_KIDS, MISSING_LONG, TREE, TREES, hubs, trusted_hubs, trusted_paths
from tests.engine.findings.forests import forest

SYSTEMD, SERVICES = "/usr/lib/systemd/systemd", "c:\\windows\\system32\\services.exe"
SVCHOST, CMD = "c:\\windows\\system32\\svchost.exe", "c:\\windows\\system32\\cmd.exe"
MINUTE = 60_000_000


def test_names_alone_are_trusted_nowhere():
    paths = (SVCHOST, "c:\\users\\public\\svchost.exe", "/usr/sbin/cron", "/tmp/.cache/kswapd0", "/dev/shm/kworker", "/tmp/cron")
    assert trusted_paths(paths).tolist() == [True, False, True, False, False, False]


def test_who_logs_somebody_in_and_is_gone_is_no_hub():
    assert trusted_paths(("/usr/sbin/sshd", "/usr/bin/sudo", "/usr/bin/su", "/bin/doas")).tolist() == [True, False, False, False]


def test_a_system_program_is_a_hub_below_nothing_but_hubs():
    rows = [(SERVICES, -1, 0, 0), (SVCHOST, 0, 0, 0), (CMD, 1, 1, 0), (SVCHOST, 2, 2, 0), ("c:\\a.exe", 3, 2, 0)]
    corpus, table, _ = forest(rows)
    assert trusted_hubs(corpus.paths, table).tolist() == [True, True, False, False, False]


def test_below_a_parent_that_is_not_in_the_log_a_system_program_is_a_hub():
    corpus, table, _ = forest([("/opt/unknown", -1, 0, 0), ("/usr/sbin/sshd", 0, 0, 0)], missing=[0])
    assert trusted_hubs(corpus.paths, table).tolist() == [False, True]


@pytest.mark.parametrize(
    ("kids", "minutes", "expected"),
    [(KIDS, LONG / MINUTE + 1, True), (KIDS, LONG / MINUTE - 1, False), (KIDS - 1, LONG / MINUTE + 1, False)],
)
def test_a_hub_by_behaviour_starts_many_over_long(kids: int, minutes: float, expected: bool):
    rows = [("/opt/server", -1, 0, 0.1), *[("/bin/sh", 0, minutes * number / (kids - 1), 0.1) for number in range(kids)]]
    corpus, table, score = forest(rows)
    hub, joining = hubs(corpus.paths, table, score, 1.0)
    assert (bool(hub[0]), bool(joining[0])) == (expected, expected)


@pytest.mark.parametrize(
    ("kids", "minutes", "expected"),
    [(MISSING_KIDS, MISSING_LONG / MINUTE + 1, True), (MISSING_KIDS, MISSING_LONG / MINUTE - 1, False),
     (MISSING_KIDS - 1, MISSING_LONG / MINUTE + 1, False)],
)  # fmt: skip
def test_a_missing_parent_is_one_sooner(kids: int, minutes: float, expected: bool):
    rows = [("/opt/server", -1, 0, 0.1), *[("/bin/sh", 0, minutes * number / (kids - 1), 0.1) for number in range(kids)]]
    corpus, table, score = forest(rows, missing=[0])
    assert bool(hubs(corpus.paths, table, score, 1.0).hub[0]) is expected


def test_what_is_odd_itself_is_no_hub_however_long_it_runs():
    rows = [("/tmp/implant", -1, 0, 2.0), *[("/bin/sh", 0, 30 * number, 0.1) for number in range(10)]]
    corpus, table, score = forest(rows)
    assert not hubs(corpus.paths, table, score, 1.0).hub.any()


@pytest.mark.parametrize(("trees", "size", "expected"), [(TREES, TREE, True), (TREES - 1, TREE, False), (TREES, TREE - 1, False)])
def test_who_starts_many_trees_is_a_hub_and_nothing_is_joined_over_it(trees: int, size: int, expected: bool):
    rows = [("/opt/harness", -1, 0.0, 0.1)]
    for _ in range(trees):
        first = len(rows)
        rows.append(("/bin/bash", 0, 0.0, 0.1))
        rows += [("/bin/ls", first + (number % 2), 0.0, 0.1) for number in range(size - 1)]
    corpus, table, score = forest(rows)
    hub, joining = hubs(corpus.paths, table, score, 1.0)
    assert bool(hub[0]) is expected
    assert not joining[0]


def test_deep_trees_are_counted_as_large_whatever_their_form():
    rows = [("/opt/harness", -1, 0.0, 0.1)]
    for _ in range(TREES):
        rows.append(("/bin/a", 0, 0.0, 0.1))
        for _ in range(TREE - 1):
            rows.append(("/bin/a", len(rows) - 1, 0.0, 0.1))
    corpus, table, score = forest(rows)
    assert hubs(corpus.paths, table, score, 1.0).hub.tolist() == [True] + [False] * (len(rows) - 1)


def test_unknown_and_forged_times_make_no_hub_and_no_overflow():
    corpus, table, score = forest([("/opt/x", -1, 0, 0.1), *[("/bin/sh", 0, 0, 0.1) for _ in range(9)]])
    time = np.full(10, NO_TIME)
    assert not hubs(corpus.paths, type(table)(**{**_columns(table), "time_us": time}), score, 1.0).hub.any()
    time[1:3] = [np.iinfo(np.int64).min + 1, np.iinfo(np.int64).max]
    time[3:6] = 0
    assert hubs(corpus.paths, type(table)(**{**_columns(table), "time_us": time}), score, 1.0).hub[0]


def _columns(table):
    return {name: getattr(table, name) for name in table.__dataclass_fields__}
