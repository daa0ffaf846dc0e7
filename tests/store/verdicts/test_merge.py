"""Merging two workspaces of the same evidence: no event is lost, and what holds does not depend on who merged whom."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from engine.domain.verdicts import VERDICTS
from engine.errors import NotYours, StoreError
from engine.metrics.agreement import judges
from store.doctor.examine import examine
from store.scope.scopes import Scope
from store.verdicts.colleagues import SaidEvent, all_events, holding
from store.verdicts.merge import MergeReport, events_of, merge, shared_sources
from store.verdicts.subject import OfChain, OfProcess, OfVariant, Subject
from store.workspace import Workspace, open_workspace
from tests import pages
from tests.store import narrow_samples as narrow
from tests.store.narrow_samples import CASE
from tests.store.samples import HOSTILE

WHO = ("ann", "bob", "eve")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("merge") / "w"
    with pages.small(*pages.STORE):
        narrow.filled(folder).close()
    return folder


@pytest.fixture
def both(template: Path, tmp_path: Path) -> Iterator[tuple[Workspace, Workspace]]:
    for name in "ab":
        shutil.copytree(template, tmp_path / name)
    with closing(open_workspace(tmp_path / "a")) as one, closing(open_workspace(tmp_path / "b")) as other:
        yield one, other


def subjects(workspace: Workspace) -> list[Subject]:
    found: list[Subject] = []
    facts = narrow.processes(workspace)
    for number in sorted(facts)[:6]:
        found.append(OfProcess(facts[number].records[-1]))
    one = facts[sorted(facts)[2]]
    found += [
        OfChain(one.key),
        OfChain(one.key, Scope(host="DB")),
        OfChain(one.key, Scope(prefix=1)),
        OfVariant(one.key, one.shape),
    ]
    return found


def state(workspace: Workspace) -> set[tuple[Any, ...]]:
    """What holds, of everything that has a verdict."""
    labels = workspace.labels.current(CASE)
    return {(one.chain_key, one.scope, one.verdict, one.note, one.author, one.at_us) for one in labels}


def union(workspace: Workspace) -> set[str]:
    return {event.digest for event in events_of(workspace, CASE)}


def merged(into: Workspace, other: Workspace) -> MergeReport:
    return merge(into, CASE, events_of(other, CASE), "elsewhere", "merger")


def act(workspace: Workspace, what: tuple[str, int, str | None, int, str]) -> None:
    kind, place, verdict, at_us, who = what
    with patch("store.verdicts.verdicts.now_us", lambda: at_us):
        try:
            if kind == "give":
                on = subjects(workspace)
                workspace.labels.give(CASE, on[place % len(on)], verdict, note=f"n{place}", author=who, overwrite=True)
            else:
                getattr(workspace.labels, kind)(CASE, who)
        except NotYours:
            return


one_act = st.tuples(
    st.sampled_from(["give", "give", "give", "undo", "redo"]), st.integers(0, 9), st.sampled_from([*VERDICTS, None]),
    st.integers(1_000, 1_006), st.sampled_from(WHO),
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), one_act), max_size=14))
def test_any_histories_are_united(template: Path, tmp_path_factory: pytest.TempPathFactory, acts: list[Any]) -> None:
    """Clocks run backwards and are the same to the microsecond; three workspaces, merged in every direction."""
    home = tmp_path_factory.mktemp("three")
    for name in "abc":
        shutil.copytree(template, home / name)
    spaces = [open_workspace(home / name) for name in "abc"]
    try:
        for side, what in acts:
            act(spaces[side], what)
        said = [union(space) for space in spaces]
        one, other, third = spaces
        for into, source in ((one, other), (one, third), (third, other), (third, one), (other, third)):
            merged(into, source)
        assert [union(space) for space in spaces] == [said[0] | said[1] | said[2]] * 3
        assert state(one) == state(other) == state(third)
        before = [(state(space), space.labels.history(CASE, limit=10_000), space.audit.head()) for space in spaces]
        for into, source in ((one, other), (other, one), (third, one)):
            report = merged(into, source)
            assert (report.new, report.applied) == (0, 0)
        assert [(state(space), space.labels.history(CASE, limit=10_000), space.audit.head()) for space in spaces] == before
        newest = holding(events_of(one, CASE))
        assert {(row[2], row[4], row[5]) for row in state(one)} <= {
            (event.verdict, event.author, event.at_us) for event in newest.values()
        }
        for space in spaces:
            assert space.audit.verify().faults == []
            assert examine(space) == ()
    finally:
        for space in spaces:
            space.close()
        shutil.rmtree(home)


said_events = st.builds(
    SaidEvent, st.sampled_from(["k1", "k2"]), st.sampled_from(["", "host:db"]), st.sampled_from([*VERDICTS, None]),
    st.text(max_size=2), st.sampled_from(WHO), st.integers(0, 3), st.sampled_from(["set", "undo", "redo"]),
    st.sampled_from(WHO), st.integers(0, 3),
)  # fmt: skip


@given(st.lists(said_events), st.randoms())
def test_what_holds_does_not_depend_on_the_order(events: list[SaidEvent], random: Any) -> None:
    shuffled = [*events, *events[: len(events) // 2]]
    random.shuffle(shuffled)
    assert holding(events) == holding(shuffled)
    for subject, event in holding(events).items():
        assert event.order == max(one.order for one in events if one.subject == subject)


@given(st.lists(st.tuples(st.sampled_from(VERDICTS), st.sampled_from(VERDICTS)), min_size=1, max_size=40))
def test_kappa_is_that_of_another_program(pairs: list[tuple[str, str]]) -> None:
    found = judges(pairs)
    assert (found.both, found.alike) == (len(pairs), sum(one == other for one, other in pairs))
    if len({*(one for one, _ in pairs), *(other for _, other in pairs)}) == 1:
        assert math.isnan(found.kappa)
    else:
        expected = cohen_kappa_score([one for one, _ in pairs], [other for _, other in pairs])
        assert found.kappa == pytest.approx(expected)


def test_a_conflict_names_both_and_what_holds(both: tuple[Workspace, Workspace]) -> None:
    one, other = both
    on = subjects(one)[0]
    act(one, ("give", 0, "malicious", 2_000, "ann"))
    act(other, ("give", 0, "benign", 3_000, "bob"))
    act(one, ("give", 1, "malicious", 2_000, "ann"))
    act(other, ("give", 1, "malicious", 3_000, "bob"))
    report = merged(one, other)
    (conflict,) = report.conflicts
    assert (conflict.here.author, conflict.here.verdict) == ("ann", "malicious")
    assert (conflict.there.author, conflict.there.verdict) == ("bob", "benign")
    assert conflict.holds == conflict.there
    assert (report.agreement.both, report.agreement.alike) == (2, 1)
    assert isinstance(on, OfProcess)
    label = one.labels.of_processes(CASE, [on.process_id])[on.process_id]
    assert (label.verdict, label.author, label.at_us) == ("benign", "bob", 3_000)
    assert merged(other, one).conflicts == [], "both say now what bob said"


def test_what_was_taken_back_later_is_taken_back(both: tuple[Workspace, Workspace]) -> None:
    one, other = both
    act(one, ("give", 0, "malicious", 2_000, "ann"))
    merged(other, one)
    assert len(state(other)) == 1
    act(one, ("undo", 0, None, 4_000, "ann"))
    merged(other, one)
    assert (state(one), state(other)) == (set(), set())
    act(one, ("redo", 0, None, 5_000, "ann"))
    merged(other, one)
    assert state(other) == state(one)
    ((*_, author, at_us),) = state(other)
    assert (author, at_us) == ("ann", 2_000)


def test_a_merge_is_not_undone_by_accident(both: tuple[Workspace, Workspace]) -> None:
    one, other = both
    act(other, ("give", 0, "benign", 3_000, "bob"))
    merged(one, other)
    with pytest.raises(NotYours):
        one.labels.undo(CASE, "merger")
    assert [event.action for event in one.labels.history(CASE)] == ["merge"]


def test_what_is_on_nothing_here_is_kept_and_comes_with_its_evidence(both: tuple[Workspace, Workspace]) -> None:
    one, other = both
    strange = [
        SaidEvent("f" * 32, "", "malicious", "", "bob", 5), SaidEvent("", "process:" + "f" * 16 + ":3", "benign", "", "bob", 6),
        SaidEvent(narrow.processes(one)[sorted(narrow.processes(one))[0]].key, "prefix:99", "benign", "", "bob", 7),
    ]  # fmt: skip
    report = merge(one, CASE, strange, "a file", "ann")
    assert (report.new, report.applied, report.elsewhere) == (3, 0, 3)
    assert union(one) == {event.digest for event in strange}
    assert merge(other, CASE, events_of(one, CASE), "again", "ann").elsewhere == 3
    assert union(other) == union(one)


def test_a_verdict_from_the_future_is_said(both: tuple[Workspace, Workspace]) -> None:
    report = merge(both[0], CASE, [SaidEvent("f" * 32, "", "malicious", "", "bob", 2**61)], "a file")
    assert report.ahead == 1


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_notes_and_names_are_kept(both: tuple[Workspace, Workspace], text: str) -> None:
    one, other = both
    other.labels.give(CASE, subjects(other)[0], "benign", note=text, author=text)
    merged(one, other)
    assert {row[3:5] for row in state(one)} == {row[3:5] for row in state(other)}
    assert one.audit.verify().faults == []


def test_what_was_merged_and_changed_since_is_damage(both: tuple[Workspace, Workspace]) -> None:
    one, other = both
    act(other, ("give", 0, "benign", 3_000, "bob"))
    merged(one, other)
    with one.write() as connection:
        connection.exec_driver_sql("UPDATE merged_event SET event = replace(event, 'benign', 'malicious')")
        connection.commit()
    with pytest.raises(StoreError, match="not what it was"):
        events_of(one, CASE)


def test_what_both_read_is_counted(both: tuple[Workspace, Workspace]) -> None:
    assert shared_sources(both[0], CASE, both[1], CASE) == (1, 1, 1)
    with both[0].read() as connection:
        assert all_events(connection, 1) == {}


def test_a_merge_is_told_with_its_verdicts(both: tuple[Workspace, Workspace]) -> None:
    one, other = both
    act(other, ("give", 0, "benign", 3_000, "bob"))
    merged(one, other)
    told, given_ = one.audit.list()[-2:]
    assert (told.said["act"], told.said["who"], told.said["what"]["new"]) == ("verdicts merged", "merger", 1)
    assert (given_.said["act"], given_.said["what"]["did"], given_.said["who"]) == ("verdicts given", "merge", "merger")
