"""Two names of one machine, rotated parts of one log: decided by the whole case, whatever came first, and reversible."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.domain.records import ProcessEnd, ProcessEvent
from engine.jobs.ingest.link import link_case
from engine.jobs.ports.ingest import Batch
from engine.lineage.collection import collection_of
from engine.lineage.same_host import same
from engine.progress import Run
from store.doctor.examine import examine
from store.scope.scopes import Scope
from store.verdicts.subject import OfChain
from store.workspace import Workspace, open_workspace
from tests.store.samples import event

CASE = "case"
Log = tuple[str, Sequence[ProcessEvent], Sequence[ProcessEnd]]


def process(pid: int, ppid: int | None, host: str, at: int = 0, **more: Any) -> ProcessEvent:
    plain = {"kind": "security4688", "guid": None, "parent_guid": None, "position": pid, "image": f"C:\\{pid}.exe"}
    return event(pid, ppid, **(plain | {"host": host, "time_us": 1_700_000_000_000_000 + at} | more))


def ingest(workspace: Workspace, *logs: Log, link: bool = True) -> None:
    store = workspace.ingest
    for name, events, ends in logs:
        ticket = store.begin_source(CASE, f"logs/{name}", name.encode().hex().ljust(64, "0")[:64], 1, "json")
        if not ticket.complete:
            store.append(ticket, Batch(events, (), len(events) + len(ends), ends))
            store.finish_source(ticket)
    if link:
        link_case(CASE, store, Run())


def hosts(workspace: Workspace) -> dict[str, int]:
    return {host.name: host.records for host in workspace.cases.hosts(CASE)}


def tree(workspace: Workspace) -> set[tuple[Any, ...]]:
    """(host, pid, parent's host, parent's pid, parent is recorded) of every recorded process."""
    found = set()
    for one in workspace.processes.find(CASE, limit=1000):
        if not one.placeholder and one.merged_into is None:
            above = None if one.parent_id is None else workspace.processes.get(one.parent_id)
            found.add((one.host, one.pid, above and above.host, above and above.pid, above and not above.placeholder))
    return found


FULL: Log = ("full", [process(1, None, "ws1.lab.example"), process(2, 1, "ws1.lab.example", 5)], [])
SHORT: Log = ("short", [process(3, 2, "WS1", 9)], [])
MORE: Log = ("more", [process(4, 3, "ws1", 20), process(5, 1, "ws1.lab.example", 21)], [])
OTHER: Log = ("other", [process(6, None, "ws1.corp.example")], [])
ENDS: Log = ("ends", [], [ProcessEnd(position=1, host="WS1", pid=2, time_us=1_700_000_000_000_006)])
ONE = {("ws1.lab.example", 3, "ws1.lab.example", 2, True)}


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("order", [(FULL, SHORT), (SHORT, FULL)], ids=["full first", "short first"])
def test_a_short_name_is_the_full_one_that_begins_with_it(workspace: Workspace, order: tuple[Log, ...], together: bool) -> None:
    for logs in [order] if together else [[log] for log in order]:
        ingest(workspace, *logs)
    assert hosts(workspace) == {"ws1.lab.example": 3}
    assert tree(workspace) >= ONE
    (host,) = workspace.cases.hosts(CASE)
    assert host.also == ("WS1",)
    assert (host.first_us, host.last_us) == (1_700_000_000_000_000, 1_700_000_000_000_009)
    assert workspace.cases.host_id(CASE, "Ws1") == host.id
    assert workspace.cases.show(CASE).hosts == 1
    assert examine(workspace) == ()


def test_a_second_domain_takes_them_apart_and_is_said(workspace: Workspace) -> None:
    ingest(workspace, FULL, SHORT)
    assert tree(workspace) >= ONE
    ingest(workspace, OTHER)
    assert hosts(workspace) == {"WS1": 1, "ws1.corp.example": 1, "ws1.lab.example": 2}
    assert ("WS1", 3, "WS1", 2, False) in tree(workspace)
    assert {host.name: host.apart for host in workspace.cases.hosts(CASE)} == {
        "WS1": ("ws1.corp.example", "ws1.lab.example"), "ws1.corp.example": (), "ws1.lab.example": (),
    }  # fmt: skip
    assert examine(workspace) == ()


def outcome(folder: Path, batches: Sequence[Sequence[Log]]) -> tuple[Any, ...]:
    workspace = open_workspace(folder)
    for logs in batches:
        ingest(workspace, *logs)
    with workspace.read() as connection:
        chains = connection.exec_driver_sql("SELECT key, count, host_count FROM chain WHERE count > 0 ORDER BY key").all()
    found = hosts(workspace), tree(workspace), [tuple(row) for row in chains], examine(workspace)
    workspace.close()
    return found


@pytest.mark.parametrize("logs", [[FULL, SHORT, MORE], [FULL, SHORT, MORE, OTHER], [FULL, SHORT, MORE, OTHER, ENDS]])
def test_the_order_of_ingest_changes_nothing(tmp_path: Path, logs: list[Log]) -> None:
    wanted = outcome(tmp_path / "all", [logs])
    assert wanted[3] == ()
    draw = random.Random(2)
    for number in range(8):
        order = draw.sample(logs, len(logs))
        cuts = sorted(draw.sample(range(len(logs) + 1), 2))
        batches = [part for part in (order[: cuts[0]], order[cuts[0] : cuts[1]], order[cuts[1] :]) if part]
        assert outcome(tmp_path / str(number), batches) == wanted


@pytest.mark.parametrize("killed_behind", [[FULL], [FULL, SHORT], [FULL, SHORT, MORE], [SHORT, MORE]])
@pytest.mark.parametrize("settled", [False, True])
def test_a_run_that_was_killed_before_it_linked_goes_on(tmp_path: Path, killed_behind: list[Log], settled: bool) -> None:
    logs = [FULL, SHORT, MORE]
    for late in ([], [OTHER]):
        wanted = outcome(tmp_path / f"all{len(late)}", [[*logs, *late]])
        folder = tmp_path / f"killed{len(late)}"
        workspace = open_workspace(folder)
        ingest(workspace, *killed_behind, link=False)
        if settled:
            workspace.ingest.settle_hosts(CASE)
        workspace.close()
        workspace = open_workspace(folder)
        ingest(workspace, *logs, link=False)
        if settled:
            workspace.ingest.settle_hosts(CASE)
        workspace.close()
        assert outcome(folder, [late]) == wanted


def test_a_short_name_that_was_linked_without_chains_leaves_nothing_behind(workspace: Workspace) -> None:
    ingest(workspace, ("short", [replace(process(3, 2, "ws1"), image="")], []))
    ingest(workspace, FULL)
    assert hosts(workspace) == {"ws1.lab.example": 3}
    assert examine(workspace) == ()
    with workspace.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM process WHERE id >> 32 = 1").scalar() == 0


def test_ends_under_the_short_name_close_the_full_ones_processes(workspace: Workspace) -> None:
    late = process(7, 2, "ws1.lab.example", 4 * 3_600_000_000)
    ingest(workspace, FULL, ("late", [late], []))
    assert ("ws1.lab.example", 7, "ws1.lab.example", 2, True) in tree(workspace)
    ingest(workspace, ("ends", [], [ProcessEnd(position=1, host="WS1", pid=2, time_us=1_700_000_060_000_000)]))
    assert ("ws1.lab.example", 7, "ws1.lab.example", 2, False) in tree(workspace)
    assert hosts(workspace) == {"ws1.lab.example": 3}


def test_a_verdict_on_either_name_holds_for_both_and_after_they_part(workspace: Workspace) -> None:
    ingest(workspace, SHORT, MORE)
    (chain,) = [key for key, pid in chains(workspace).items() if pid == 3]
    workspace.labels.give(CASE, OfChain(chain, Scope(host="WS1")), "malicious", author="a")
    before = workspace.labels.of_chain(CASE, chain, "ws1")
    assert before is not None
    ingest(workspace, ("full", [process(9, None, "ws1.lab.example")], []))
    for name in ("WS1", "ws1.lab.example"):
        found = workspace.labels.of_chain(CASE, chain, name)
        assert found is not None
        assert found.verdict == "malicious"
    ingest(workspace, OTHER)
    assert workspace.labels.of_chain(CASE, chain, "WS1") == before
    assert workspace.labels.of_chain(CASE, chain, "ws1.lab.example") is None


def chains(workspace: Workspace) -> dict[str, int | None]:
    """Key of the chain -> pid of a process that ends in it."""
    with workspace.read() as connection:
        query = "SELECT c.key, p.pid FROM process p JOIN chain c ON c.id = p.chain_id WHERE p.source_id IS NOT NULL"
        return {row[0]: row[1] for row in connection.exec_driver_sql(query)}


@pytest.mark.parametrize(
    ("names", "joined"),
    [
        (["ws1", "ws1.lab"], {"ws1": "ws1.lab"}), (["ws1", "ws1.lab", "ws1.corp"], {}), (["ws1", "ws10.lab"], {}),
        (["10", "10.0.0.1"], {}), (["fe80", "fe80::1.2"], {}), (["localhost", "localhost.localdomain"], {}),
        (["ws1", "ws1.lab."], {"ws1": "ws1.lab."}), (["ws1", "ws1.lab", "ws1.lab."], {"ws1": "ws1.lab", "ws1.lab.": "ws1.lab"}),
        (["", ".lab", "lab"], {}), (["a.b", "a.b.c"], {}),
    ],
)  # fmt: skip
def test_which_names_are_one(names: list[str], joined: dict[str, str]) -> None:
    numbers = dict(enumerate(names))
    assert {names[short]: names[full] for short, full in same(numbers).items()} == joined


@settings(max_examples=200)
@given(st.lists(st.text("a.1", max_size=5), unique=True, max_size=8))
def test_no_name_stands_for_one_that_stands_for_another(names: list[str]) -> None:
    found = same(dict(enumerate(names)))
    assert not set(found) & set(found.values())


ROTATED = [
    ["audit.log", "audit.log.1", "audit.log.2.gz", "audit.log.old", "audit-20240502.log", "audit.1.log", "AUDIT.LOG.3.xz"],
    ["audit.log-20240502", "audit.log-20240502.gz", "audit.log", "audit.log-1714644000", "audit.log.2024-05-02T10-00-00"],
    ["Security.evtx", "Archive-Security-2024-05-02-10-00-00-123.evtx", "Security (1).evtx", "Security - Copy.evtx"],
    ["sysmon.json", "sysmon-2024-05-02.json", "sysmon.json.1"],
    ["trace.1234", "trace.999999"],
]
APART = [
    "web-1.csv",
    "web-2.csv",
    "web1.log",
    "web2.log",
    "10.0.0.1",
    "10.0.0.2",
    "10.0.0.3.log",
    "10.0.0.4.log",
    "a.1.csv",
    "a.2.csv",
]


@pytest.mark.parametrize("names", ROTATED)
def test_rotated_parts_of_a_log_belong_together(names: list[str]) -> None:
    assert len({collection_of(f"/x/web/{name}") for name in names}) == 1
    assert len({collection_of(f"/x/{folder}!web/{names[0]}") for folder in "ab"}) == 2


def test_what_may_tell_machines_apart_stays_apart() -> None:
    assert len({collection_of(f"/x/{name}") for name in APART}) == len(APART)


@given(st.text())
def test_any_path_has_a_collection(path: str) -> None:
    assert collection_of(path) == collection_of(path)


def nameless(workspace: Workspace, *paths: str) -> list[str]:
    for number, path in enumerate(paths):
        ticket = workspace.ingest.begin_source(CASE, path, path.encode().hex().rjust(64, "0")[-64:], 1, "auditd")
        workspace.ingest.append(ticket, Batch([process(number + 1, number or None, "", number)], (), 1))
        workspace.ingest.finish_source(ticket)
        link_case(CASE, workspace.ingest, Run())
    return sorted(host.name for host in workspace.cases.hosts(CASE))


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["/x/web-1/audit.log", "/x/web-1/audit.log.1"], ["web-1"]),
        (["/x/web-1/var/log/audit/audit.log", "/x/web-1/var/log/audit/audit.log.1"], ["web-1"]),
        (["/x/c.zip!var/log/audit/audit.log", "/x/c.zip!var/log/audit/audit.log.1"], ["c.zip"]),
        (["/x/web-1/var/log/audit/audit.log"], ["web-1"]),
        (["/x/u.tar.gz![root]/var/log/audit/audit.log"], ["u.tar.gz"]),
        (["/var/log/audit/audit.log"], ["audit.log"]),
        (["/var/log/audit/audit.log", "/var/log/audit/audit.log.1"], ["audit"]),
        (["/x/web-1/audit.log"], ["audit.log"]),
        (["/x/web-1/audit.log", "/x/web-2/audit.log"], ["web-1/audit.log", "web-2/audit.log"]),
        (["/x/a/l/1.log", "/x/a/l/1.log.1", "/x/b/l/1.log", "/x/b/l/1.log.1"], ["a/l", "b/l"]),
        (["a.zip!x\\log.csv", "b/log.csv"], ["b/log.csv", "x/log.csv"]),
        (["a.log", "b.log"], ["a.log", "b.log"]),
        (
            ["/x/uac-w.tar.gz!live_response/process/ps_-ef.txt", "/x/uac-w.tar.gz![root]/var/log/audit/audit.log"],
            ["uac-w.tar.gz"],
        ),
        (["/x/uac-w/live_response/process/ps_-ef.txt", "/x/uac-v/live_response/process/ps_-ax.txt"], ["uac-v", "uac-w"]),
        (["C.zip!results/Windows.System.Pslist.json", "C.zip!results/Windows.System.Pslist.csv"], ["C.zip"]),
        (["h.zip!ws1-C.1/results/Linux.Sys.Pslist.json", "h.zip!ws2-C.2/results/Linux.Sys.Pslist.json"], ["ws1-C.1", "ws2-C.2"]),
        (["/x/results/web-1.csv", "/x/results/web-2.csv"], ["web-1.csv", "web-2.csv"]),
    ],
)
def test_hosts_without_a_name_are_named_after_the_file_or_the_folder(
    workspace: Workspace, paths: list[str], names: list[str]
) -> None:
    assert nameless(workspace, *paths) == names
    assert examine(workspace) == ()


@pytest.mark.parametrize("turned", [False, True])
def test_their_names_do_not_depend_on_which_came_first(workspace: Workspace, turned: bool) -> None:
    paths = ["/x/web-1/audit.log", "/x/web-2/audit.log", "/x/web-1/audit.log.1", "/x/b/log.csv", "/x/web-1/log.csv"]
    assert nameless(workspace, *(paths[::-1] if turned else paths)) == ["audit.log", "b/log.csv", "web-1", "web-1/log.csv"]


def test_records_of_rotated_parts_are_linked_and_an_older_name_finds_the_host(workspace: Workspace) -> None:
    assert nameless(workspace, "/x/web-1/audit.log") == ["audit.log"]
    ((chain, _),) = chains(workspace).items()
    workspace.labels.give(CASE, OfChain(chain, Scope(host="audit.log")), "malicious", author="a")
    assert nameless(workspace, "/x/web-1/audit.log.1") == ["web-1"]
    assert workspace.cases.host_id(CASE, "audit.log") == workspace.cases.host_id(CASE, "WEB-1")
    found = workspace.labels.of_chain(CASE, chain, "web-1")
    assert found is not None
    assert found.verdict == "malicious"


def test_a_workspace_of_before_keeps_the_host_of_its_source(workspace: Workspace) -> None:
    assert nameless(workspace, "/x/web-1/audit.log") == ["audit.log"]
    with workspace.write() as connection:
        connection.exec_driver_sql("UPDATE source SET collection = NULL")
        connection.exec_driver_sql("UPDATE host SET key = 'source:1'")
        connection.commit()
    assert nameless(workspace, "/x/web-1/audit.log.1", "/x/web-1/audit.log.2") == ["audit.log", "web-1"]
