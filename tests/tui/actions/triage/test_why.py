"""Why, over a whole simulated case: shares add up, sentences are well-formed, nothing judges or speaks of methods."""

from __future__ import annotations

import re

import pytest

from engine.errors import NotFound, StoreError
from store.base.views import QueueRow
from store.queue import line_facts
from store.workspace import Workspace
from tests.tui.conftest import CASE
from tui.actions import incident_story
from tui.actions.triage import why
from tui.words.spans import wrap
from tui.words.triage.sentence import LINES, WIDTH, WORDS
from tui.words.triage.terms import explain

METHODS = re.compile(r"anomal|suspicious|reconstruct|\bscore\b", re.IGNORECASE)


def story_of(workspace: Workspace, row: QueueRow) -> incident_story.FindingStory:
    return incident_story.of_finding(workspace, CASE, row, most=50, chains=5)


def test_the_kept_parts_add_up_to_the_score(workspace: Workspace) -> None:
    rows = workspace.findings.page(CASE, limit=1_000)
    assert len(rows) > 20
    for row in rows:
        assert row.whole is not None
        parts = line_facts.parts(workspace, row.whole.set_id, row.whole.number)
        assert sum(parts.values()) == pytest.approx(row.whole.score, rel=1e-5)


def test_every_finding_has_a_sentence_and_shares_of_100_per_cent(workspace: Workspace) -> None:
    for row in workspace.findings.page(CASE, limit=60):
        told = why.of_finding(workspace, CASE, story_of(workspace, row))
        assert told.sentence[0].isupper()
        assert told.sentence.endswith(".")
        assert len(told.sentence.split()) <= WORDS
        assert len(wrap(told.sentence, WIDTH)) <= LINES
        assert not METHODS.search(told.sentence)
        assert sum(one.percent for one in told.shares) == 100
        assert sum(one.share for one in told.shares) == pytest.approx(1.0)
        assert len(told.shares) <= 4
        assert all(explain(one.signal) for one in told.shares)


def test_a_process_shows_what_was_given_and_what_was_rebuilt_of_its_own_chain(workspace: Workspace) -> None:
    row = workspace.findings.page(CASE, limit=1)[0]
    story = story_of(workspace, row)
    lead = story.shown.incident.lead
    told = why.of_finding(workspace, CASE, story).process
    process = workspace.processes.get(lead)
    assert told.process == lead
    assert told.command == process.command_line
    assert process.chain_id is not None
    chain = workspace.chains.by_id(process.chain_id)
    score = workspace.chains.score(chain.id)
    assert score is not None
    assert score.expectation is not None
    assert len(told.steps) == len(chain.steps)
    for step, rebuilt in zip(told.steps, score.expectation.rebuilt, strict=True):
        assert (step.rebuilt == step.given) or rebuilt is not None
        assert step.mark in {"", "▲", "▲▲", "▲▲▲"}
    assert told.usual.endswith(f" of {score.expectation.started:,}")
    assert told == why.of_process(workspace, CASE, lead)


def test_context_is_not_judged(workspace: Workspace) -> None:
    told = why.of_process(
        workspace, CASE, story_of(workspace, workspace.findings.page(CASE, limit=1)[0]).shown.incident.top, context=True
    )
    assert told.context
    assert (told.steps, told.usual, told.nearest) == ((), "", "")
    with pytest.raises(NotFound):
        why.of_process(workspace, CASE, 1)


def test_what_is_expected_is_told_without_the_method(workspace: Workspace) -> None:
    said = []
    for row in workspace.queue.page(CASE, limit=40):
        score = workspace.chains.score(row.chain_id)
        if score is not None and score.expectation is not None:
            said.append(score.expectation.sentence)
    assert said
    assert [sentence for sentence in said if "reconstruction" in sentence] == []


def test_parts_that_do_not_add_up_are_damage(workspace: Workspace) -> None:
    with workspace.write() as connection:
        connection.exec_driver_sql("UPDATE finding SET parts = zeroblob(length(parts)) WHERE rank = 1")
        connection.commit()
    row = workspace.findings.page(CASE, limit=1)[0]
    with pytest.raises(StoreError, match="do not add up"):
        why.of_finding(workspace, CASE, story_of(workspace, row))


def test_scores_of_before_say_nothing_of_shares(workspace: Workspace) -> None:
    with workspace.write() as connection:
        connection.exec_driver_sql("UPDATE finding SET parts = NULL")
        connection.commit()
    told = why.of_finding(workspace, CASE, story_of(workspace, workspace.findings.page(CASE, limit=1)[0]))
    assert told.shares == ()
    assert told.sentence
