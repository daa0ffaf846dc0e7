from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.domain.arrays import NO_TIME
from engine.domain.records import Reject
from engine.errors import StoreError
from engine.jobs.ports.ingest import Batch, IngestStore, LinkedHost
from store.evidence.record_rows import SAMPLED_REJECTS
from store.workspace import Workspace, open_workspace
from tests.postgres import reopened
from tests.store.samples import HOSTILE, event, fill, link, relink, score


def dump(workspace: Workspace) -> dict[str, list[Any]]:
    """Everything that was ingested and derived, without clocks."""
    queries = {
        "process": "SELECT * FROM process ORDER BY id",
        "staged": "SELECT id, host_id, source_id, numbers, texts FROM staged ORDER BY id",
        "string": "SELECT id, text FROM string ORDER BY id",
        "source": "SELECT id, path, state, items, kept, rejected, merged FROM source ORDER BY id",
        "host": "SELECT id, key, name, records, unlinked, first_us, last_us FROM host ORDER BY id",
        "chain": "SELECT * FROM chain ORDER BY id",
        "chain_host": "SELECT * FROM chain_host ORDER BY host_id, chain_id",
        "reject": "SELECT source_id, position, code FROM reject ORDER BY id",
    }
    with workspace.read() as connection:
        return {name: [tuple(row) for row in connection.exec_driver_sql(query)] for name, query in queries.items()}


def test_it_is_the_port(workspace: Workspace) -> None:
    port: IngestStore = workspace.ingest
    assert port.unlinked_hosts("nothing") == []


def test_every_field_of_a_record_comes_back(workspace: Workspace) -> None:
    texts = {
        name: f"{name} {hostile}"
        for name, hostile in zip(
            ("image", "parent_image", "command_line", "parent_command_line", "user", "integrity", "cwd", "logon_id",
             "original_name", "hashes"),
            HOSTILE,
            strict=True,
        )
    }  # fmt: skip
    record = event(7, 3, guid="g\0\udcff", parent_guid="p\ud800", record_id="\x1b", ancestors=("C:\\a.exe", "b\0"), **texts)
    fill(workspace, [record, event(8)])
    found = workspace.processes.find("case", guid="g\0\udcff")[0]
    for name, text in texts.items():
        assert getattr(found, name) == text
    assert (found.guid, found.parent_guid, found.record_id, found.pid, found.ppid) == ("g\0\udcff", "p\ud800", "\x1b", 7, 3)
    assert (found.kind, found.position, found.time_us, found.source) == ("sysmon1", 7, record.time_us, "logs/one.json")
    columns = workspace.ingest.load_host(found.host_id)
    assert columns.guid[0] == "g\0\udcff"
    assert [columns.paths[place] for place in columns.ancestors[0]] == ["c:\\a.exe", "b\0"]


def test_columns_say_none_where_records_say_nothing(workspace: Workspace) -> None:
    bare = event(1, time_us=None, pid=None, guid=None, command_line=None, record_id=None)
    fill(workspace, [event(2, 1), bare, event(3, image="", kind="auditd", os="linux", parent_image="/usr/bin/sh")])
    columns = workspace.ingest.load_host(1)
    assert columns.time_us.tolist()[1] == NO_TIME
    assert (columns.pid[1], columns.ppid[1], columns.command[1], columns.guid[1], columns.record_id[1]) == (
        -1,
        -1,
        -1,
        None,
        None,
    )
    assert columns.parent_image.tolist()[:2] == [-1, -1]
    assert columns.paths[columns.parent_image[2]] == "/usr/bin/sh"
    assert columns.kinds[columns.kind[2]] == "auditd"
    assert columns.row.tolist() == sorted(columns.row.tolist())
    assert columns.command[0] != columns.command[2]


def test_an_empty_host_has_empty_columns(workspace: Workspace) -> None:
    fill(workspace, [event(1)])
    with workspace.write() as connection:
        connection.exec_driver_sql("DELETE FROM process")
        connection.commit()
    assert len(workspace.ingest.load_host(1).row) == 0


def test_hosts_are_one_whatever_the_case_of_the_name(workspace: Workspace) -> None:
    fill(workspace, [event(1, host="WEB01"), event(2, host="web01"), event(3, host="db"), event(4, host="Web01")])
    assert [(host.name, host.records) for host in workspace.cases.hosts("case")] == [("WEB01", 3), ("db", 1)]
    assert workspace.cases.host_id("case", "wEB01") == 1


def test_the_same_content_twice_adds_nothing(workspace: Workspace) -> None:
    events = [event(number, number // 2 or None) for number in range(1, 30)]
    fill(workspace, events)
    before = dump(workspace)
    fill(workspace, events, path="copy/elsewhere.json")
    assert dump(workspace) == before


@pytest.mark.parametrize("batches", [0, 1, 2, 3])
def test_a_resumed_ingest_equals_an_uninterrupted_one(workspace: Workspace, tmp_path: Any, batches: int) -> None:
    events = [event(number, number // 2 or None, host=f"H{number % 3}") for number in range(1, 32)]
    rejects = [Reject(position=99, code="bad-json", reason="no")]
    store = workspace.ingest
    ticket = store.begin_source("case", "logs/one.json", "a" * 64, 1, "ndjson")
    for number in range(batches):
        part = events[number * 10 : number * 10 + 10]
        store.append(ticket, Batch(part, rejects if number == 0 else (), len(part)))
    workspace.close()  # as kill -9 would: nothing is finished
    again = reopened(workspace)
    ticket = again.ingest.begin_source("case", "logs/one.json", "a" * 64, 1, "ndjson")
    assert (ticket.resume_from, ticket.complete) == (min(batches * 10, 31), False)
    store = again.ingest
    for start in range(ticket.resume_from, 31, 10):
        part = events[start : start + 10]
        store.append(ticket, Batch(part, rejects if start == 0 else (), len(part)))
    store.finish_source(ticket)
    relink(again)
    straight = open_workspace(tmp_path / "straight")
    store = straight.ingest
    ticket = store.begin_source("case", "logs/one.json", "a" * 64, 1, "ndjson")
    for start in range(0, 31, 10):
        part = events[start : start + 10]
        store.append(ticket, Batch(part, rejects if start == 0 else (), len(part)))
    store.finish_source(ticket)
    relink(straight)
    assert dump(again) == dump(straight)
    again.close()
    straight.close()


def test_a_batch_that_fails_leaves_nothing_and_spoils_no_cache(workspace: Workspace) -> None:
    store = workspace.ingest
    ticket = store.begin_source("case", "x", "a" * 64, 1, "ndjson")
    bad = Reject(position=object(), code="c", reason="r")  # type: ignore[arg-type]
    with pytest.raises(Exception, match="type"):
        store.append(ticket, Batch([event(1)], [bad], 2))
    assert dump(workspace)["string"] == []
    store.append(ticket, Batch([event(1)], [], 1))
    relink(workspace)
    assert workspace.processes.find("case", pid=1)[0].command_line == "app --number 1"


def test_two_ingests_of_one_source_do_not_mix(workspace: Workspace) -> None:
    one, other = workspace.ingest, workspace.ingest
    ticket = one.begin_source("case", "x", "a" * 64, 1, "ndjson")
    same = other.begin_source("case", "x", "a" * 64, 1, "ndjson")
    one.append(ticket, Batch([event(1)], [], 1))
    with pytest.raises(StoreError, match="same file"):
        other.append(same, Batch([event(1)], [], 1))


def test_another_format_starts_an_unfinished_source_anew(workspace: Workspace) -> None:
    store = workspace.ingest
    ticket = store.begin_source("case", "x", "a" * 64, 1, "ndjson")
    store.append(ticket, Batch([event(1)], [Reject(position=2, code="c", reason="r")], 2))
    again = store.begin_source("case", "x", "a" * 64, 1, "csv")
    assert (again.id, again.resume_from) == (ticket.id, 0)
    assert dump(workspace)["process"] == dump(workspace)["staged"] == dump(workspace)["reject"] == []
    store.finish_source(again, "broken \udcff")
    source = workspace.cases.sources("case")[0]
    assert (source.state, source.error, source.read) == ("failed", "broken \udcff", 0)
    assert not store.begin_source("case", "x", "a" * 64, 1, "csv").complete


def test_what_is_staged_while_a_host_is_linked_waits_for_the_next_time(workspace: Workspace, tmp_path: Path) -> None:
    store, other = workspace.ingest, workspace.ingest
    ticket = store.begin_source("case", "x", "a" * 64, 1, "ndjson")
    store.append(ticket, Batch([event(1), event(2, 1)], [], 2))
    (host,) = store.unlinked_hosts("case")
    columns = store.load_host(host)
    store.append(ticket, Batch([event(3, 2, record_id="\udcff")], [], 1))
    other.write_lineage([LinkedHost(host, columns, *link(columns))])
    assert [row[1] for row in dump(workspace)["staged"]] == [host]
    assert store.unlinked_hosts("case") == [host]
    assert not workspace.processes.find("case", pid=3)
    # Two that load the same records: the second finds them in place.
    columns = store.load_host(host)
    for one in (store, other):
        one.write_lineage([LinkedHost(host, columns, *link(columns))])
    store.finish_lineage("case")
    assert dump(workspace)["staged"] == []
    straight = open_workspace(tmp_path / "straight")
    fill(straight, [event(1), event(2, 1), event(3, 2, record_id="\udcff")], path="x", batch=2)
    assert dump(workspace)["process"] == dump(straight)["process"]
    straight.close()


def test_numbers_beyond_64_bits_cost_their_field_only(workspace: Workspace) -> None:
    fill(workspace, [event(1, pid=2**70, time_us=2**63, command_line="here")])
    found = workspace.processes.find("case", text="here")[0]
    assert (found.pid, found.time_us) == (None, None)


def test_rejects_are_kept_and_their_samples_bounded(workspace: Workspace) -> None:
    rejects = [Reject(position=n, code=f"c{n % 2}", reason="\x1b", sample=b"\0x") for n in range(SAMPLED_REJECTS + 2)]
    fill(workspace, [], rejects=rejects)
    assert workspace.cases.reject_counts("case") == {(1, "c0"): 5001, (1, "c1"): 5001}
    page = workspace.cases.rejects("case", after=SAMPLED_REJECTS - 1)
    assert [reject.sample for reject in page] == [b"\0x", b"", b""]


def test_relinking_after_more_records_equals_linking_once(workspace: Workspace, tmp_path: Any) -> None:
    late, early = [event(1), event(2, 1)], [event(3, 2, parent_image="C:\\Apps\\app2.exe"), event(4, 3)]
    fill(workspace, early, path="b", sha256="b" * 64)
    assert [process.placeholder for process in workspace.processes.roots(1)] == [True]
    fill(workspace, late, path="c", sha256="c" * 64)
    roots = workspace.processes.roots(1)
    assert [(process.pid, process.placeholder) for process in roots] == [(1, False)]
    line = workspace.processes.ancestors(workspace.processes.find("case", pid=4)[0].id)
    assert [process.pid for process in line] == [1, 2, 3, 4]
    keys = {row[2] for row in dump(workspace)["chain"]}
    once = open_workspace(tmp_path / "once")
    fill(once, late + early)
    assert {row[2] for row in dump(once)["chain"]} == keys
    once.close()


def test_only_labelled_chains_outlive_their_processes(workspace: Workspace) -> None:
    fill(workspace, [event(3, 2, parent_image="C:\\gone.exe")], path="b", sha256="b" * 64)
    gone = workspace.chains.load_corpus(["case"]).keys[0]
    fill(workspace, [event(2)], path="c", sha256="c" * 64)
    assert gone not in workspace.chains.load_corpus(["case"]).keys
    with pytest.raises(StoreError):
        workspace.chains.find("case", gone)


def test_finish_lineage_is_idempotent(workspace: Workspace) -> None:
    fill(workspace, [event(1), event(2, 1)])
    before = dump(workspace)
    workspace.ingest.finish_lineage("case")
    assert dump(workspace) == before


def test_corpus_of_two_cases_adds_up(workspace: Workspace) -> None:
    fill(workspace, [event(1), event(2, 1)], case="one")
    fill(workspace, [event(1), event(6), event(9, 1)], case="two")
    both = workspace.chains.load_corpus(["one", "two"])
    one = workspace.chains.load_corpus(["one"])
    number = dict(zip(both.keys, both.ids.tolist(), strict=True))
    assert [number[key] for key in one.keys] == one.ids.tolist()
    assert both.keys == sorted(both.keys)
    count = dict(zip(both.keys, both.counts.tolist(), strict=True))
    assert sorted(count.values()) == [1, 1, 3]
    assert (both.host_total, both.host_days) == (2, 2.0)
    hosts = dict(zip(both.keys, both.hosts.tolist(), strict=True))
    assert [hosts[key] for key, processes in count.items() if processes == 3] == [2]
    texts = [[both.paths[step] for step in row[:length]] for row, length in zip(both.steps, both.lengths, strict=True)]
    assert ["c:\\apps\\app1.exe", "c:\\apps\\app2.exe"] in texts
    assert np.all(both.steps[0, both.lengths[0] :] == -1)


def test_removing_a_case_takes_its_texts_and_leaves_the_other(workspace: Workspace) -> None:
    fill(workspace, [event(1, command_line="secret"), event(2, 1)], case="one")
    fill(workspace, [event(1, command_line="other")], case="two")
    score(workspace, "one")
    before = workspace.chains.load_corpus(["two"])
    open_ingest = workspace.ingest
    ticket = open_ingest.begin_source("two", "y", "f" * 64, 1, "ndjson")
    open_ingest.append(ticket, Batch([event(5, command_line="secret")], [], 1))
    open_ingest.append(ticket, Batch([event(6, command_line="secret too")], [], 1))
    workspace.cases.remove("one")
    open_ingest.append(ticket, Batch([event(7, command_line="app --number 2")], [], 1))
    assert [case.name for case in workspace.cases.list()] == ["two"]
    assert workspace.chains.load_corpus(["two"]).keys == before.keys
    relink(workspace, "two")
    lines = {pid: workspace.processes.find("two", pid=pid)[0].command_line for pid in (5, 6, 7)}
    assert lines == {5: "secret", 6: "secret too", 7: "app --number 2"}  # they waited for linking while texts were swept
    workspace.cases.remove("two")
    assert not any(dump(workspace).values())


def test_the_same_content_under_another_path_is_known_by_both(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path)
    ingest = workspace.ingest
    first = ingest.begin_source("c", "a/one.log", "f" * 64, 1, "x")
    ingest.finish_source(first)
    again = workspace.ingest.begin_source("c", "b/two.log", "f" * 64, 1, "x")
    assert again.complete
    workspace.ingest.begin_source("c", "a/one.log", "f" * 64, 1, "x")
    assert list(workspace.evidence.source_paths("c")) == [(first.id, "a/one.log"), (first.id, "b/two.log")]
    workspace.close()


def test_a_chain_of_one_host_has_its_totals_with_the_host_and_one_of_two_behind_both(workspace: Workspace) -> None:
    """Written once: to write each chain again for its totals was a twentieth of an ingest of many chains."""
    store = workspace.ingest
    both = [event(number, host=host, image=f"C:\\{image}.exe") for number, (host, image) in
            enumerate([("A", "one"), ("A", "one"), ("A", "two"), ("B", "two")], 1)]  # fmt: skip
    ticket = store.begin_source("case", "a.json", "a" * 64, 1, "ndjson")
    store.append(ticket, Batch(both, (), len(both)))
    store.finish_source(ticket)
    query = "SELECT count, host_count, last_us - first_us FROM chain ORDER BY id"
    for host in store.unlinked_hosts("case"):
        events = store.load_host(host)
        store.write_lineage([LinkedHost(host, events, *link(events))])
        with workspace.read() as connection:
            rows = connection.exec_driver_sql(query).all()
        assert sorted(map(tuple, rows)) == [(1, 1, 0), (2, 1, 1)]
    store.finish_lineage("case")
    with workspace.read() as connection:
        assert sorted(map(tuple, connection.exec_driver_sql(query).all())) == [(2, 1, 1), (2, 2, 1)]
