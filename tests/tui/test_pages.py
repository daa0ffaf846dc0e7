"""Borders of pages in what is shown and printed: every row once, in its order, and what is left out is counted."""

from __future__ import annotations

import csv
import io
import json
import re

import numpy as np
import pytest

from store.processes.forest import ForestPages
from store.queue.filter import QueueFilter
from store.queue.positions import QueueSource
from store.where.meaning import read
from tests import pages
from tests.tui.conftest import CASE
from tests.tui.home import Home
from tests.tui.rendered import rows_of
from tests.tui.screens.tree.forest.family import DEEP_TOP, WIDE, WIDE_PARENT, pid_id
from tests.tui.screens.tree.forest.family import forest as filled_forest
from tests.tui.waiting import wait_for
from tui.app.app import OddkinApp
from tui.render.tree_builder import TreeBuilder
from tui.runtime.services import Services
from tui.screens.tree.forest import state
from tui.screens.tree.forest.nodes import Kind
from tui.screens.tree.forest.state import ForestState
from tui.widgets.ledger_table import LedgerTable


@pytest.mark.parametrize("wanted", [QueueFilter(), QueueFilter(where=read("score>=0"))], ids=["whole", "filtered"])
def test_a_queue_of_the_interface(trained: Services, wanted: QueueFilter) -> None:
    source = QueueSource(trained.workspace, trained.workspace.learnt, CASE, wanted)
    source.load()
    shown = [row.rank for start in range(0, source.count(), 2) for row in source.rows(start, start + 2)]
    assert shown == sorted(set(shown))
    assert len(shown) == trained.workspace.queue.count(CASE, wanted)


async def test_a_table_shows_every_row_once_and_forgets_pages_on_the_way(trained: Services) -> None:
    """Rendered: the lines from the top of the queue to its end, each where its row is, and the same whenever it is drawn."""
    with pages.small("tui.widgets.ledger_table.PAGES", size=20):
        app = OddkinApp(trained, start_mode="triage")
        async with app.run_test(size=(120, 36)) as pilot:
            await wait_for(lambda: bool(app.screen.query("#queue")), "the queue", pilot)
            await pilot.press("v")
            table = app.screen.query_one("#queue", LedgerTable)
            total = trained.workspace.queue.count(CASE)
            await wait_for(lambda: table.count == total, "chains", pilot)
            seen: dict[int, str] = {}
            for _ in range(total):
                # Behind frame and cursor: verdict, and the block of the score.
                lines = [found[1] for row in rows_of(table) if (found := re.match(r"\W{1,2}  ([▁▂▃▄▅▆▇█] .{40})", row))]
                assert len(lines) == min(total, table.scrollable_content_region.height)
                for place, text in enumerate(lines, round(table.scroll_y)):
                    row = table.row(place)
                    assert row is not None
                    assert seen.setdefault(row.rank, text) == text
                if table.cursor == total - 1:
                    break
                await pilot.press("pagedown")
            assert sorted(seen) == list(range(1, total + 1))


@pytest.mark.parametrize("page", [2, 3])
def test_children_by_the_lines_that_offer_more(empty: Services, page: int) -> None:
    filled_forest(empty)
    with pages.small("tui.screens.tree.forest.state.PAGE", size=page):
        tree = ForestState(ForestPages(empty.workspace, CASE))
        parent = pid_id(empty, WIDE_PARENT)
        tree.reveal(parent)
        node = tree.node(parent)
        assert node is not None
        tree.open(node)
        for turn in range(1, 6):
            assert [child.row.pid for child in node.children] == list(range(100, 100 + page * turn))
            assert node.after == WIDE - page * turn
            tree.more(next(line for line in tree.lines if line.kind is Kind.LATER and line.node is node))
        assert page == state.PAGE


@pytest.mark.parametrize("room", [2, 3, 1000])
def test_a_printed_tree_counts_what_it_leaves_out(empty: Services, room: int) -> None:
    filled_forest(empty)
    hosts = empty.workspace.cases.hosts(CASE)
    with pages.small("tui.render.tree_builder.PAGE"):
        tops = TreeBuilder(empty.workspace, CASE, room).hosts(hosts)
    for host, top in zip(hosts, tops, strict=True):
        roots = {row.id for row in empty.workspace.processes.roots(host.id, limit=1000)}
        assert {node.id for node in top.children} <= roots
        assert len(top.children) + top.hidden_children == len(roots), top.label
    web = next(top for host, top in zip(hosts, tops, strict=True) if host.name == "WEB01")
    assert DEEP_TOP  # a root beside the wide family
    assert [node.pid for node in web.children] == [1, DEEP_TOP]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_the_export_command(home: Home, form: str) -> None:
    workspace_rows = home.run("rank", "--chains", "--limit", "1000", "--format", "json")
    chains = {row["chain_id"] for row in json.loads(workspace_rows.stdout)}
    for key in chains:
        assert home.run("label", key, "malicious", "--yes").exit_code == 0
    done = home.run("export", "-o", "-", "--format", form)
    rows = list(csv.DictReader(io.StringIO(done.stdout))) if form == "csv" else [json.loads(x) for x in done.stdout.splitlines()]
    pids = [int(row["pid"]) for row in rows]
    assert sorted(pids) == [1, *range(10, 80), 90]
    history = home.run("labels", "history", "--limit", "1000")
    with pages.small_defaults():
        assert home.run("labels", "history", "--limit", "1000").stdout == history.stdout
    assert len(history.stdout.splitlines()) == len(chains)


def test_scores_in_pieces_are_the_scores(trained: Services) -> None:
    """Inputs of paths, reasons and command lines: by pieces of two, and all at once."""
    from engine.jobs.score import load_detector
    from engine.progress import Run
    from engine.verdicts.features import VariantFeatures
    from engine.verdicts.variants import ChainVariants

    workspace = trained.workspace
    model = workspace.vault.in_use(CASE)
    assert model is not None
    corpus = workspace.chains.load_corpus([CASE])
    table = workspace.chains.load_processes([CASE], corpus)
    made = []
    for small in ((), pages.ENGINE):
        with pages.small(*small):
            scores = load_detector(workspace.vault, model).score(corpus, Run(), processes=table)
            made.append((scores, VariantFeatures.of(corpus, table, ChainVariants.of(table, len(corpus)))))
    (whole, whole_features), (parts, parts_features) = made
    assert np.array_equal(whole.score, parts.score)
    assert [one.tail.tolist() for one in whole.signals] == [one.tail.tolist() for one in parts.signals]
    assert whole.expectations == parts.expectations
    for ours, theirs in zip((whole_features.steps, whole_features.own), (parts_features.steps, parts_features.own), strict=True):
        assert np.array_equal(ours.start, theirs.start)
        assert np.array_equal(ours.words, theirs.words)
