"""Removing a case: nothing of it stays, nothing of another goes, and whoever stops it keeps all."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import Cancelled
from engine.progress import CancelToken, Run, Step
from store.doctor.examine import examine
from store.schema.base import Base
from store.workspace import Workspace, open_workspace
from tests.store.samples import event, fill, score


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Two cases with scores and findings."""
    made = open_workspace(tmp_path / "w")
    for case in ("one", "two"):
        events = [event(number, number // 3 or None, host=f"{case}-{number % 2}") for number in range(1, 40)]
        fill(made, events, case=case, path=f"logs/{case}.json", sha256=case[0] * 64)
        score(made, case, grouped=True)
    return made


def rows(workspace: Workspace) -> dict[str, list[str]]:
    kept = {table for table in Base.metadata.tables if table not in {"audit", "witness", "counter"}}
    with workspace.read() as connection:
        return {table: sorted(map(repr, connection.exec_driver_sql(f"SELECT * FROM {table}"))) for table in sorted(kept)}


def test_what_is_left_is_what_a_workspace_of_the_other_case_has(workspace: Workspace) -> None:
    before, steps = rows(workspace), []
    workspace.cases.remove("two", Run(steps.append))
    after = rows(workspace)
    for table in ("score", "finding", "incident", "covered", "finding_chain", "variant", "process", "chain", "chain_host"):
        assert len(before[table]) == 2 * len(after[table]) > 0
        assert set(after[table]) < set(before[table])
    assert examine(workspace) == ()
    assert [(step.done, step.total) for step in steps if step.last] == [(steps[0].total, steps[0].total)]
    removed = sum(
        len(before[table]) - len(after[table]) for table in before if table not in {"cases", "host", "source", "string"}
    )
    assert 0 < steps[0].total <= removed


def test_stopped_in_the_middle_it_removes_nothing(workspace: Workspace) -> None:
    before, token = rows(workspace), CancelToken()

    def stop(step: Step) -> None:
        if step.done:
            token.cancel()

    with pytest.raises(Cancelled):
        workspace.cases.remove("two", Run(stop, token))
    assert rows(workspace) == before
    workspace.cases.remove("two")
    assert [case.name for case in workspace.cases.list()] == ["one"]
