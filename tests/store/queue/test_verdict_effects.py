"""What verdicts did: the decisions that hold, whatever was taken back and brought back on the way."""

from __future__ import annotations

from store.queue.verdict_effects import precision
from store.scores.ranking import read_ranking
from store.workspace import Workspace
from tests.store.samples import event, fill, score


def shares(workspace: Workspace) -> tuple[float, ...]:
    with read_ranking(workspace, "case") as ranking:
        return precision(ranking.connection, ranking.case).share


def test_a_decision_that_was_brought_back_is_one(workspace: Workspace) -> None:
    fill(workspace, [event(number, number // 2 or None) for number in range(1, 40)])
    score(workspace, flagged=5)
    first, second, *_ = (row.key for row in workspace.queue.page("case"))
    workspace.labels.set("case", [first], "malicious", author="ann")
    workspace.labels.set("case", [second], "false_positive", author="ann")
    assert shares(workspace) == (1.0, 0.5)
    workspace.labels.undo("case", author="ann")
    assert shares(workspace) == (1.0,)
    workspace.labels.redo("case", author="ann")
    assert shares(workspace) == (1.0, 0.5)
    workspace.labels.undo("case", author="ann")
    workspace.labels.undo("case", author="ann")
    assert shares(workspace) == ()
