"""Borders of pages: what is read two rows at a time is what is there, each row once and in its order.

The counts stand in the tests or come from a query without a limit, never from another page. Sizes around the borders: a last
page that is full, one that is short. A walk that does not end fails here, it does not hang.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
import pytest

from store.base.interning import Generations, TextTable
from store.base.views import ProcessView
from store.chains.lookup import step_texts
from store.evidence.hosts import HostTable
from store.evidence.rejects import RejectRows, reject_ids
from store.export.processes import branch_rows, process_rows
from store.export.rows import chosen_rows, rows
from store.processes.forest import FIRST, LAST, ForestPages
from store.processes.processes import START, Cursor
from store.queue.comparison import compare
from store.queue.filter import QueueFilter
from store.queue.finding_positions import FindingSource
from store.queue.order import ORDERS
from store.queue.pages import all_rows, page
from store.queue.positions import QueueSource
from store.scores.ranking import read_ranking
from store.where.meaning import read
from store.workspace import Workspace
from tests import pages
from tests.store.samples import event, fill, publish, score

SIZES = [1, 2, 3, 4, 5]
MANY = 50
"""Above any number of rows here: a walk that yields more goes in a circle."""


def walk(after: Callable[[Any], Sequence[Any]], start: Any, key: Callable[[Any], Any]) -> list[Any]:
    """Page after page by the last row's key, at most MANY pages."""
    found: list[Any] = []
    for _ in range(MANY):
        part = after(start)
        if not part:
            return found
        found += part
        start = key(part[-1])
    raise AssertionError("the pages do not end")


def bounded(rows: Iterator[Any]) -> list[Any]:
    """All rows of an iterator that ends."""
    found = list(islice(rows, MANY))
    assert len(found) < MANY, "the rows do not end"
    return found


def chains_of(workspace: Workspace, size: int) -> Workspace:
    """`size` chains, each of two processes but the first, which has `size` of them; all scored, one finding each."""
    events = [event(10 + number, image="C:\\app0.exe") for number in range(size)]
    for number in range(1, size):
        image = f"C:\\app{number}.exe"
        events += [event(100 * number, image=image), event(100 * number + 1, image=image)]
    fill(workspace, events)
    score(workspace, flagged=size, grouped=True)
    return workspace


@pytest.mark.parametrize("size", SIZES)
def test_the_queue_from_both_ends(workspace: Workspace, size: int) -> None:
    chains_of(workspace, size)
    ranks = list(range(1, size + 1))
    forwards = walk(lambda after: workspace.queue.page("case", after=after, limit=2), 0, lambda row: row.rank)
    assert [row.rank for row in forwards] == ranks
    with read_ranking(workspace, "case") as ranking:
        assert [row.rank for row in bounded(all_rows(ranking, QueueFilter()))] == ranks
        back = walk(
            lambda before: page(ranking, QueueFilter(), before, 2, backwards=True)[::-1],
            size + 1,
            lambda row: row.rank,
        )
    assert [row.rank for row in back] == ranks[::-1]


@pytest.mark.parametrize("size", SIZES)
def test_an_export_has_every_process_once(workspace: Workspace, size: int) -> None:
    chains_of(workspace, size)
    with workspace.read() as connection:
        query = "SELECT p.pid FROM process p JOIN chain c ON c.id = p.chain_id ORDER BY p.pid"
        pids = list(connection.exec_driver_sql(query).scalars())
    assert len(pids) == size + 2 * (size - 1)
    whole = bounded(chosen_rows(workspace, "case", QueueFilter()))
    assert sorted(row.pid for row in whole) == pids
    assert [row.rank for row in whole] == sorted(row.rank for row in whole)
    assert sorted(row.pid for row in bounded(rows(workspace, "case"))) == pids  # every chain is flagged
    keys = [row.key for row in workspace.queue.page("case")]
    assert bounded(chosen_rows(workspace, "case", QueueFilter(), keys)) == whole
    workspace.labels.set("case", keys, "malicious")
    assert sorted(row.pid for row in bounded(rows(workspace, "case", ["malicious"]))) == pids
    workspace.labels.set("case", keys[-1:], "benign")
    last = {row.pid for row in whole if row.chain_id == keys[-1]}
    assert sorted(row.pid for row in bounded(rows(workspace, "case", ["malicious"]))) == [pid for pid in pids if pid not in last]


def test_an_export_is_the_same_whatever_the_size_of_a_page(workspace: Workspace) -> None:
    chains_of(workspace, 5)
    two = bounded(chosen_rows(workspace, "case", QueueFilter()))
    with pages.small(*pages.STORE, size=1000):
        assert bounded(chosen_rows(workspace, "case", QueueFilter())) == two


@pytest.mark.parametrize("size", SIZES)
def test_processes_that_were_chosen_and_a_branch(workspace: Workspace, size: int) -> None:
    fill(workspace, [event(1), *(event(10 + number, 1) for number in range(size))])
    (top,) = workspace.processes.find("case", pid=1)
    ids = [workspace.processes.find("case", pid=10 + number)[0].id for number in range(size)]
    assert [row.pid for row in bounded(process_rows(workspace, "case", ids[::-1]))] == [10 + n for n in range(size)][::-1]
    assert [row.pid for row in bounded(branch_rows(workspace, "case", top.id))] == [1, *(10 + n for n in range(size))]


@pytest.mark.parametrize("size", SIZES)
def test_findings_and_their_chains(workspace: Workspace, size: int) -> None:
    chains_of(workspace, size)
    total = workspace.findings.count("case")
    found = walk(lambda after: workspace.findings.page("case", after=after, limit=2), 0, lambda row: row.whole.number)
    assert [row.whole.number for row in found] == list(range(1, total + 1))
    members = []
    for row in found:
        members += walk(
            lambda after, row=row: workspace.findings.members(row.whole, after=after, limit=2), 0, lambda one: one.rank
        )
        back = walk(
            lambda before, row=row: workspace.findings.members(row.whole, after=before, limit=2, backwards=True),
            size + 1,
            lambda one: one.rank,
        )
        assert [one.rank for one in back] == [one.rank for one in members if one.member_of == row.whole.number][::-1]
    assert sorted(one.rank for one in members) == list(range(1, size + 1))
    listed = FindingSource(workspace, workspace.learnt, "case", QueueFilter(where=read("score>=-1")))
    listed.load()
    assert [row.whole and row.whole.number for row in listed.rows(0, MANY)] == list(range(1, total + 1))


@pytest.mark.parametrize("size", SIZES)
def test_children_in_the_forest_from_both_ends(workspace: Workspace, size: int) -> None:
    fill(workspace, [event(1), *(event(10 + number, 1, time_us=None if number < 2 else 5) for number in range(size))])
    (top,) = workspace.processes.find("case", pid=1)
    forest = ForestPages(workspace, "case")
    pids = [10 + number for number in range(size)]
    assert [row.pid for row in walk(lambda key: forest.after(top.id, key, 2), FIRST, lambda row: row.key)] == pids
    back = walk(lambda key: forest.before(top.id, key, 2)[::-1], LAST, lambda row: row.key)
    assert [row.pid for row in back] == pids[::-1]
    assert [row.pid for row in forest.rows([row.id for row in back])] == pids[::-1]
    for place in range(size):
        line = forest.line(back[::-1][place].id, small=1, beside=1)
        stretch = line.stretches[-1]
        low, high = (0, 1) if size == 1 else (max(place - 1, 0), place + 2)
        assert (stretch.before, [row.pid for row in stretch.rows]) == (low, pids[low:high])


@pytest.mark.parametrize("size", SIZES)
def test_processes_of_a_chain_and_of_a_search(workspace: Workspace, size: int) -> None:
    fill(workspace, [event(10 + number, image="C:\\one.exe") for number in range(size)])
    (chain,) = workspace.chains.load_corpus(["case"]).ids.tolist()
    pids = [10 + number for number in range(size)]
    of_chain = walk(lambda after: workspace.processes.of_chain(chain, after=after, limit=2), 0, lambda row: row.id)
    assert [row.pid for row in of_chain] == pids
    found = walk(lambda after: workspace.processes.find("case", text="one", after=after, limit=2), 0, lambda row: row.id)
    assert [row.pid for row in found] == pids


@pytest.mark.parametrize("size", SIZES)
def test_children_and_roots_by_time(workspace: Workspace, size: int) -> None:
    """Some without a time, some at the same: the id decides."""
    times = [None, None, None, 5, 5][:size]
    fill(workspace, [event(1), *(event(10 + number, 1, time_us=time) for number, time in enumerate(times))])
    (top,) = workspace.processes.find("case", pid=1)
    pids = [10 + number for number in range(size)]

    def place(row: ProcessView) -> Cursor:
        return Cursor(row.time_us or 0, row.id)

    found = walk(lambda after: workspace.processes.children(top.id, after, 2), START, place)
    assert [row.pid for row in found] == pids
    fill(
        workspace, [event(50 + number, time_us=time) for number, time in enumerate(times)], sha256="b" * 64, path="logs/two.json"
    )
    roots = walk(lambda after: workspace.processes.roots(top.host_id, after, 2), START, place)
    assert [row.pid for row in roots] == [*(50 + number for number in range(size)), 1]


@pytest.mark.parametrize("size", SIZES)
def test_rejects_by_position(workspace: Workspace, size: int) -> None:
    from engine.domain.records import Reject

    fill(workspace, [event(1)], rejects=[Reject(position=n, code="bad", reason="x", sample=b"y") for n in range(size)])
    listed = RejectRows(workspace, reject_ids(workspace, "case"))
    assert listed.count() == size
    assert [row.position for start in range(0, size, 2) for row in listed.rows(start, start + 2)] == list(range(size))


@pytest.mark.parametrize("size", SIZES)
def test_the_history_of_verdicts(workspace: Workspace, size: int) -> None:
    fill(workspace, [event(10 + number, image=f"C:\\app{number}.exe") for number in range(size)])
    corpus = workspace.chains.load_corpus(["case"])
    for key in corpus.keys:
        workspace.labels.set("case", [key], "benign")
    with pages.small_defaults():
        events = walk(lambda after: workspace.labels.history("case", after=after), 0, lambda one: one.id)
    assert [one.chain_key for one in events] == corpus.keys


@pytest.mark.parametrize("size", SIZES)
def test_corpus_processes_and_scores(workspace: Workspace, size: int) -> None:
    """Written and read in pieces: chains, their steps, the processes behind them, every score."""
    chains_of(workspace, size)
    corpus = workspace.chains.load_corpus(["case"])
    images = {f"c:\\app{number}.exe": size if number == 0 else 2 for number in range(size)}
    last = [corpus.paths[steps[length - 1]] for steps, length in zip(corpus.steps, corpus.lengths, strict=True)]
    assert dict(zip(last, corpus.counts.tolist(), strict=True)) == images
    table = workspace.chains.load_processes(["case"], corpus)
    assert len(table.chain) == sum(images.values())
    assert np.bincount(table.chain, minlength=size).tolist() == corpus.counts.tolist()
    with workspace.read() as connection:
        query = "SELECT rank, chain_id, score FROM score ORDER BY rank"
        stored = connection.exec_driver_sql(query).all()
        assert [row[0] for row in stored] == list(range(1, size + 1))
        assert {row[1] for row in stored} == set(corpus.ids.tolist())
        packed = list(connection.exec_driver_sql("SELECT steps FROM chain").scalars())
        assert set(step_texts(connection, packed).values()) == set(images)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.name)
def test_every_order_has_every_chain(workspace: Workspace, size: int, order: Any) -> None:
    chains_of(workspace, size)
    for wanted in (QueueFilter(), QueueFilter(where=read("score>=-1")), QueueFilter(where=read("image:app"))):
        source = QueueSource(workspace, workspace.learnt, "case", wanted, order)
        source.load()
        shown = [row.rank for start in range(0, MANY, 2) for row in source.rows(start, start + 2)]
        assert sorted(shown) == list(range(1, size + 1))
        assert [source.position(rank) for rank in shown] == list(range(size))


@pytest.mark.parametrize("size", SIZES)
def test_the_next_undecided_is_found_over_borders(workspace: Workspace, size: int) -> None:
    chains_of(workspace, size)
    keys = [row.key for row in workspace.queue.page("case")]
    workspace.labels.set("case", keys[:-1], "benign")
    with pages.small(*pages.LOOKS):
        assert QueueSource(workspace, workspace.learnt, "case").undecided_from(0) == (size - 1, size)


@pytest.mark.parametrize("size", SIZES)
def test_two_models_are_compared_over_all_chains(workspace: Workspace, size: int) -> None:
    chains_of(workspace, size)
    first = workspace.vault.in_use("case")
    assert first is not None
    other = score(workspace, flagged=size, grouped=True, model=publish(workspace, '{"other": 1}', texts="{}"))
    found = compare(workspace, "case", first, other)
    assert (found.agreement.chains, found.agreement.both, found.read) == (size, size, size)


@pytest.mark.parametrize("size", SIZES)
def test_texts_get_one_id_each_whatever_is_remembered(workspace: Workspace, size: int) -> None:
    """With a memory of two entries and queries of two: known ones are found again, new ones are added once."""
    texts = [f"text {number}" for number in range(size)]
    table = TextTable("string")
    table._cache = Generations(2)
    with workspace.write() as connection:
        first = table.ids(connection, texts)
        again = table.ids(connection, [*texts[::-1], "one more"])
        table.forget()
        assert table.ids(connection, texts) == first
        stored = dict(connection.exec_driver_sql("SELECT text, id FROM string").all())  # type: ignore[arg-type]
    assert again == first | {"one more": max(first.values()) + 1}
    assert {text: stored[text] for text in again} == again


def test_hosts_are_the_same_when_they_are_forgotten_in_between(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HostTable, "LIMIT", 2)
    fill(workspace, [event(number, host=f"H{number % 5}") for number in range(20)], batch=3)
    assert {host.name: host.records for host in workspace.cases.hosts("case")} == {f"H{number}": 4 for number in range(5)}


@pytest.mark.parametrize("late", range(5))
def test_a_parent_that_comes_late_changes_the_one_child_wherever_it_stands(
    workspace: Workspace, tmp_path_factory: pytest.TempPathFactory, late: int
) -> None:
    """Linked again, a host's records are compared with what is stored, and only those that differ are written."""
    children = [event(10 + number, 5 if number == late else None, image=f"C:\\c{number}.exe") for number in range(5)]
    parent = event(5, image="C:\\late.exe")
    fill(workspace, children)
    fill(workspace, [parent], sha256="b" * 64, path="logs/two.json")
    (child,) = workspace.processes.find("case", pid=10 + late)
    (above,) = workspace.processes.find("case", pid=5)
    assert child.parent_id == above.id
    corpus = workspace.chains.load_corpus(["case"])
    of_child = {tuple(corpus.paths[step] for step in row if step >= 0) for row in corpus.steps}
    assert ("c:\\late.exe", f"c:\\c{late}.exe") in of_child


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("first", [2, 1000], ids=["first screens and the rest", "first screens"])
def test_a_filter_keeps_the_order_that_was_learnt(workspace: Workspace, size: int, first: int) -> None:
    """Asked a piece at a time for the first screens, then by one query."""
    chains_of(workspace, size)
    learnt = np.arange(size, 0, -1, dtype=np.int32)
    source = QueueSource(workspace, workspace.learnt, "case", QueueFilter(where=read("score>=-1")))
    with pages.small("store.queue.positions.FIRST_RANKS", size=first), workspace.read() as connection:
        kept = np.concatenate([*source._kept(connection, learnt)])
    assert kept.tolist() == learnt.tolist()
