from __future__ import annotations

import json

import numpy as np
import pytest

from engine.detector.cost import DAY_US, Cost, cost_of
from engine.detector.promise import KEY
from engine.domain.budgets import SETTLED
from engine.errors import NotFound, StoreError
from engine.findings.without_processes import group_findings
from store.queue.comparison import compare
from store.queue.marks import unscored
from store.scores import kept_days
from store.scores.threshold_rows import chains_of
from store.workspace import Workspace
from tests.postgres import in_a_file
from tests.store.samples import event, fill, publish, score


@pytest.fixture
def filled(workspace: Workspace) -> Workspace:
    fill(workspace, [event(n, n // 2 or None) for n in range(1, 40)])
    score(workspace, flagged=5)
    return workspace


def flagged_rows(workspace: Workspace) -> list[tuple[int, int]]:
    return [(row.rank, row.finding) for row in workspace.queue.page("case") if row.finding]


def days(workspace: Workspace) -> float:
    return workspace.thresholds.standing("case").host_days


@pytest.mark.parametrize("allowed", [0, 1, 4, 9, 1000])
def test_moving_flags_what_was_promised_and_groups_as_the_detector_does(filled: Workspace, allowed: int) -> None:
    promised = filled.thresholds.what_if("case", allowed)
    assert filled.thresholds.standing("case").flagging.chains == len(flagged_rows(filled)) == 5  # asking changes nothing
    moved = filled.thresholds.move("case", allowed / days(filled))
    assert moved == promised == filled.thresholds.standing("case").flagging
    rows = filled.queue.page("case")
    assert moved.chains == min(allowed, len(rows))
    assert flagged_rows(filled) == [(row.rank, row.finding) for row in rows[: moved.chains]]
    assert moved.processes == sum(row.count for row in rows[: moved.chains])
    corpus = filled.chains.load_corpus(["case"])
    by_id = {row.chain_id: row for row in rows}
    scores = np.array([by_id[number].score for number in corpus.ids.tolist()])
    expected = group_findings(corpus.steps, corpus.lengths, scores, moved.threshold)
    assert [by_id[number].finding for number in corpus.ids.tolist()] == expected.tolist()
    counts = filled.queue.counts("case")
    assert (counts.flagged, counts.findings, counts.threshold) == (moved.chains, moved.findings, moved.threshold)


@in_a_file
def test_no_budget_is_too_small_for_what_is_settled(filled: Workspace) -> None:
    rows = filled.queue.page("case")
    with filled.write() as connection:
        connection.exec_driver_sql("UPDATE score_set SET metrics = json_set(metrics, ?, ?)", (f"$.{SETTLED}", rows[2].score))
        connection.commit()
    assert [filled.thresholds.what_if("case", allowed).chains for allowed in (0, 1, 3, 5)] == [3, 3, 3, 5]
    moved = filled.thresholds.move("case", 0)
    assert (moved.chains, moved.threshold) == (3, rows[2].score)
    assert [rank for rank, _ in flagged_rows(filled)] == [1, 2, 3]


def test_equal_scores_are_flagged_together_and_the_highest_in_any_case(filled: Workspace) -> None:
    with filled.write() as connection:
        connection.exec_driver_sql("UPDATE score SET score = 70.0 WHERE rank BETWEEN 3 AND 6")
        connection.exec_driver_sql("UPDATE score SET score = 80.0 WHERE rank < 3")
        connection.commit()
    assert [filled.thresholds.what_if("case", allowed).chains for allowed in (1, 2, 3, 5, 6, 7)] == [2, 2, 2, 2, 6, 7]
    nothing = filled.thresholds.what_if("case", 0)
    assert (nothing.chains, nothing.threshold) == (0, 80.08)


def test_a_moved_threshold_survives_being_scored_again(filled: Workspace) -> None:
    model = filled.thresholds.standing("case").model_id
    filled.thresholds.move("case", 3 / days(filled))
    score(filled, flagged=9, model=model)
    standing = filled.thresholds.standing("case")
    assert standing.flagging.chains == 3
    assert standing.moved == pytest.approx(3 / days(filled))
    other = score(filled, flagged=9)
    assert filled.thresholds.standing("case", other).flagging.chains == 9  # another model keeps its own budget


def test_scores_beside_leave_the_model_in_use(filled: Workspace) -> None:
    before = filled.vault.in_use("case")
    assert before is not None
    corpus = filled.chains.load_corpus(["case"])
    other = publish(filled, '{"n": 2}')
    filled.chains.write_scores("case", other, _scores(corpus.ids), use=False)
    assert filled.vault.in_use("case") == before
    assert filled.thresholds.scored_models("case") == (other, before)
    assert unscored(filled, "case", other) == 0
    assert filled.thresholds.standing("case").model_id == before


def test_shape_is_sampled_over_the_ranks(filled: Workspace) -> None:
    whole, part = filled.thresholds.shape("case"), filled.thresholds.shape("case", sample=5)
    assert whole.stride == 1
    assert len(whole.score) == len(filled.queue.page("case"))
    assert len(part.score) <= 5
    assert part.score.tolist() == whole.score[part.stride - 1 :: part.stride].tolist()
    assert len(whole.error) == 0  # these scores have no such signal


def test_nothing_scored_is_said(workspace: Workspace) -> None:
    fill(workspace, [event(1)])
    with pytest.raises(NotFound):
        workspace.thresholds.what_if("case", 3)


def test_comparison_counts_as_many_of_each_queue(filled: Workspace) -> None:
    old = filled.vault.in_use("case")
    assert old is not None
    rows = filled.queue.page("case")
    filled.labels.set("case", [rows[0].key, rows[4].key], "malicious")
    filled.labels.set("case", [rows[-1].key], "false_positive")
    corpus = filled.chains.load_corpus(["case"])
    new = publish(filled, '{"n": 3}')
    reverse = np.array([next(row.rank for row in rows if row.chain_id == number) for number in corpus.ids.tolist()], dtype=float)
    filled.chains.write_scores("case", new, _scores(corpus.ids, reverse), use=False)
    found = compare(filled, "case", old, new)
    assert found.read == 5
    assert (found.agreement.both, found.agreement.only_old, found.agreement.only_new) == (0, 5, 5)
    assert found.agreement.correlation == pytest.approx(-1.0)
    assert [chain.new_rank for chain in found.only_new] == [1, 2, 3, 4, 5]
    assert [chain.old_rank for chain in found.only_old] == [1, 2, 3, 4, 5]
    assert (found.old_separation, found.new_separation) == (1.0, 0.0)
    malicious, wrong = found.standings
    assert (malicious.verdict, malicious.chains, malicious.better) == ("malicious", 2, -1)
    assert (malicious.old_flagged, malicious.new_flagged) == (2, 0)
    assert (wrong.old_median, wrong.new_median, wrong.better) == (len(rows), 1, -1)
    assert [chain.verdict for chain in found.labelled] == ["malicious", "malicious", "false_positive"]
    same = compare(filled, "case", old, old)
    assert same.agreement.overlap == 1.0
    assert same.agreement.correlation == pytest.approx(1.0)
    assert same.only_new == same.only_old == ()


def _scores(ids: np.ndarray, values: np.ndarray | None = None):
    from engine.domain.records import MAX_STEPS
    from engine.domain.scores import ScoreSet

    size = len(ids)
    errors = np.full((size, MAX_STEPS), np.nan, np.float32)
    errors[:, 0] = 0.1
    values = np.arange(size, dtype=float) if values is None else values
    return ScoreSet(ids, values, errors, np.zeros(size, np.int32), (), {}, 1e9, np.zeros(size, np.int64))


def test_a_rate_of_scores_that_promise_nothing_is_spent_on_the_queue(filled: Workspace) -> None:
    with filled.write() as connection:
        connection.exec_driver_sql("UPDATE host SET active_days = 4")  # in a single day chains and chains per day are the same
        connection.commit()
    assert days(filled) == 4
    rows = filled.queue.page("case")
    total = sum(row.count for row in rows)
    for wanted in (1, 3, 7, len(rows)):
        processes = sum(row.count for row in rows[:wanted])
        assert filled.thresholds.move_to_rate("case", processes / total * 1000).chains == wanted
        assert len(filled.thresholds.flagged_chains("case")) == wanted
    # However small the budget is, nobody knows of the strongest that it is a false alarm.
    assert filled.thresholds.move_to_rate("case", 0).chains == 1
    assert filled.thresholds.standing("case").promise is None


def test_a_rate_spent_on_the_queue_takes_equal_scores_together(filled: Workspace) -> None:
    with filled.write() as connection:
        connection.exec_driver_sql("UPDATE score SET score = 70.0 WHERE rank BETWEEN 3 AND 6")
        connection.exec_driver_sql("UPDATE score SET score = 80.0 WHERE rank < 3")
        connection.commit()
    rows = filled.queue.page("case")
    total = sum(row.count for row in rows)
    within = sum(row.count for row in rows[:4])
    assert filled.thresholds.move_to_rate("case", within / total * 1000).chains == 2


def promising(workspace: Workspace, scores: list[float], expected: list[float]) -> None:
    """Let the scores in use promise so many of 1,000 clean processes from each score on."""
    column = dict.fromkeys(("value", "low", "high"), expected)
    told = {"score": scores, "processes": column, "alerts": column, "highest": 1e9}
    plain = told | {"days": 9, "sources": 3, "own": 0, "clean": 5000}
    with workspace.write() as connection:
        stored = json.loads(connection.exec_driver_sql("SELECT metrics FROM score_set").scalar_one())
        connection.exec_driver_sql("UPDATE score_set SET metrics = ?", (json.dumps(stored | {KEY: plain}),))
        connection.commit()


def test_a_promised_rate_is_a_score_whatever_the_queue_holds(filled: Workspace) -> None:
    rows = filled.queue.page("case")
    promising(filled, [rows[9].score, rows[4].score, rows[0].score + 1], [40.0, 20.0, 0.0])
    moved = filled.thresholds.move_to_rate("case", 20)
    assert (moved.threshold, moved.chains) == (rows[4].score, 5)
    assert filled.thresholds.move_to_rate("case", 40).chains == 10
    nothing = filled.thresholds.move_to_rate("case", 0)
    assert (nothing.threshold, nothing.chains, nothing.findings) == (rows[0].score + 1, 0, 0)


def test_a_promised_rate_survives_being_scored_again_as_a_rate(filled: Workspace) -> None:
    model = filled.thresholds.standing("case").model_id
    rows = filled.queue.page("case")
    promising(filled, [rows[9].score, rows[4].score, rows[0].score + 1], [40.0, 20.0, 0.0])
    filled.thresholds.move_to_rate("case", 20)
    assert filled.thresholds.standing("case").per_thousand == 20
    score(filled, flagged=9, model=model)  # promises nothing: spent on the queue
    standing = filled.thresholds.standing("case")
    assert (standing.per_thousand, standing.flagging.chains) == (20, 1)
    filled.thresholds.move("case", 3 / days(filled))
    assert filled.thresholds.standing("case").per_thousand is None


def test_flagged_chains_are_those_of_the_queue(filled: Workspace) -> None:
    flagged = filled.thresholds.flagged_chains("case").tolist()
    assert flagged == sorted(row.chain_id for row in filled.queue.page("case") if row.finding)


def read_in_full(workspace: Workspace) -> Cost | None:
    corpus = workspace.chains.load_corpus(["case"])
    flagged = np.isin(corpus.ids, workspace.thresholds.flagged_chains("case"))
    return cost_of(flagged, workspace.chains.load_processes(["case"], corpus))


def test_what_a_threshold_costs_is_counted_once_and_anew_when_processes_came(
    filled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = [event(n, n // 2 or None, host="DB", time_us=None if n % 3 else n * DAY_US) for n in range(1, 20)]
    for sha256, events in (("b", later), ("c", [*later, event(5, 77, host="WEB01"), event(90, image="C:\\Odd\\x.exe")])):
        fill(filled, events, path=sha256, sha256=sha256 * 64)
        for budget in (0.0, 0.5, 3.0):
            filled.thresholds.move("case", budget)
            assert repr(filled.thresholds.cost("case")) == repr(read_in_full(filled))
        with monkeypatch.context() as patched:
            patched.setattr(kept_days, "count", lambda *_all: pytest.fail("counted again"))
            filled.thresholds.move("case", 1.0)
            assert repr(filled.thresholds.cost("case")) == repr(read_in_full(filled))


def test_a_threshold_of_a_workspace_that_cannot_be_written_is_told_all_the_same(
    filled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_all: object) -> None:
        raise StoreError("The disk is full.", remedy="")

    monkeypatch.setattr(kept_days, "save", refused)
    assert repr(filled.thresholds.cost("case")) == repr(read_in_full(filled))


@pytest.mark.parametrize(("budget", "host_days", "chains"), [(1, 3.0, 3), (0.5, 4.0, 2), (0.1, 30.0, 3), (0, 9.0, 0)])
def test_a_budget_is_of_each_host_day(budget: float, host_days: float, chains: int) -> None:
    assert chains_of(budget, host_days) == chains
