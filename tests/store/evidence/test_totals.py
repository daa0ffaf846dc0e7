"""Totals of chains are right whoever linked which hosts, and whoever was killed before it refreshed them."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.jobs.ports.ingest import Batch, LinkedHost
from engine.lineage import chains
from engine.lineage import link as linked
from store.evidence import totals
from store.evidence.ingest import Ingest
from store.workspace import Workspace, open_workspace
from tests.store.evidence.test_ingest import dump
from tests.store.samples import event


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return open_workspace(tmp_path)


def add(store: Ingest, name: str, *hosts: str) -> None:
    """The same three programs on some hosts, and one of each host's own."""
    records = [event(number, number - 1 or None, host=host, image=f"C:\\{number}.exe") for host in hosts for number in (1, 2, 3)]
    records += [event(4, 3, host=host, image=f"C:\\{host}.exe") for host in hosts]
    ticket = store.begin_source("case", f"{name}.json", name * 64, 1, "ndjson")
    store.append(ticket, Batch(records, (), len(records)))
    store.finish_source(ticket)


def link(store: Ingest, case: str = "case") -> None:
    """Link without refreshing, as a process that is killed behind its last host."""
    for host in store.unlinked_hosts(case):
        events = store.load_host(host)
        lineage = linked(events)
        store.write_lineage([LinkedHost(host, events, lineage, chains(events, lineage))])


def right(workspace: Workspace) -> bool:
    """Whether the totals are those that all chains give when they are looked at."""
    before = dump(workspace)["chain"]
    with workspace.write() as connection:
        totals.refresh(connection, 1)
        connection.commit()
    return before == dump(workspace)["chain"] and before != []


def whole(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Filled with whether all chains were looked at, for each refresh."""
    seen: list[bool] = []
    refresh = totals.refresh

    def noted(connection, case_id, chains=None):
        seen.append(chains is None)
        refresh(connection, case_id, chains)

    monkeypatch.setattr(totals, "refresh", noted)
    return seen


def test_a_first_ingest_looks_at_the_chains_that_it_met_again(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = whole(monkeypatch)
    store = workspace.ingest
    add(store, "a", "A", "B", "C")
    link(store)
    store.finish_lineage("case")
    assert seen == [False]
    assert right(workspace)


def test_a_further_host_is_added_to_what_is_there(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, host in (("a", "A"), ("b", "B")):
        seen = whole(monkeypatch)
        store = workspace.ingest
        add(store, name, host)
        link(store)
        store.finish_lineage("case")
        assert seen[-1] is False
        assert right(workspace)


def test_a_host_that_loses_chains_makes_all_be_looked_at(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    store = workspace.ingest
    add(store, "a", "A", "B")
    link(store)
    store.finish_lineage("case")
    seen = whole(monkeypatch)
    add(store, "b", "A")
    link(store)
    store.finish_lineage("case")
    assert seen == [True]
    assert right(workspace)


def test_what_a_killed_process_left_is_refreshed_by_the_next(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    killed, store = workspace.ingest, workspace.ingest
    add(killed, "a", "A", "B")
    link(killed)
    seen = whole(monkeypatch)
    add(store, "b", "C")
    link(store)
    store.finish_lineage("case")
    assert seen == [True]
    assert right(workspace)


@pytest.mark.parametrize("first", [0, 1])
def test_two_processes_that_link_at_the_same_time(workspace: Workspace, first: int) -> None:
    both = [workspace.ingest, workspace.ingest]
    add(both[0], "a", "A")
    link(both[0])
    add(both[1], "b", "B")
    link(both[1])
    both[first].finish_lineage("case")
    assert right(workspace)
    add(both[1 - first], "c", "C")
    link(both[1 - first])
    both[1 - first].finish_lineage("case")
    assert right(workspace)


def test_nothing_is_done_where_nothing_was_linked(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    store = workspace.ingest
    add(store, "a", "A")
    link(store)
    store.finish_lineage("case")
    seen = whole(monkeypatch)
    store.finish_lineage("case")
    store.finish_lineage("no such case")
    assert seen == []
