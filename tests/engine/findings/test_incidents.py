"""Incidents: what is odd, what it started and the way up to the hub; everyday siblings stay outside."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.processes import part_of
from engine.findings.hubs import hubs
from engine.findings.incidents import BURST, JOINED, NEARLY, PASSES, SHARE, SMALL, Levels, incidents
from tests.engine.findings.forests import EVERYDAY, forest, found, together

SYSTEMD, SH, LS = "/usr/lib/systemd/systemd", "/bin/sh", "/bin/ls"
HTTPD = "/opt/httpd"
SIBLINGS = SMALL + 5


def test_a_small_tree_below_a_hub_is_one_incident_whole():
    rows = [(SYSTEMD, -1, 0, 0.1), ("/opt/a", 0, 1, 0.2), (SH, 1, 1, 2.0), (LS, 1, 2, 0.1), ("/opt/b", 0, 1, 0.3)]
    assert together(found(rows)) == [{1, 2, 3}, {4}, {0}]


def test_of_a_large_tree_the_odd_part_the_way_up_and_what_it_started_are_covered_and_siblings_are_not():
    rows = [(SYSTEMD, -1, 0, 0.1), ("/opt/a", 0, 1, 0.2), ("/opt/m", 1, 1, 0.3), (SH, 2, 1, 2.0), (LS, 3, 1, 0.1)]
    rows += [("/bin/true", 1, 1, 0.15)] * SIBLINGS
    findings = found(rows)
    first = together(findings)[0]
    assert first == {1, 2, 3, 4}
    assert np.flatnonzero(findings.odd & (findings.incident == findings.incident[3])).tolist() == [3]
    assert together(findings)[1] == set(range(5, 5 + SIBLINGS))


@pytest.mark.parametrize(("share", "inside"), [(SHARE + 0.01, True), (SHARE - 0.01, False)])
def test_half_as_odd_is_odd(share: float, inside: bool):
    rows = [("/opt/a", -1, 1, 0.1), (SH, 0, 1, 2.0), (LS, 0, 1, 2.0 * share), *[("/bin/true", 0, 1, 0.1)] * SIBLINGS]
    findings = found(rows)
    assert bool(findings.incident[1] == findings.incident[2]) is inside


@pytest.mark.parametrize(("share", "inside"), [(NEARLY + 0.01, True), (NEARLY - 0.01, False)])
def test_what_something_nearly_as_odd_started_is_covered(share: float, inside: bool):
    rows = [("/opt/a", -1, 1, 0.1), (SH, 0, 1, 2.0), ("/bin/x", 0, 1, 2.0 * share), (LS, 2, 1, 0.1)]
    rows += [("/bin/true", 0, 1, 0.1)] * SIBLINGS
    findings = found(rows)
    assert bool(findings.incident[3] == findings.incident[1]) is inside


@pytest.mark.parametrize(("size", "whole"), [(SMALL, True), (SMALL + 1, False)])
def test_a_tree_of_this_size_is_taken_whole(size: int, whole: bool):
    rows = [("/opt/a", -1, 1, 0.1), (SH, 0, 1, 2.0), *[("/bin/true", 0, 1, 0.1)] * (size - 2)]
    assert (len(together(found(rows))[0]) == size) is whole


@pytest.mark.parametrize(("gap", "one"), [(BURST / 60e6 - 0.1, True), (BURST / 60e6 + 0.1, False)])
def test_odd_children_of_one_burst_below_a_server_are_one_incident(gap: float, one: bool):
    rows = [(HTTPD, -1, 0, 0.1), *[("/bin/php", 0, 40 * number, 0.1) for number in range(5)]]
    rows += [(SH, 0, 1000, 2.0), ("/bin/id", 0, 1000 + gap, 1.9)]
    findings = found(rows)
    assert bool(findings.incident[6] == findings.incident[7]) is one
    assert not {0, 1} & set(np.flatnonzero(findings.incident == findings.incident[6]).tolist())


def test_everyday_children_of_the_burst_are_not_joined():
    rows = [(HTTPD, -1, 0, 0.1), *[("/bin/php", 0, 40 * number, 0.1) for number in range(5)]]
    rows += [(SH, 0, 1000, 2.0), ("/bin/id", 0, 1001, Levels.of(np.array(EVERYDAY)).joined - 0.01)]
    findings = found(rows)
    assert findings.incident[6] != findings.incident[7]
    assert Levels.of(np.array(EVERYDAY)).joined == pytest.approx(np.quantile(EVERYDAY, JOINED))


def test_what_the_service_manager_starts_within_a_burst_stays_apart():
    rows = [(SYSTEMD, -1, 0, 0.1), (SH, 0, 1, 2.0), ("/bin/x", 0, 1, 2.0)]
    assert together(found(rows)) == [{1}, {2}, {0}]


@pytest.mark.parametrize("name", ["/tmp/.cache/kswapd0", "/dev/shm/kworker", "c:\\users\\public\\svchost.exe"])
def test_a_name_does_not_cut_the_incident_it_is_part_of(name: str):
    rows = [(SYSTEMD, -1, 0, 0.1), (SH, 0, 1, 1.5), (name, 1, 1, 2.0), (LS, 2, 2, 1.9)]
    assert together(found(rows))[0] == {1, 2, 3}


def test_a_day_of_an_implant_is_one_incident():
    rows = [(SYSTEMD, -1, 0, 0.1), ("/tmp/implant", 0, 1, 3.0), *[(SH, 1, 60 * number, 2.9) for number in range(40)]]
    assert together(found(rows))[0] == set(range(1, 42))


def test_a_parent_without_a_record_is_shown_and_cannot_be_odd():
    rows = [("/opt/gone", -1, 0, 9.0), (SH, 0, 1, 2.0)]
    findings = found(rows, missing=[0])
    assert together(findings) == [{0, 1}]
    assert findings.odd.tolist() == [False, True]
    assert findings.lead.tolist() == [1]
    assert findings.top.tolist() == [0]


def test_a_parent_without_a_record_alone_is_in_no_incident():
    findings = found([("/opt/gone", -1, 0, 9.0), (SYSTEMD, -1, 0, 0.1)], missing=[0])
    assert findings.incident.tolist() == [-1, 0]


def test_unknown_scores_are_neither_odd_nor_lost_company():
    rows = [("/opt/a", -1, 0, float("nan")), (SH, 0, 1, 2.0)]
    findings = found(rows)
    assert together(findings) == [{0, 1}]
    assert findings.odd.tolist() == [False, True]


def test_nothing_makes_no_finding():
    findings = found([("/opt/a", -1, 0, float("nan"))])
    assert findings.incident.tolist() == [-1]
    assert findings.of_process().tolist() == [0]
    assert len(findings.score) == len(findings.keys) == len(findings.finding) == 0


def test_scores_below_nothing_end_in_incidents_too():
    findings = found([("/opt/a", -1, 0, -1.0), *[(SH, 0, 0, -2.0 - number) for number in range(SIBLINGS)]])
    assert (findings.incident >= 0).all()


def test_scores_that_halve_without_end_take_a_bounded_number_of_passes():
    rows = [("/opt/a", -1, 0, 1.0), *[(SH, 0, 0, 0.49**number) for number in range(1, SIBLINGS + PASSES)]]
    assert (found(rows).incident >= 0).all()


def test_a_chain_of_any_depth_is_one_incident():
    rows = [("/opt/a", -1, 0, 0.5), *[("/opt/a", number, 0, 0.5) for number in range(3000)]]
    assert together(found(rows)) == [set(range(3001))]


IMAGES = st.sampled_from([SYSTEMD, "/opt/a", "/opt/b", SH, LS, "/usr/sbin/cron", "/tmp/cron"])
SCORES = st.floats(0.0, 4.0, width=32) | st.just(float("nan"))
FORESTS = st.lists(
    st.tuples(IMAGES, st.integers(-1, 60), st.integers(0, 200), SCORES, st.booleans(), st.integers(0, 1)), min_size=1, max_size=60
)


def planted(drawn):
    rows, hosts = [], []
    for number, (image, wanted, minute, score, _missing, host) in enumerate(drawn):
        parent = wanted if 0 <= wanted < number else -1
        rows.append((image, parent, minute, score))
        hosts.append(hosts[parent] if parent >= 0 else host)
    missing = [number for number, row in enumerate(drawn) if row[4]]
    return forest(rows, missing=missing, hosts=hosts)


@given(FORESTS)
@settings(deadline=None, max_examples=200)
def test_whatever_the_forest_each_process_is_in_one_incident_of_its_own_host(drawn):
    corpus, table, score = planted(drawn)
    findings = incidents(corpus, table, score, np.array(EVERYDAY))
    scored = (table.recorded == 1) & np.isfinite(score)
    assert (findings.incident[scored] >= 0).all()
    assert not (findings.odd & ~scored).any()
    for row in range(len(findings.finding)):
        inside = np.flatnonzero(findings.incident == row)
        assert len(set(table.host[inside].tolist())) == 1
        assert findings.odd[findings.lead[row]]
        assert findings.incident[findings.lead[row]] == findings.incident[findings.top[row]] == row
        assert score[findings.lead[row]] == max(score[inside][findings.odd[inside]].tolist())
    assert findings.score.tolist() == sorted(findings.score.tolist(), reverse=True)
    assert len(set(findings.keys)) == len(findings.keys)
    assert set(findings.finding.tolist()) == set(range(1, len(findings.score) + 1))
    for number in range(1, len(findings.score) + 1):
        places = np.sort(findings.place[findings.finding == number])
        assert places.tolist() == list(range(1, len(places) + 1))


@given(FORESTS)
@settings(deadline=None, max_examples=100)
def test_what_the_oddest_of_the_first_incident_started_is_covered_with_it(drawn):
    corpus, table, score = planted(drawn)
    usable = np.where((table.recorded == 1) & np.isfinite(score), score, -np.inf).astype(np.float32)
    levels = Levels.of(np.array(EVERYDAY))
    hub = hubs(corpus.paths, table, usable, levels.odd).hub
    findings = incidents(corpus, table, score, np.array(EVERYDAY))
    for row in np.flatnonzero(findings.finding == 1).tolist():
        lead = findings.lead[row]
        below = [child for child in np.flatnonzero(table.parent == lead).tolist() if not hub[lead] and not hub[child]]
        assert (findings.incident[below] == row).all()


@given(FORESTS)
@settings(deadline=None, max_examples=60)
def test_another_host_changes_nothing_about_the_incidents_of_this_one(drawn):
    corpus, table, score = planted(drawn)
    whole = incidents(corpus, table, score, np.array(EVERYDAY))
    mine = table.host[0]
    part, small = part_of(corpus, table, np.flatnonzero(table.host == mine))
    place = table.index_of(small.row)
    alone = incidents(part, small, score[place], np.array(EVERYDAY))
    expected = [
        sorted(np.flatnonzero(whole.incident == row).tolist())
        for row in range(len(whole.finding))
        if table.host[whole.lead[row]] == mine
    ]
    here = [sorted(place[np.flatnonzero(alone.incident == row)].tolist()) for row in range(len(alone.finding))]
    assert sorted(here) == sorted(expected)
