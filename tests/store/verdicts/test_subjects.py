"""Verdicts on what is displayed: what is asked, what is refused, what a late record and another workspace make of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine.errors import NotFound, StoreError, UsageError
from engine.jobs.ports.ingest import Batch
from engine.words.command_shape import shape_number
from store.base import ids
from store.base.database import DATABASE
from store.doctor.examine import examine
from store.export.rows import chosen_rows, rows
from store.narrow import record_names
from store.narrow.record_names import RecordName, locate, names, on_host
from store.queue.filter import QueueFilter
from store.scope.scopes import Scope, parse
from store.verdicts.exchange import export_rows, import_rows
from store.verdicts.subject import OfChain, OfFinding, OfIncident, OfProcess, OfVariant, Several
from store.workspace import Workspace, open_workspace
from tests.store import narrow_samples as narrow
from tests.store import samples
from tests.store.narrow_samples import CASE, Process
from tests.store.older import make_older

ALPHA, BETA = shape_number("run alpha"), shape_number("run beta")


@pytest.fixture
def space(tmp_path: Path) -> Iterator[Workspace]:
    with closing(narrow.filled(tmp_path / "w")) as opened:
        yield opened


def of_pid(space: Workspace, pid: int) -> int:
    found = [one.id for one in space.processes.find(CASE, pid=pid)]
    assert len(found) == 1
    return found[0]


def verdict(space: Workspace, process: int) -> str | None:
    label = space.labels.of_processes(CASE, [process]).get(process)
    return None if label is None else label.verdict


def many(space: Workspace) -> dict[int, Process]:
    """Of the chain with the most processes."""
    facts = narrow.processes(space)
    keys = [fact.key for fact in facts.values()]
    return {number: fact for number, fact in facts.items() if fact.key == max(keys, key=keys.count)}


def test_a_verdict_on_a_finding_covers_its_processes_and_nothing_beside_them(space: Workspace) -> None:
    inside, beside = [of_pid(space, 2), of_pid(space, 3)], of_pid(space, 5)
    narrow.group(space, [(1, 1, inside[:1]), (1, 2, inside[1:])], {})
    given = space.labels.give(CASE, OfFinding(1), "malicious", author="ann", note="n")
    assert (given.covers.processes, given.covers.hosts, given.left) == (2, 1, {})
    assert [verdict(space, one) for one in (*inside, beside)] == ["malicious", "malicious", None]
    events = space.labels.history(CASE)
    assert [(event.about, event.verdict, event.note) for event in events] == [("F1", "malicious", "n")] * 2
    assert {parse(event.scope).process is not None for event in events} == {True}
    assert [event.about for event in space.labels.undo(CASE, author="ann")] == ["F1", "F1"]
    assert [verdict(space, one) for one in (*inside, beside)] == [None, None, None]
    space.labels.give(CASE, OfIncident(1, 2), "benign")
    assert [verdict(space, one) for one in inside] == [None, "benign"]
    space.labels.give(CASE, OfProcess(beside), "undetermined")
    assert [event.about for event in space.labels.history(CASE)[-2:]] == ["F1/2", ids.called(beside)]


def test_what_is_decided_is_left_and_said_unless_it_is_to_be_overwritten(space: Workspace) -> None:
    first, second = of_pid(space, 2), of_pid(space, 3)
    narrow.group(space, [(1, 1, [first, second])], {})
    space.labels.give(CASE, OfProcess(first), "benign", note="mine", author="eve")
    given = space.labels.give(CASE, OfFinding(1), "malicious", author="ann")
    assert (given.covers.processes, given.left) == (1, {"benign": 1})
    assert (verdict(space, first), verdict(space, second)) == ("benign", "malicious")
    given = space.labels.give(CASE, OfFinding(1), "false_positive", note="", author="ann", overwrite=True)
    assert (given.covers.processes, given.left, given.notes) == (2, {}, 1)
    assert (verdict(space, first), verdict(space, second)) == ("false_positive", "false_positive")
    space.labels.undo(CASE, author="ann")
    label = space.labels.of_processes(CASE, [first])[first]
    assert (label.verdict, label.note, label.author) == ("benign", "mine", "eve")


@pytest.mark.parametrize("scope", [Scope(), Scope(host="WEB01"), Scope(prefix=1)])
def test_a_wider_verdict_that_overwrites_is_not_kept_out_by_narrower_ones(space: Workspace, scope: Scope) -> None:
    chain = many(space)
    one = next(fact for fact in chain.values() if fact.shape == BETA and fact.host == "WEB01")
    space.labels.give(CASE, OfVariant(one.key, ALPHA), "benign")
    space.labels.give(CASE, OfProcess(one.id), "benign")
    before = {number: verdict(space, number) for number in chain}
    given = space.labels.give(CASE, OfChain(one.key, scope), "malicious")
    assert given.left == {"benign": sum(verdict(space, number) == "benign" for number in chain if under(chain[number], scope))}
    assert all(verdict(space, number) == "benign" for number in chain if before[number] == "benign")
    space.labels.give(CASE, OfChain(one.key, scope), "malicious", overwrite=True)
    assert {verdict(space, number) for number in chain if under(chain[number], scope)} == {"malicious"}
    apart = [number for number in chain if not under(chain[number], scope)]
    assert {number: verdict(space, number) for number in apart} == {number: before[number] for number in apart}


def under(process: Process, scope: Scope) -> bool:
    return scope.host in (None, process.host)


def test_a_variant_does_not_overwrite_what_its_host_decides(space: Workspace) -> None:
    chain = many(space)
    key = next(iter(chain.values())).key
    space.labels.give(CASE, OfChain(key, Scope(host="DB")), "benign")
    given = space.labels.give(CASE, OfVariant(key, ALPHA), "malicious")
    alpha = {number: fact for number, fact in chain.items() if fact.shape == ALPHA}
    assert {fact.host: verdict(space, number) for number, fact in alpha.items()} == {
        "WEB01": "malicious", "DB": "benign", "MAIL": "malicious",
    }  # fmt: skip
    assert given.left == {"benign": 1}


def test_a_row_of_the_queue_is_decided_when_all_its_processes_agree(space: Workspace) -> None:
    chain = many(space)
    key = next(iter(chain.values())).key
    for place, number in enumerate(chain):
        row = next(row for row in space.queue.page(CASE) if row.key == key)
        assert (row.verdict, row.decided, row.count) == (None, place, len(chain))
        space.labels.give(CASE, OfProcess(number), "malicious")
    row = next(row for row in space.queue.page(CASE) if row.key == key)
    assert (row.verdict, row.decided) == ("malicious", len(chain))
    assert [row.key for row in space.queue.page(CASE, QueueFilter(verdicts=("malicious",)))] == [key]
    space.labels.give(CASE, OfProcess(next(iter(chain))), "benign", overwrite=True)
    row = next(row for row in space.queue.page(CASE) if row.key == key)
    assert (row.verdict, row.decided) == (None, len(chain))
    assert space.labels.of_chain(CASE, key) is None


def test_above_fifty_processes_and_on_several_hosts_it_is_asked(tmp_path: Path) -> None:
    events = [samples.event(1, image="C:\\root.exe")]
    events += [samples.event(number, 1, image="C:\\a.exe") for number in range(2, 54)]
    events += [samples.event(90, image="C:\\root.exe", host="DB"), samples.event(91, 90, image="C:\\a.exe", host="DB")]
    with closing(narrow.filled(tmp_path / "w", events)) as space:
        facts = [number for number, fact in narrow.processes(space).items() if len(fact.steps) == 8]
        here, there = facts[:-1], facts[-1:]
        scores = dict.fromkeys(facts, 4.0)
        narrow.group(space, [(1, 1, here[:50]), (1, 2, there), (2, 1, here[50:51])], scores)
        asked = {
            subject: space.labels.extent(CASE, subject)
            for subject in (OfIncident(1, 1), OfFinding(1), OfIncident(1, 2), Several((OfIncident(1, 1), OfFinding(2))))
        }
        told = [(one.processes, one.hosts, one.much, one.wide, one.ask) for one in asked.values()]
        assert told == [
            (50, 1, False, False, False), (51, 2, True, True, True), (1, 1, False, False, False), (51, 1, True, False, True),
        ]  # fmt: skip
        alone = space.labels.extent(CASE, OfProcess(here[51]))  # no incident covers it
        assert (alone.below, alone.mostly_below) == (1, False)


@pytest.mark.parametrize(("above", "asks"), [(0, True), (1, True), (2, False), (4, False)])
def test_what_is_mostly_below_the_threshold_is_asked_where_it_is_more_than_is_seen(
    space: Workspace, above: int, asks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = [of_pid(space, pid) for pid in (2, 3, 4, 5)]
    scores = {member: 3.0 if place < above else 2.9 for place, member in enumerate(members)}  # 3.0 is the threshold
    narrow.group(space, [(1, 1, members)], scores)
    extent = space.labels.extent(CASE, OfFinding(1))
    assert (extent.above, extent.below, extent.mostly_below, extent.ask) == (above, 4 - above, False, False)
    monkeypatch.setattr("store.verdicts.extent.SEEN", 3)
    assert (extent.mostly_below, extent.ask) == (asks, asks)
    given = space.labels.give(CASE, OfFinding(1), "malicious", above=True)
    assert given.covers.processes == above
    assert [verdict(space, member) for member in members] == ["malicious"] * above + [None] * (4 - above)


def test_nothing_is_below_a_threshold_that_is_not_there(tmp_path: Path) -> None:
    with closing(open_workspace(tmp_path / "w")) as space:
        narrow.fill(space, narrow.events(), "a" * 64)
        extent = space.labels.extent(CASE, OfProcess(of_pid(space, 2)))
        assert (extent.below, extent.ask) == (0, False)
        assert space.labels.give(CASE, OfProcess(of_pid(space, 2)), "malicious").covers.processes == 1


def test_what_is_not_there_is_said_and_nothing_is_changed(space: Workspace) -> None:
    set_id = narrow.group(space, [(1, 1, [of_pid(space, 2)])], {})
    placeholder = ids.placeholders(1)[0]
    for subject, told in (
        (OfFinding(2), "There is no finding F2"), (OfIncident(1, 2), "There is no incident F1/2"),
        (OfProcess(placeholder), "There is no process"), (OfProcess(ids.base(77) + 1), "There is no process P1772"),
        (OfChain("0" * 32), "There is no chain"), (OfVariant("0" * 32, 1), "There is no chain"),
    ):  # fmt: skip
        with pytest.raises(NotFound, match=told):
            space.labels.extent(CASE, subject)
        with pytest.raises(NotFound, match=told):
            space.labels.give(CASE, Several((OfProcess(of_pid(space, 3)), subject)), "malicious")
    with pytest.raises(UsageError, match="'evil' is no verdict"):
        space.labels.give(CASE, OfFinding(1, set_id), "evil")
    assert space.labels.history(CASE) == ()
    assert space.labels.give(CASE, OfFinding(1, set_id), None).batch == 0
    samples.score(space)
    for subject in (OfFinding(1, set_id), OfIncident(1, 1, set_id)):
        with pytest.raises(StoreError, match="The case was scored anew"):
            space.labels.give(CASE, subject, "malicious")
    assert space.labels.history(CASE) == ()


def test_a_process_of_another_case_is_none_of_this_one(space: Workspace) -> None:
    samples.fill(space, [samples.event(1)], case="other", path="o", sha256="c" * 64)
    other = next(one.id for one in space.processes.find("other", pid=1))
    with pytest.raises(NotFound, match="There is no process"):
        space.labels.give(CASE, OfProcess(other), "malicious")


@pytest.mark.parametrize("earlier", [True, False])
def test_two_records_of_a_process_have_one_verdict(tmp_path: Path, earlier: bool) -> None:
    """Given by one record before the other was there, and by either of them since."""
    first = samples.event(2, 1, image="C:\\a.exe")
    second = narrow.replace_event(first, 500)
    if earlier:
        first, second = second, first
    with closing(narrow.filled(tmp_path / "w", [samples.event(1), second])) as space:
        space.labels.give(CASE, OfProcess(of_pid(space, 2)), "benign", author="a")
        narrow.fill(space, [first], "b" * 64)
        with space.read() as connection:
            records = connection.exec_driver_sql("SELECT id FROM process WHERE pid = 2 ORDER BY id").scalars().all()
        assert len(records) == 2
        survivor = of_pid(space, 2)
        assert verdict(space, survivor) == "benign"
        for record, word in zip(records, ("malicious", "undetermined"), strict=True):
            space.labels.give(CASE, OfProcess(record), word, overwrite=True)
            assert verdict(space, survivor) == word
        assert len(space.labels.current(CASE)) == 1
        space.labels.give(CASE, OfProcess(survivor), None)
        assert space.labels.current(CASE) == ()
        assert verdict(space, survivor) is None


def test_a_parent_that_arrives_late_leaves_a_verdict_on_its_process(space: Workspace) -> None:
    orphan = samples.event(60, 59, image="C:\\late.exe", command_line="run alpha")
    narrow.fill(space, [orphan], "b" * 64)
    process = of_pid(space, 60)
    before = narrow.processes(space)[process]
    space.labels.give(CASE, OfVariant(before.key, before.shape), "benign", author="ann")
    space.labels.give(CASE, OfProcess(process), "malicious", author="ann", overwrite=True)
    narrow.fill(space, [samples.event(59, 1, image="C:\\between.exe")], "c" * 64)
    after = narrow.processes(space)[process]
    assert after.key != before.key
    assert verdict(space, process) == "malicious"
    samples.score(space)
    assert [row.key for row in space.queue.page(CASE, QueueFilter(verdicts=("malicious",)))] == [after.key]
    space.labels.give(CASE, OfProcess(process), "undetermined", author="ann", overwrite=True)
    assert [label.verdict for label in space.labels.current(CASE) if parse(label.scope).process] == ["undetermined"]
    said = []
    while space.labels.undo(CASE, author="ann"):
        said.append(verdict(space, process))
    assert said == ["malicious", None, None]  # its variant's was on the chain that it had then
    assert {complaint.code for complaint in examine(space) if complaint.severity == "error"} == set()


def test_a_variant_covers_what_a_later_log_brings(space: Workspace) -> None:
    key = next(iter(many(space).values())).key
    space.labels.give(CASE, OfVariant(key, ALPHA), "false_positive")
    narrow.fill(space, [samples.event(70, 1, image="C:\\a.exe", command_line=line) for line in ("run alpha",)], "b" * 64)
    assert narrow.processes(space)[of_pid(space, 70)].key == key
    assert verdict(space, of_pid(space, 70)) == "false_positive"


def test_a_damage_to_a_resolved_verdict_is_found(space: Workspace) -> None:
    space.labels.give(CASE, OfProcess(of_pid(space, 2)), "malicious")
    assert [one.message for one in examine(space) if one.severity == "error"] == []
    with space.write() as connection:
        connection.exec_driver_sql("UPDATE process_verdict SET verdict = 'benign'")
        connection.commit()
    (found,) = [one.message for one in examine(space) if one.severity == "error"]
    assert found == "1 processes have another verdict than the labels on them and on their variants say."


def test_verdicts_travel_with_the_records_that_they_are_on(space: Workspace, tmp_path: Path) -> None:
    one, key = of_pid(space, 3), next(iter(many(space).values())).key
    space.labels.give(CASE, OfProcess(one), "malicious", note="n \udcff", author="ann")
    space.labels.give(CASE, OfVariant(key, ALPHA), "benign", author="ann")
    told = list(export_rows(space, CASE))
    assert [(row["scope"].partition(":")[0], row["verdict"]) for row in told] == [("process", "malicious"), ("variant", "benign")]
    with closing(open_workspace(tmp_path / "other")) as other:
        narrow.fill(other, [samples.event(900, host="FIRST")], "f" * 64)  # so that ids of hosts are others
        narrow.fill(other, narrow.events(), "a" * 64)
        report = import_rows(other, CASE, told, author="bob")
        assert (report.applied, report.conflicts, report.unknown, report.bad) == (2, [], [], [])
        assert of_pid(other, 3) != one
        label = other.labels.of_processes(CASE, [of_pid(other, 3)])[of_pid(other, 3)]
        assert (label.verdict, label.note, label.author) == ("malicious", "n \udcff [ann]", "bob")
        assert {fact.shape for number, fact in many(other).items() if verdict(other, number) == "benign"} == {ALPHA}
        assert import_rows(other, CASE, told).unchanged == 2
        report = import_rows(other, CASE, [told[0] | {"verdict": "benign"}])
        assert report.conflicts == [(1, f"{ids.called(of_pid(other, 3))} is malicious here, benign in the file")]
        other.labels.undo(CASE, author="bob")
        assert other.labels.current(CASE) == ()


def test_a_process_that_is_not_here_is_a_problem_with_its_name(space: Workspace, tmp_path: Path) -> None:
    space.labels.give(CASE, OfProcess(of_pid(space, 3)), "malicious")
    (row,) = export_rows(space, CASE)
    bad = [
        row | {"scope": scope} for scope in ("process:x:1", "variant:zz", f"variant:{2**63:016x}", "process:" + "a" * 16 + ":99")
    ]
    by_hand = {"scope": "process:" + "a" * 16 + ":3", "verdict": "malicious"}  # without chain and mark
    with closing(open_workspace(tmp_path / "other")) as other:
        narrow.fill(other, narrow.events(), "b" * 64)
        report = import_rows(other, CASE, [row, *bad])
        assert (report.applied, [place for place, _ in report.bad], [place for place, _ in report.unknown]) == (
            0,
            [2, 3, 4],
            [1, 5],
        )
        assert row["scope"] in report.unknown[0][1]
    assert import_rows(space, CASE, [by_hand]).unchanged == 1


def test_records_at_one_position_are_told_apart(tmp_path: Path) -> None:
    """A list of what runs is one record with many processes."""
    listed = [samples.event(number, 1, image="C:\\a.exe", position=7) for number in range(2, 40)]
    with closing(narrow.filled(tmp_path / "w", [samples.event(1), *listed])) as space:
        space.labels.give(CASE, OfProcess(of_pid(space, 20)), "malicious", author="a")
        assert [one for one in narrow.processes(space) if verdict(space, one)] == [of_pid(space, 20)]
        space.labels.undo(CASE, author="a")
        space.labels.redo(CASE, author="a")
        assert [one for one in narrow.processes(space) if verdict(space, one)] == [of_pid(space, 20)]
        with space.read() as connection:
            assert locate(connection, 1, [RecordName("a" * 16, 7)]) == {}  # which of them is not said


@pytest.mark.parametrize("seeks", [0, 1e9])
@pytest.mark.parametrize("order", ["ascending", "descending"])
def test_a_record_is_found_by_its_name_whichever_way_it_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seeks: float, order: str
) -> None:
    monkeypatch.setattr(record_names, "SEEKS_PER_ROW", seeks)
    events = [samples.event(1), *[samples.event(number, 1, position=number // 2) for number in range(2, 60)]]
    events += [samples.event(number, host="DB", position=number) for number in range(60, 80)]
    told = events if order == "ascending" else events[::-1]
    with closing(narrow.filled(tmp_path / "w", told)) as space, space.read() as connection:
        records = connection.exec_driver_sql("SELECT id FROM process ORDER BY id").scalars().all()
        called = names(connection, records)
        assert len(set(called.values())) == len(records)
        assert locate(connection, 1, called.values()) == {name: record for record, name in called.items()}
        host = ids.host_of(records[0])
        assert on_host(connection, 1, host, called.values()) == {
            name: record for record, name in called.items() if ids.host_of(record) == host
        }
        assert locate(connection, 1, [RecordName("a" * 16, 1, "00000000"), RecordName("e" * 16, 1)]) == {}


def test_an_export_tells_each_process_what_counts_for_it(space: Workspace) -> None:
    chain = many(space)
    key = next(iter(chain.values())).key
    space.labels.give(CASE, OfChain(key), "benign")
    one = next(number for number, fact in chain.items() if fact.shape == BETA)
    space.labels.give(CASE, OfProcess(one), "malicious", note="this", author="ann", overwrite=True)
    guid = space.processes.get(one).guid
    told = {row.process_guid: (row.verdict, row.note, row.labelled_by) for row in chosen_rows(space, CASE, QueueFilter(), {key})}
    assert told.pop(guid or "") == ("malicious", "this", "ann")
    assert set(told.values()) == {("benign", "", "")}
    assert [row.process_guid for row in rows(space, CASE, ("malicious",))] == [guid]
    flagged = {row.key for row in space.queue.page(CASE, QueueFilter(flagged=True))}
    assert key not in flagged
    assert guid in {row.process_guid for row in rows(space, CASE)}  # a chain below the threshold that holds something malicious


def test_verdicts_of_an_older_workspace_stay_on_their_chains(space: Workspace) -> None:
    chain = many(space)
    key = next(iter(chain.values())).key
    space.labels.set(CASE, [key], "malicious", note="n", author="ann")
    space.labels.set(CASE, [key], "benign", scope=Scope(host="DB"), author="ann")
    held, counted = space.labels.current(CASE), {number: verdict(space, number) for number in chain}
    space.close()
    with closing(sqlite3.connect(space.folder / DATABASE)) as connection:
        make_older(connection, "0012_ends")
        connection.commit()
    with closing(open_workspace(space.folder)) as again:
        assert again.labels.current(CASE) == held
        assert {number: verdict(again, number) for number in chain} == counted
        with again.read() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM process_verdict").scalar_one() == 0
            assert set(connection.exec_driver_sql("SELECT about FROM label_event").scalars()) == {""}
        again.labels.give(CASE, OfProcess(next(iter(chain))), "undetermined", overwrite=True, author="ann")
        assert [event.verdict for event in again.labels.undo(CASE, author="ann")] == [None]
        assert {number: verdict(again, number) for number in chain} == counted


def test_three_thousand_verdicts_are_one_act(tmp_path: Path) -> None:
    events = [samples.event(1), *[samples.event(number, 1) for number in range(2, 3002)]]
    with closing(open_workspace(tmp_path / "w")) as space:
        ticket = space.ingest.begin_source(CASE, "one", "a" * 64, 1, "ndjson")
        space.ingest.append(ticket, Batch(events, (), len(events)))
        space.ingest.finish_source(ticket)
        narrow.relink(space)
        samples.score(space)
        members = [number for number in narrow.processes(space) if number != of_pid(space, 1)]
        narrow.group(space, [(1, 1, members)], {})
        space.labels.give(CASE, OfFinding(1), "malicious", author="ann")
        for act, holds in ((space.labels.undo, 0), (space.labels.redo, 3000), (space.labels.undo, 0)):
            assert len(act(CASE, author="ann")) == 3000
            assert len(space.labels.current(CASE)) == holds
            with space.read() as connection:
                assert connection.exec_driver_sql("SELECT count(*) FROM process_verdict").scalar_one() == holds


@pytest.mark.parametrize(
    "text", ["variant:0", f"variant:{2**63:016x}", "process:", "process:" + "a" * 16, "process:" + "A" * 16 + ":1"]
)
def test_scopes_that_are_none(text: str) -> None:
    with pytest.raises(UsageError):
        parse(text)


@pytest.mark.parametrize(
    "scope", [Scope(variant=0), Scope(variant=2**63 - 1), Scope(process=RecordName("0" * 16, 12, "0a1b2c3d"))]
)
def test_scopes_are_read_back_as_they_were_written(scope: Scope) -> None:
    assert parse(scope.text) == scope
