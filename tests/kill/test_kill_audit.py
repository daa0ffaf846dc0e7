"""kill -9 at any moment: an entry of the audit and what it tells of are both there, or neither is."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.kill.killing import run
from tests.kill.test_kill import MOMENTS, log, moments

__all__ = ["log"]  # a fixture

pytestmark = pytest.mark.slow


def told(connection: sqlite3.Connection, *acts: str) -> Iterator[dict[str, Any]]:
    for (entry,) in connection.execute("SELECT entry FROM audit ORDER BY number"):
        said = json.loads(entry)
        if said["act"] in acts:
            yield said


def check(workspace: Path) -> None:
    """Both accounts agree; verdicts are compared by the command itself."""
    assert run(workspace, 0, "audit", "verify")[0] == 0
    with closing(sqlite3.connect(workspace / "oddkin.sqlite")) as connection:
        sources = {row[0]: row[1] for row in connection.execute("SELECT sha256, state FROM source")}
        begun = {said["what"]["sha256"] for said in told(connection, "source begun")}
        read = {said["what"]["sha256"] for said in told(connection, "source read")}
        read |= {one["sha256"] for said in told(connection, "sources read") for one in said["what"]["sources"]}
        assert begun | read == set(sources)
        assert read == {sha256 for sha256, state in sources.items() if state != "reading"}
        cases = {row[0] for row in connection.execute("SELECT name FROM cases")}
        assert {said["case"] for said in told(connection, "ingest begun")} == cases
        models = {row[0] for row in connection.execute("SELECT id FROM model")}
        assert {said["what"]["model"] for said in told(connection, "model trained", "model imported")} == models
        digests = dict(
            connection.execute("SELECT s.model_id, w.said FROM score_set s JOIN witness w ON w.key = s.id AND w.kind = 'scores'")
        )
        assert {said["what"]["model"]: said["what"]["digest"] for said in told(connection, "case ranked")} == digests


def test_a_killed_ingest_is_told_as_far_as_it_came(tmp_path: Path, log: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    lines = log.read_bytes().splitlines(keepends=True)
    for number in range(0, 90, 15):
        (folder / f"{number:03d}.ndjson").write_bytes(b"".join(lines[number : number + 15]))
    (folder / "large.ndjson").write_bytes(b"".join(lines[90:500]))
    _code, total = run(tmp_path / "whole", 0, "ingest", str(folder), "--case", "c")
    check(tmp_path / "whole")
    for moment in moments(total):
        workspace = tmp_path / f"killed-{moment}"
        assert run(workspace, moment, "ingest", str(folder), "--case", "c")[0] == -9
        check(workspace)
        run(workspace, 0, "ingest", str(folder), "--case", "c")
        check(workspace)


def test_a_killed_verdict_is_told_or_not_given(tmp_path: Path, log: Path) -> None:
    first = tmp_path / "w"
    run(first, 0, "ingest", str(log), "--case", "c")
    shutil.copytree(first, tmp_path / "judged")
    label = ("label", "1", "malicious", "--yes", "--no-rerank")
    _code, total = run(tmp_path / "judged", 0, *label)
    given = set()
    for moment in moments(total):
        workspace = tmp_path / f"killed-{moment}"
        shutil.copytree(first, workspace)
        assert run(workspace, moment, *label)[0] == -9
        check(workspace)
        with closing(sqlite3.connect(workspace / "oddkin.sqlite")) as connection:
            (events,) = connection.execute("SELECT count(*) FROM label_event").fetchone()
            assert len(list(told(connection, "verdicts given"))) == min(events, 1)
            given.add(bool(events))
    assert False in given
    assert len(moments(total)) <= MOMENTS
