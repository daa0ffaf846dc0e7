"""Any history of verdicts on processes, variants, chains, hosts, beginnings, incidents and findings: each covers what it says and
nothing else, what is derived is what can be derived afresh, and what holds in the end is what replaying the acts that hold gives.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.verdicts import VERDICTS
from engine.words.command_shape import shape_number
from store.base import ids
from store.narrow import resolved
from store.processes.forest import ForestPages
from store.queue.filter import QueueFilter
from store.scope.scopes import Scope
from store.verdicts.subject import OfChain, OfFinding, OfIncident, OfProcess, OfVariant, Several, Subject, each
from store.workspace import Workspace
from tests import pages
from tests.store import narrow_samples as narrow
from tests.store.narrow_samples import CASE, Process

THRESHOLD = 3.0
"""Of tests.store.samples.score."""


class Case(NamedTuple):
    """The workspace, opened once, and what is known of it."""

    space: Workspace
    facts: dict[int, Process]
    incidents: dict[tuple[int, int], list[int]]
    scores: dict[int, float]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    with pages.small(*pages.STORE), closing(narrow.filled(tmp_path_factory.mktemp("histories") / "w")) as space:
        facts = narrow.processes(space)
        on = {host: [number for number, one in facts.items() if one.host == host] for host in narrow.HOSTS}
        incidents = {(1, 1): on["WEB01"][1:4], (1, 2): on["DB"][1:3], (2, 1): on["MAIL"][:2], (3, 1): on["WEB01"][5:6]}
        scores = {member: 2.0 + place for members in incidents.values() for place, member in enumerate(members)}
        narrow.group(space, [(*at, members) for at, members in incidents.items()], scores)
        yield Case(space, facts, incidents, scores)


places = st.integers(0, 30)
single = st.one_of(
    st.builds(lambda place: ("process", place), places),
    st.builds(lambda place: ("variant", place), places),
    st.builds(lambda place, kind: (kind, place), places, st.sampled_from(["chain", "host", "prefix 1", "prefix 2"])),
    st.sampled_from([("incident", (1, 1)), ("incident", (1, 2)), ("incident", (2, 1)), ("finding", 1), ("finding", 3)]),
)
acts = st.lists(
    st.one_of(
        st.tuples(
            st.lists(single, min_size=1, max_size=3),
            st.sampled_from([None, *VERDICTS, "malicious", "benign"]),
            st.booleans(),
            st.booleans(),
            st.sampled_from([None, "why \udcff"]),
        ),
        st.sampled_from(["undo", "undo", "redo"]),
    ),
    min_size=1,
    max_size=10,
)


def subject_of(case: Case, said: tuple[str, Any]) -> Any:
    kind, place = said
    if kind == "incident":
        return OfIncident(*place)
    if kind == "finding":
        return OfFinding(place)
    one = list(case.facts.values())[place % len(case.facts)]
    if kind == "process":
        return OfProcess(one.records[place % len(one.records)])
    if kind == "variant":
        return OfVariant(one.key, one.shape)
    if kind == "host":
        return OfChain(one.key, Scope(host=one.host.lower()))
    if kind == "chain":
        return OfChain(one.key)
    return OfChain(one.key, Scope(prefix=min(int(kind[-1]), len(one.steps) // 4)))


def covered(case: Case, subject: Subject) -> set[int]:
    """Which processes a subject says that it is on."""
    found: set[int] = set()
    for one in each(subject):
        if isinstance(one, OfIncident):
            found.update(case.incidents[one.finding, one.place])
        elif isinstance(one, OfFinding):
            found.update(member for (number, _), members in case.incidents.items() if number == one.number for member in members)
        elif isinstance(one, OfProcess):
            found.update(number for number, process in case.facts.items() if one.process_id in process.records)
        else:
            found.update(number for number, process in case.facts.items() if under(case, one, process))
    return found


def under(case: Case, one: OfVariant | OfChain, process: Process) -> bool:
    steps = next(fact.steps for fact in case.facts.values() if fact.key == one.chain_key)
    if isinstance(one, OfVariant):
        return process.key == one.chain_key and process.shape == one.shape
    if one.scope.prefix is not None:
        return process.steps.startswith(steps[: 4 * one.scope.prefix])
    return process.key == one.chain_key and one.scope.host in (None, process.host.lower())


def verdicts(case: Case) -> dict[int, str | None]:
    """As the store tells of each process."""
    told = case.space.labels.of_processes(CASE, list(case.facts))
    return {number: told[number].verdict if number in told else None for number in case.facts}


def forget(space: Workspace) -> None:
    with space.write() as connection:
        for table in ("label_event", "label_current", "process_verdict"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
        connection.commit()


def state(space: Workspace) -> tuple[Any, ...]:
    """What holds, without the numbers of events: they count undos too."""
    with space.read() as connection:
        current = connection.exec_driver_sql(
            "SELECT chain_key, scope, verdict, CAST(note AS BLOB), author, steps FROM label_current ORDER BY 1, 2"
        ).all()
        narrower = connection.exec_driver_sql("SELECT process_id, chain_id, verdict, own FROM process_verdict ORDER BY 1").all()
    rows = {row.key: (row.verdict, row.decided) for row in space.queue.page(CASE, limit=100)}
    return [tuple(row) for row in current], [tuple(row) for row in narrower], rows


def give(case: Case, act: tuple[Any, ...]) -> int:
    said, verdict, above, overwrite, note = act
    subject = Several(tuple(subject_of(case, one) for one in said))
    labels = case.space.labels
    return labels.give(CASE, subject, verdict, above=above, overwrite=overwrite, note=note, author="ann").batch


def check_given(case: Case, act: tuple[Any, ...], before: dict[int, str | None]) -> None:
    """A verdict is on what it says: on nothing else, on all that is undecided, on what is decided only where that was said."""
    said, verdict, above, overwrite, _ = act
    inside = covered(case, Several(tuple(subject_of(case, one) for one in said)))
    if above:
        inside = {number for number in inside if case.scores.get(number, 0.0) >= THRESHOLD}
    after = verdicts(case)
    for number, was in before.items():
        if number not in inside:
            assert after[number] == was
        elif verdict is not None:
            assert after[number] == (verdict if was is None or overwrite else was)


def check_derived(case: Case) -> None:
    """Tables and rows say what the labels say, by the rule written out in Python."""
    wanted = narrow.expected(case.space, case.facts)
    assert verdicts(case) == wanted
    with case.space.read() as connection:
        stored = {tuple(row) for row in connection.exec_driver_sql("SELECT * FROM process_verdict")}
        number = connection.exec_driver_sql("SELECT id FROM cases").scalar_one()
        hosts = connection.exec_driver_sql("SELECT id FROM host").scalars().all()
        afresh = {tuple(row) for host in hosts for row in resolved.expected(connection, number, host).values()}
    assert stored == afresh
    said: dict[str, list[str | None]] = {}
    for process, verdict in wanted.items():
        said.setdefault(case.facts[process].key, []).append(verdict)
    rows = case.space.queue.page(CASE, limit=100)
    assert {row.key: row.decided for row in rows} == {key: sum(v is not None for v in told) for key, told in said.items()}
    narrower = {case.facts[row[0]].key for row in stored}
    for row in rows:
        if row.key in narrower:
            agreed = said[row.key][0] if len(set(said[row.key])) == 1 else None
            assert row.verdict == agreed
        label = case.space.labels.of_chain(CASE, row.key)
        assert (None if label is None else label.verdict) == row.verdict
    filtered = case.space.queue.page(CASE, QueueFilter(verdicts=VERDICTS), limit=100)
    assert {row.key for row in filtered} == {row.key for row in rows if row.verdict is not None}


@settings(max_examples=60, deadline=None)
@given(history=acts)
def test_any_history_leaves_what_the_acts_that_hold_say(case: Case, history: list[Any]) -> None:
    forget(case.space)
    done: list[tuple[Any, ...]] = []
    undone: list[tuple[Any, ...]] = []
    for act in history:
        if act == "undo":
            assert bool(case.space.labels.undo(CASE, author="ann")) == bool(done)
            if done:
                undone.append(done.pop())
        elif act == "redo":
            assert bool(case.space.labels.redo(CASE, author="ann")) == bool(undone)
            if undone:
                done.append(undone.pop())
        else:
            before = verdicts(case)
            if give(case, act):
                done.append(act)
                undone.clear()
            check_given(case, act, before)
        check_derived(case)
    held = state(case.space)
    forget(case.space)
    for act in done:
        assert give(case, act)
    assert state(case.space) == held


@settings(max_examples=60, deadline=None)
@given(history=acts)
def test_what_is_told_before_a_verdict_is_what_it_does(case: Case, history: list[Any]) -> None:
    forget(case.space)
    for act in (one for one in history if not isinstance(one, str) and one[1] is not None):
        said, verdict, above, overwrite, _ = act
        subject = Several(tuple(subject_of(case, one) for one in said))
        extent = case.space.labels.extent(CASE, subject)
        inside, before = covered(case, subject), verdicts(case)
        flagged = {number for number in inside if case.scores.get(number, 0.0) >= THRESHOLD}
        assert (extent.processes, extent.above) == (len(inside), len(flagged))
        assert extent.hosts == len({ids.host_of(number) for number in inside})
        assert extent.decided == {
            verdict: count for verdict in VERDICTS if (count := sum(before[number] == verdict for number in inside))
        }
        wanted = {number for number in (flagged if above else inside) if overwrite or before[number] is None}
        assert extent.part(above=above, overwrite=overwrite).processes == len(wanted)
        given_ = case.space.labels.give(CASE, subject, verdict, above=above, overwrite=overwrite)
        assert given_.covers.processes == len(wanted)
        kept = [before[number] for number in inside if number not in wanted and before[number] is not None]
        assert given_.left == {verdict: kept.count(verdict) for verdict in VERDICTS if verdict in kept}


def test_the_tree_shows_what_counts_for_each_process(case: Case) -> None:
    forget(case.space)
    one = next(fact for fact in case.facts.values() if fact.shape == shape_number("run beta"))
    case.space.labels.give(CASE, OfChain(one.key), "benign")
    case.space.labels.give(CASE, OfVariant(one.key, one.shape), "undetermined", overwrite=True)
    case.space.labels.give(CASE, OfProcess(one.id), "malicious", overwrite=True)
    shown = {row.id: row.verdict for row in ForestPages(case.space, CASE).rows(list(case.facts))}
    assert shown == narrow.expected(case.space, case.facts)
    assert set(shown.values()) == {"benign", "undetermined", "malicious", None}
