"""Rejects by position."""

from __future__ import annotations

from pathlib import Path

from engine.domain.records import Reject
from engine.jobs.ports.ingest import Batch
from store.evidence.rejects import RejectRows, reject_ids
from store.workspace import open_workspace


def test_positions_are_exact_per_case_and_source(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path)
    ingest = workspace.ingest
    for case, path, count in (("a", "one.log", 3), ("b", "two.log", 2), ("a", "three.log", 4)):
        ticket = ingest.begin_source(case, path, path * 8, 1, "json")
        rejects = [Reject(position=at, code="bad-json", reason="no", sample=b"\x1b") for at in range(1, count + 1)]
        ingest.append(ticket, Batch([], rejects, count))
        ingest.finish_source(ticket)
    rows = RejectRows(workspace, reject_ids(workspace, "a"))
    assert rows.count() == 7
    assert [(one.source, one.position) for one in rows.rows(2, 5)] == [("one.log", 3), ("three.log", 1), ("three.log", 2)]
    assert rows.rows(7, 9) == []
    second = workspace.cases.sources("a")[1]
    assert [one.position for one in RejectRows(workspace, reject_ids(workspace, "a", second.id)).rows(0, 9)] == [1, 2, 3, 4]
    workspace.close()
