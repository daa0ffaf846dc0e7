"""Ends of processes, facts and notes: stored with the batch, gone with their source, linked whenever they come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from engine.domain.records import HostFact, Note, ProcessEnd, ProcessEvent
from engine.jobs.ingest.link import link_case
from engine.jobs.ports.ingest import Batch, WholeSource
from engine.progress import Run
from store.doctor.examine import examine
from store.evidence.end_rows import MOST_GUID, ended
from store.workspace import Workspace
from tests.postgres import reopened
from tests.store.samples import HOSTILE, event

CASE = "case"
HOUR = 3_600_000_000
START = 1_700_000_000_000_000


def process(pid: int, ppid: int | None, at: int, **more: Any) -> ProcessEvent:
    plain = {"kind": "security4688", "time_us": START + at, "guid": None, "parent_guid": None, "position": pid}
    return event(pid, ppid, **(plain | more))


def end(pid: int | None, at: int | None, **more: Any) -> ProcessEnd:
    return ProcessEnd(**({"position": 9, "host": "WEB01", "pid": pid, "time_us": None if at is None else START + at} | more))


def ingest(workspace: Workspace, name: str, *batches: Batch, finish: bool = True, fmt: str = "json") -> None:
    store = workspace.ingest
    ticket = store.begin_source(CASE, f"logs/{name}.json", name.encode().hex().ljust(64, "0"), 1, fmt)
    assert not ticket.complete
    for batch in batches:
        store.append(ticket, batch)
    if finish:
        store.finish_source(ticket)
        link_case(CASE, store, Run())


def told(events: Sequence[ProcessEvent] = (), ends: Sequence[ProcessEnd] = (), **more: Any) -> Batch:
    return Batch(events, (), len(events) + len(ends) + len(more.get("facts", ())) + more.get("unknown", 0), ends, **more)


def parent_of(workspace: Workspace, pid: int) -> tuple[bool, int | None] | None:
    """(recorded, pid) of the parent."""
    (found,) = workspace.processes.find(CASE, pid=pid)
    if found.parent_id is None:
        return None
    above = workspace.processes.get(found.parent_id)
    return not above.placeholder, above.pid


STARTS = told([process(10, None, 0), process(20, 10, HOUR)])
ENDS = told(ends=[end(10, 60_000_000)])


@pytest.mark.parametrize("batches", [[STARTS, ENDS], [ENDS, STARTS]], ids=["starts first", "ends first"])
@pytest.mark.parametrize("apart", [False, True], ids=["one source", "two ingests"])
def test_an_end_closes_its_pid_whenever_it_comes(workspace: Workspace, batches: list[Batch], apart: bool) -> None:
    if apart:
        for number, batch in enumerate(batches):
            ingest(workspace, f"s{number}", batch)
    else:
        ingest(workspace, "both", *batches)
    assert parent_of(workspace, 20) == (False, 10)
    (first,) = [one for one in workspace.processes.find(CASE, pid=10) if not one.placeholder]
    with workspace.read() as connection:
        ids, times = ended(connection, first.host_id)
    assert (ids.tolist(), times.tolist()) == ([first.id], [START + 60_000_000])
    assert examine(workspace) == ()


def test_without_ends_the_older_process_is_the_parent(workspace: Workspace) -> None:
    ingest(workspace, "s", STARTS)
    assert parent_of(workspace, 20) == (True, 10)


def test_ends_count_as_read_and_as_neither_kept_nor_rejected(workspace: Workspace) -> None:
    facts = [HostFact(position=1, code="log-cleared", text="cleared", host="WEB01")]
    notes = [Note(code="local-time", text="No zone.", count=3)]
    ingest(workspace, "s", told([process(10, None, 0)], [end(10, 5)], facts=facts, notes=notes, unknown=2))
    (source,) = workspace.cases.sources(CASE)
    assert (source.read, source.kept, source.rejected, source.other, source.unknown) == (5, 1, 0, 4, 2)
    assert [(note.code, note.text, note.count) for note in source.notes] == [("local-time", "No zone.", 3)]


def test_a_source_that_is_read_anew_loses_its_ends_and_facts(workspace: Workspace) -> None:
    ingest(workspace, "starts", STARTS)
    facts = [HostFact(position=1, code="clock-set", text="set", host="WEB01", time_us=START)]
    batch = told(ends=[end(10, 60_000_000)], facts=facts, notes=[Note(code="x", text="y")], unknown=1)
    ingest(workspace, "ends", batch)
    assert parent_of(workspace, 20) == (False, 10)
    ingest(workspace, "ends", fmt="other")
    assert parent_of(workspace, 20) == (True, 10)
    assert workspace.cases.facts(CASE) == ()
    assert [(source.notes, source.unknown, source.read) for source in workspace.cases.sources(CASE)][1] == ((), 0, 0)
    with workspace.read() as connection:
        assert ended(connection, 1)[0].tolist() == []
    assert examine(workspace) == ()


def test_an_interrupted_source_goes_on_behind_its_ends(workspace: Workspace) -> None:
    ingest(workspace, "s", told([process(10, None, 0)]), ENDS, finish=False)
    workspace.close()
    again = reopened(workspace)
    ticket = again.ingest.begin_source(CASE, "logs/s.json", b"s".hex().ljust(64, "0"), 1, "json")
    assert ticket.resume_from == 2
    again.ingest.append(ticket, told([process(20, 10, HOUR)]))
    again.ingest.finish_source(ticket)
    link_case(CASE, again.ingest, Run())
    assert parent_of(again, 20) == (False, 10)
    again.close()


def test_small_sources_have_theirs_too(workspace: Workspace) -> None:
    whole = [WholeSource(f"{n}.json", str(n) * 64, 1, "json", batch, "", None) for n, batch in enumerate((ENDS, STARTS))]
    workspace.ingest.add_sources(CASE, whole)
    link_case(CASE, workspace.ingest, Run())
    assert parent_of(workspace, 20) == (False, 10)


def test_a_case_that_is_removed_takes_them_along(workspace: Workspace) -> None:
    ingest(workspace, "s", STARTS, ENDS, told(facts=[HostFact(position=1, code="c", text="t", host="WEB01")]))
    workspace.cases.remove(CASE)
    with workspace.read() as connection:
        for table in ("process_end", "host_fact", "host_span", "host_part", "host"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == 0
        kinds = set(connection.exec_driver_sql("SELECT kind FROM witness").scalars())
    assert not kinds & {"ends", "host", "host_fact", "host_span"}


@pytest.mark.parametrize("guid", ["g\0\udcff", "\ud800", "x" * MOST_GUID])
def test_any_guid_matches(workspace: Workspace, guid: str) -> None:
    ingest(workspace, "s", told([process(10, None, 0, guid=guid), process(20, 10, HOUR)], [end(None, 60_000_000, guid=guid)]))
    assert parent_of(workspace, 20) == (False, 10)


def test_what_no_column_holds_is_none(workspace: Workspace) -> None:
    hostile = [end(2**70, 1), end(-5, 2), end(10, None, time_us=2**80), end(10, 60_000_000, guid="x" * (MOST_GUID + 1))]
    ingest(workspace, "s", told([process(10, None, 0), process(20, 10, HOUR)], hostile))
    events = workspace.ingest.load_host(1)
    assert events.ends.pid.tolist() == [-1, -1, 10, 10]
    assert events.ends.guid == [None] * 4
    assert parent_of(workspace, 20) == (False, 10)


def test_hosts_of_which_only_an_end_tells_are_not_shown(workspace: Workspace) -> None:
    ingest(workspace, "s", told([process(10, None, 0)], [end(10, 60_000_000, host="ELSEWHERE")]))
    assert [host.name for host in workspace.cases.hosts(CASE)] == ["WEB01"]
    assert workspace.cases.show(CASE).hosts == 1
    assert workspace.cases.show(CASE).unlinked == 0
    ingest(workspace, "t", told([process(10, None, 0, host="elsewhere"), process(20, 10, HOUR, host="elsewhere")]))
    assert parent_of(workspace, 20) == (False, 10)


@pytest.mark.parametrize("text", HOSTILE)
def test_facts_and_notes_come_back_as_they_were(workspace: Workspace, text: str) -> None:
    facts = [
        HostFact(position=4, code="log-cleared", text=text, host="WEB01", time_us=START),
        HostFact(position=5, code="c", text=""),
    ]
    ingest(workspace, "s", told([process(10, None, 0)], facts=facts, notes=[Note(code="n", text=text)]))
    (source,) = workspace.cases.sources(CASE)
    assert source.notes[0].text == text
    told_of = {(fact.host, fact.position, fact.code, fact.text, fact.time_us) for fact in workspace.cases.facts(CASE)}
    assert told_of == {("WEB01", 4, "log-cleared", text, START), ("s.json", 5, "c", "", None)}


def test_a_clock_that_was_set_widens_what_is_a_step(workspace: Workspace) -> None:
    late = [process(10, None, 2 * HOUR), process(20, 10, 0, parent_image="C:\\Apps\\app0.exe")]
    ingest(workspace, "s", told(late))
    assert parent_of(workspace, 20) == (False, 10)
    facts = [HostFact(position=1, code="clock-set", text="set", host="web01", time_us=START + HOUR)]
    ingest(workspace, "t", told(facts=facts))
    assert parent_of(workspace, 20) == (True, 10)


def test_spans_tell_times_and_record_numbers_by_source_and_kind(workspace: Workspace) -> None:
    events = [process(n, None, n, record_id=str(100 + 5 * n)) for n in range(3)]
    events.append(process(9, None, 50, kind="sysmon1", record_id="x"))
    ingest(workspace, "s", told(events))
    ingest(workspace, "t", told([process(30, None, 70, record_id="7", host="web01", time_us=None)]))
    found = [
        (one.host, one.source, one.kind, one.records, one.first_us, one.last_us, one.first_id, one.last_id, one.read)
        for one in workspace.cases.spans(CASE)
    ]
    assert found == [
        ("WEB01", "logs/s.json", "security4688", 3, START, START + 2, 100, 110, 4),
        ("WEB01", "logs/s.json", "sysmon1", 1, START + 50, START + 50, None, None, 4),
        ("WEB01", "logs/t.json", "security4688", 1, None, None, 7, 7, 1),
    ]


def test_a_case_of_facts_alone_stays(workspace: Workspace) -> None:
    ingest(workspace, "s", told(facts=[HostFact(position=1, code="log-cleared", text="cleared", host="A")]))
    workspace.ingest.leave_if_empty(CASE)
    assert [fact.host for fact in workspace.cases.facts(CASE)] == ["A"]


def test_a_damaged_end_is_found(workspace: Workspace) -> None:
    ingest(workspace, "s", STARTS, ENDS)
    with workspace.write() as connection:
        connection.exec_driver_sql("UPDATE process_end SET guids = x'90'")
        connection.commit()
    assert [one.message for one in examine(workspace)] == ["The ends of processes of host 1 are not what was written."]
