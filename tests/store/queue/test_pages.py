from __future__ import annotations

from dataclasses import fields
from itertools import product

import numpy as np
import pytest

from engine.domain.arrays import Ints
from engine.domain.scores import ScoreSet
from engine.errors import NotFound, StoreError, UsageError
from store.base.ids import base
from store.base.views import QUEUE_SQL, QueueRow
from store.doctor.examine import examine
from store.processes.processes import Cursor
from store.queue import filter as queue_filter
from store.queue.filter import QueueFilter
from store.scope.scopes import Scope
from store.where.meaning import read
from store.workspace import Workspace
from tests.store.samples import event, fill, publish, score


@pytest.fixture
def filled(workspace: Workspace) -> Workspace:
    events = [event(n, n // 2 or None, host=f"H{n % 2}" if n == 1 else "H1") for n in range(1, 40)]
    fill(workspace, [*events, event(1, host="H2"), event(3, 1, host="H2")])
    score(workspace, flagged=5)
    return workspace


def test_every_field_of_a_row_has_its_sql() -> None:
    assert {field.name for field in fields(QueueRow)} == {*QUEUE_SQL, "whole", "learnt"}


def test_pages_follow_each_other_in_both_directions(filled: Workspace) -> None:
    everything = filled.queue.page("case")
    assert [row.rank for row in everything] == list(range(1, len(everything) + 1))
    assert [row.score for row in everything] == sorted((row.score for row in everything), reverse=True)
    second = filled.queue.page("case", after=3, limit=2)
    assert second == everything[3:5]
    assert filled.queue.page("case", after=6, limit=3, backwards=True) == everything[2:5]
    assert filled.queue.count("case") == len(everything)


@pytest.mark.parametrize("few", [0, 20_000])
def test_filters_are_the_same_from_either_end(filled: Workspace, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(queue_filter, "FEW", few)
    everything = filled.queue.page("case")
    filled.labels.set("case", [everything[1].key], "malicious")
    filled.labels.set("case", [everything[-1].key], "benign", scope=Scope(prefix=1))
    everything = filled.queue.page("case")
    h2 = filled.cases.host_id("case", "h2")
    on_h2 = {row.chain_id for row in everything if any(host.host_id == h2 for host in filled.chains.hosts(row.chain_id))}
    choices = product(
        ((), ("malicious",), ("undecided", "benign"), ("undecided",)), (None, h2), ("", "APP3", "_"), (None, 3.0), (True, False)
    )
    for verdicts, host, image, least, flagged in choices:
        line = (f'image:"{image}" ' if image else "") + ("" if least is None else f"score>={least}")
        wanted = QueueFilter(verdicts, host, flagged, where=read(line))
        expected = [
            row
            for row in everything
            if (not verdicts or (row.verdict or "undecided") in verdicts)
            and (host is None or row.chain_id in on_h2)
            and image.lower() in row.steps[-1]
            and (least is None or row.score >= least)
            and (not flagged or row.finding > 0)
        ]
        assert list(filled.queue.page("case", wanted)) == expected
        assert filled.queue.count("case", wanted) == len(expected)
    counts = filled.queue.counts("case")
    assert (counts.chains, counts.flagged, counts.findings) == (len(everything), 5, 5)
    assert counts.verdicts == {"malicious": 1, "benign": sum(row.verdict == "benign" for row in everything),
                               "undecided": sum(row.verdict is None for row in everything)}  # fmt: skip


def test_times_filter_by_first_and_last_occurrence(filled: Workspace) -> None:
    row = max(filled.queue.page("case"), key=lambda row: row.first_us or 0)
    found = filled.queue.page("case", QueueFilter(since_us=row.first_us))
    assert row.rank in {other.rank for other in found}
    assert filled.queue.page("case", QueueFilter(until_us=0)) == ()


def test_scores_are_replaced_and_belong_to_one_case(filled: Workspace) -> None:
    model = filled.vault.in_use("case")
    score(filled, flagged=1, model=model)
    assert filled.queue.counts("case").flagged == 1
    fill(filled, [event(1)], case="other")
    with pytest.raises(NotFound):
        filled.queue.page("other")
    scored = filled.chains.load_corpus(["other"])
    assert len(scored) == 1
    with pytest.raises(StoreError, match="another case"):
        filled.chains.write_scores("case", publish(filled), _scores_of(scored.ids))
    assert filled.vault.in_use("case") == model


def _scores_of(ids: Ints) -> ScoreSet:
    one = np.ones(len(ids))
    return ScoreSet(ids, one, np.ones((len(ids), 10), np.float32), one.astype(np.int32), (), {}, 0.5, one.astype(np.int64))


def test_chains_are_found_by_the_beginning_of_their_key(filled: Workspace) -> None:
    row = filled.queue.page("case", limit=1)[0]
    chain = filled.chains.find("case", row.key[:8].upper())
    assert (chain.id, chain.steps, chain.count) == (row.chain_id, row.steps, row.count)
    for wrong in ("zz", "abc", row.key + "0"):
        with pytest.raises(UsageError):
            filled.chains.find("case", wrong)
    view = filled.chains.score(row.chain_id)
    assert view is not None
    assert (view.rank, view.signals[0].name, view.signals[0].tail) == (1, "length", 0.5)
    assert view.expectation is not None
    assert view.expectation.sentence == "expected \udcff"


def test_children_come_in_pages_by_time_and_unknown_times_first(workspace: Workspace) -> None:
    times = {5: 30, 6: None, 7: 10, 8: None, 9: 30}
    fill(workspace, [event(1), *[event(n, 1, time_us=time) for n, time in times.items()]])
    root = workspace.processes.roots(1)[0]
    assert [process.pid for process in workspace.processes.children(root.id)] == [6, 8, 7, 5, 9]
    at, seen = Cursor(-(2**63), 0), []
    while page := workspace.processes.children(root.id, at, 2):
        seen += [process.pid for process in page]
        at = Cursor(page[-1].time_us or 0, page[-1].id)
    assert seen == [6, 8, 7, 5, 9]
    assert workspace.processes.child_counts([root.id, page[-1].id if page else root.id + 1]) == {root.id: 5}
    assert root.id == base(1) + 1
    assert (root.parent_id, root.method, root.confidence) == (None, 0, 0.975)


def test_processes_are_found_by_what_is_known(filled: Workspace) -> None:
    h1 = filled.cases.host_id("case", "h1")
    find = filled.processes.find
    assert [p.pid for p in find("case", guid="guid-H1-7")] == [7]
    assert [p.host for p in find("case", pid=3)] == ["H1", "H2"]
    assert [p.host for p in find("case", pid=3, host_id=h1)] == ["H1"]
    assert [p.pid for p in find("case", text="--NUMBER 12")] == [12]
    assert find("case", text="\0") == ()
    assert {p.pid for p in find("case", user="ann", since_us=1_700_000_000_000_038)} == {38, 39}
    first = find("case", host_id=h1, limit=5)
    assert find("case", host_id=h1, after=first[-1].id, limit=1)[0].id == first[-1].id + 1
    found = filled.evidence.record_keys(1)
    assert len(found) == 41
    assert (
        len(filled.processes.of_chain(found[0].chain_id)) == filled.chains.find("case", filled.queue.page("case")[-1].key).count
    )
    with pytest.raises(NotFound):
        filled.processes.get(1)


def test_a_deep_line_is_cut_and_not_recursed(workspace: Workspace) -> None:
    fill(workspace, [event(n, n - 1 or None) for n in range(1, 3000)])
    last = workspace.processes.find("case", pid=2999)[0]
    assert len(workspace.processes.ancestors(last.id)) == 11
    assert len(workspace.processes.ancestors(last.id, 10**9)) == 1001


def test_the_doctor_finds_a_healthy_workspace_healthy(filled: Workspace) -> None:
    assert examine(filled) == ()


def test_the_doctor_tells_what_is_wrong(filled: Workspace) -> None:
    filled.ingest.begin_source("case", "half.json", "c" * 64, 1, "x")
    (filled.models_folder / "stray").mkdir()
    model = filled.vault.in_use("case")
    (filled.models_folder / str(model) / "parameters.json").write_text("x")
    with filled.write() as connection:
        connection.exec_driver_sql("UPDATE host SET unlinked = 1 WHERE id = 1")
        connection.exec_driver_sql("DELETE FROM image WHERE id = 1")
        connection.commit()
    assert {complaint.code for complaint in examine(filled)} == {"interrupted", "orphan", "model", "unlinked", "reference"}
