"""Small sources, stored as a whole: what is in the case is the same as of any source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from engine.domain.records import Note, ProcessEnd, Reject
from engine.jobs.ports.ingest import Batch, WholeSource
from store.doctor.examine import examine
from store.workspace import Workspace, open_workspace
from tests.store.samples import HOSTILE, event

CASE = "case"
REJECTS = tuple(Reject(position=n, code="bad", reason="r", sample=b"s", untrusted=n - 4) for n in (5, 6))
BATCHES = {
    "a": Batch([event(1), event(2, 1)], REJECTS, 9, unknown=3),
    "b": Batch([], (), 2, [ProcessEnd(position=1, host="WEB01", pid=2, time_us=1_700_000_000_000_009)]),
    "c": Batch([event(3, host="")], (), 1, notes=[Note(code="n", text="t", count=1)]),
}
CONTAINER = (f"/logs/{HOSTILE[3]}.zip", "c" * 64)


def whole(name: str, error: str = "", container: tuple[str, str] | None = None) -> WholeSource:
    return WholeSource(f"/logs/{name}{HOSTILE[3]}", name * 64, 7, "json+map", BATCHES[name], error, container)


def stored(workspace: Workspace) -> dict[str, list[dict[str, Any]]]:
    """All that ingest wrote, without clocks."""
    found = {}
    with workspace.read() as connection:
        for table in ("source", "reject", "host", "staged", "process_end"):
            rows = connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY id").mappings().all()
            found[table] = [{name: value for name, value in row.items() if not name.endswith("_us")} for row in rows]
    return found


def test_they_are_stored_as_others_are(workspace: Workspace, tmp_path: Path) -> None:
    sources = [whole("a", container=CONTAINER), whole("b", "broken \0\udcff"), whole("c")]
    workspace.ingest.add_sources(CASE, sources)
    other = open_workspace(tmp_path / "other")
    for source in sources:
        ticket = other.ingest.begin_source(CASE, source.path, source.sha256, source.size, source.format)
        other.ingest.append(ticket, source.batch)
        other.ingest.finish_source(ticket, source.error or None)
        if source.container:
            other.ingest.note_container([ticket.id], *source.container)
    assert stored(workspace) == stored(other)
    assert [row["state"] for row in stored(workspace)["source"]] == ["done", "failed", "done"]
    assert {complaint.code for complaint in examine(workspace)} == {"unlinked"}
    other.close()


def test_the_row_of_one_is_written_once(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace.ingest.add_sources(CASE, [whole("c")])
    said: list[str] = []
    real = Connection.exec_driver_sql

    def execute(self: Connection, statement: str, *given: Any, **more: Any) -> Any:
        said.append(statement)
        return real(self, statement, *given, **more)

    monkeypatch.setattr(Connection, "exec_driver_sql", execute)
    workspace.ingest.add_sources(CASE, [whole("a", container=CONTAINER), whole("b", "broken")])
    of_sources = [
        statement.split(" (")[0] for statement in said if " source " in statement and not statement.startswith("SELECT")
    ]
    assert of_sources == ["DELETE FROM source WHERE case_id = ? AND sha256 = ?", "INSERT INTO source", "INSERT INTO source"]


def test_what_is_there_is_not_added_and_what_was_not_read_is_forgotten(workspace: Workspace) -> None:
    store = workspace.ingest
    held = store.begin_source(CASE, "/logs/earlier", "a" * 64, 7, "json")
    for path in ("/logs/b.zip", "/logs/b.zip!inner.log", "/logs/other.zip"):
        store.note_unread(CASE, path, "broken")
    inside = WholeSource("/logs/b.zip!inner.log", "b" * 64, 7, "json", BATCHES["b"], "", None)
    added = store.add_sources(CASE, [whole("a"), inside, inside])
    assert (added[0], added[2]) == (None, None)
    assert [row["path"] for row in stored(workspace)["source"]] == ["/logs/earlier", "/logs/other.zip", "/logs/b.zip!inner.log"]
    assert stored(workspace)["source"][0]["id"] == held.id
