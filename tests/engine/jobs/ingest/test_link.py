"""Linking the hosts of a case: what is written together, and what a stop or a failure leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.domain.records import ProcessEvent
from engine.errors import Cancelled
from engine.jobs.ingest import link as job
from engine.jobs.ports.ingest import Batch, LinkedHost
from engine.progress import Check, Run, unasked
from store.evidence import lineage_rows
from store.evidence.ingest import Ingest
from store.workspace import Workspace, open_workspace
from tests.store.evidence.test_ingest import dump
from tests.store.samples import event

SIZES = {"A": 2, "B": 1, "C": 4, "D": 1}


class Told(Ingest):
    """Remembers which hosts were written together."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.together: list[list[int]] = []

    def write_lineage(self, linked: list[LinkedHost], check: Check = unasked) -> None:
        self.together.append([one.host_id for one in linked])
        super().write_lineage(linked, check)


def staged(folder: Path) -> tuple[Workspace, Told]:
    """Hosts with so many records each, unlinked."""
    workspace = open_workspace(folder)
    store = Told(workspace)
    records: list[ProcessEvent] = [
        event(number, number - 1 or None, host=host, image=f"C:\\{host if number % 2 else 'both'}.exe")
        for host, size in SIZES.items() for number in range(1, size + 1)
    ]  # fmt: skip
    ticket = store.begin_source("case", "a.json", "a" * 64, 1, "ndjson")
    store.append(ticket, Batch(records, (), len(records)))
    store.finish_source(ticket)
    return workspace, store


@pytest.mark.parametrize(
    ("records", "hosts", "groups"),
    [
        (1, 9, [["A"], ["B"], ["C"], ["D"]]),
        (3, 9, [["A", "B"], ["C"], ["D"]]),
        (100, 9, [["A", "B", "C", "D"]]),
        (100, 3, [["A", "B", "C"], ["D"]]),
    ],
)
def test_small_hosts_are_written_in_one_transaction_and_the_rows_are_the_same(tmp_path, monkeypatch, records, hosts, groups):
    workspace, store = staged(tmp_path / "together")
    names = {host.id: host.name for host in workspace.cases.hosts("case")}
    monkeypatch.setattr(job, "TOGETHER", records)
    monkeypatch.setattr(job, "MOST_HOSTS", hosts)
    assert job.link_case("case", store, Run()) == len(SIZES)
    assert [[names[host] for host in group] for group in store.together] == groups
    alone, other = staged(tmp_path / "alone")
    monkeypatch.setattr(job, "TOGETHER", 1)
    job.link_case("case", other, Run())
    assert dump(workspace) == dump(alone)
    workspace.close()
    alone.close()


def test_hosts_that_are_written_together_are_written_all_or_none(tmp_path, monkeypatch):
    workspace, store = staged(tmp_path)
    before, write, count = dump(workspace), lineage_rows.write, []

    def stopped(*arguments):
        count.append(arguments)
        if len(count) == 3:
            raise Cancelled("stopped")
        write(*arguments)

    monkeypatch.setattr(lineage_rows, "write", stopped)
    with pytest.raises(Cancelled):
        job.link_case("case", store, Run())
    assert len(count) == 3
    assert dump(workspace) == before
    assert len(store.unlinked_hosts("case")) == len(SIZES)
    monkeypatch.undo()
    assert job.link_case("case", store, Run()) == len(SIZES)
    assert dump(workspace)["staged"] == []
    assert len(dump(workspace)["process"]) >= sum(SIZES.values())
    workspace.close()
