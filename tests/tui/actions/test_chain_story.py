"""The story of a chain and of a finding: read once for both front ends."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from engine.errors import NotFound
from engine.progress import Run
from store.workspace import Workspace
from tui.actions import chain_story, incident_story
from tui.actions.queue import By, lines
from tui.render import chain_view
from tui.runtime.services import Services, open_services

CASE = "demo"


@pytest.fixture
def taught(workspace: Workspace) -> Workspace:
    """The first chain is malicious, by ada; the queue follows."""
    from engine.jobs.relearn import prepare, relearn

    workspace.labels.set(CASE, [workspace.queue.page(CASE, limit=1)[0].key], "malicious", author="ada", note="why")
    base = prepare(CASE, workspace.teaching, workspace.vault, Run())
    relearn(CASE, workspace.teaching, base, Run())
    return workspace


def found(workspace: Workspace, wanted: Any = None, by: By = By.LEARNT, after: int = 0, limit: int = 5, **more: Any) -> Any:
    from store.queue.filter import QueueFilter

    return lines(workspace, CASE, wanted or QueueFilter(), by, after, limit, **({"findings": False} | more))


def test_a_row_and_a_chain_tell_the_same_story(taught: Workspace) -> None:
    model = taught.vault.in_use(CASE)
    assert model is not None
    for row in found(taught).rows:
        by_row = chain_story.load(taught, CASE, row, model)
        by_chain = chain_story.of_chain(taught, CASE, taught.chains.find(CASE, row.key), chain_story.OCCURRENCES)
        assert by_row == by_chain
        assert by_row.key == row.key
        assert by_row.learnt == row.learnt
        assert by_row.finding is not None
        assert len(by_row.line) == len(row.steps)


def test_the_verdict_and_who_is_behind_it_are_in_the_story(taught: Workspace) -> None:
    row = found(taught, by=By.DETECTOR, limit=1).rows[0]
    story = chain_story.of_chain(taught, CASE, taught.chains.find(CASE, row.key), 3)
    assert story.label is not None
    assert (story.label.verdict, story.label.author, [one.note for one in story.labels]) == ("malicious", "ada", ["why"])
    assert 1 <= len(story.processes) <= 3
    assert not story.stale
    taught.labels.undo(CASE, "ada")
    again = chain_story.of_chain(taught, CASE, story.chain, 3)
    assert again.stale
    assert (again.label, again.labels) == (None, ())


def test_the_cause_is_named_with_its_author(taught: Workspace) -> None:
    row = found(taught, limit=1).rows[0]
    place = replace(row.learnt, cause=1)
    first = found(taught, by=By.DETECTOR, limit=1).rows[0]
    said = chain_story.cause_of(taught, CASE, place)
    assert said.endswith("(#1 by ada)")
    assert first.rank == 1


def test_a_chain_that_is_gone_is_not_found(taught: Workspace) -> None:
    row = replace(found(taught, limit=1).rows[0], chain_id=10**9)
    with pytest.raises(NotFound):
        chain_story.load(taught, CASE, row, taught.vault.in_use(CASE) or "")
    with pytest.raises(NotFound):
        taught.chains.by_id(10**9)


def test_json_tells_what_it_told_before_the_stories_were_one(taught: Workspace) -> None:
    row = found(taught, limit=1).rows[0]
    story = chain_story.of_chain(taught, CASE, taught.chains.find(CASE, row.key), 2)
    assert list(json.loads(chain_view.as_json(story))) == [
        "chain", "score", "labels", "hosts", "processes", "finding", "nearest", "learnt", "cause", "variants", "published",
    ]  # fmt: skip


def test_the_story_of_a_finding_holds_the_best_of_its_chains(taught: Workspace) -> None:
    row = next(row for row in found(taught, findings=True, limit=50).rows if row.whole is not None and row.whole.chains > 2)
    story = incident_story.of_finding(taught, CASE, row, most=3, chains=2)
    assert story.whole == row.whole
    assert [one.rank for one in story.chains] == sorted(one.rank for one in story.chains)
    assert len(story.chains) == 2
    assert story.incidents[0] == story.shown.incident
    drawn = {one.process_id: one for one in story.shown.covered}
    assert story.shown.incident.lead in drawn
    assert len(drawn) + story.shown.left >= story.shown.incident.processes
    assert story.shown.reasons[0].process == story.shown.incident.lead


@pytest.mark.parametrize("by", [By.DIVERSE, By.UNCERTAIN])
def test_an_order_that_nobody_taught_is_said(workspace: Workspace, by: By) -> None:
    asked = found(workspace, by=by)
    assert asked.untaught is by
    assert [row.key for row in asked.rows] == [row.key for row in found(workspace).rows]
    assert found(workspace).untaught is None


def test_the_case_that_was_made_last_is_opened_where_none_was_chosen(trained: Services, simulated_logs: Any) -> None:
    from engine.jobs.ingest.request import IngestRequest
    from engine.jobs.ingest.run import ingest

    assert open_services(trained.workspace).case == CASE
    ingest(IngestRequest([next(simulated_logs.rglob("*.json*"))], "later"), trained.workspace.ingest, Run())
    assert open_services(trained.workspace).case == "later"
