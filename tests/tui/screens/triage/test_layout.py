"""Where the panes of Triage stand at each size, and that a key means one thing on Triage and Tree."""

from __future__ import annotations

from collections import defaultdict

import pytest

from tests.tui.rendered import rows_of, screen_lines
from tests.tui.screens.triage.test_findings import PLAIN, to
from tests.tui.screens.triage.test_screen import triage
from tests.tui.waiting import wait_for
from tui.runtime.help_screen import HelpScreen
from tui.runtime.services import Services
from tui.screens.tree.process_tree import ProcessTree
from tui.screens.tree.screen import TreeScreen
from tui.screens.triage.chain_view import ChainView
from tui.screens.triage.incident.tree import IncidentTree
from tui.screens.triage.layout import Page, tree_height
from tui.screens.triage.screen import TriageScreen
from tui.screens.triage.why.evidence_view import EvidenceView
from tui.widgets.footer_line import FooterLine
from tui.widgets.keys_line import KeysLine
from tui.widgets.ledger_table import LedgerTable
from tui.widgets.scope_line import ScopeLine


@pytest.mark.parametrize(
    ("size", "findings", "why"), [((80, 24), 5, 3), ((80, 34), 8, 8), ((120, 36), 8, 47), ((200, 60), 8, 74)], ids=str
)
async def test_the_panes_have_the_sizes_of_the_table(trained: Services, size: tuple[int, int], findings: int, why: int) -> None:
    async with triage(trained, size, findings=True) as desk:
        await to(desk, PLAIN)
        screen, told = desk.screen, desk.screen.story
        assert screen.table.size.width == size[0]
        assert screen.table.size.height >= findings + 1  # its header
        assert screen.table.size.height == findings + 1 or size[0] >= 160
        beside = size[0] >= 100
        assert (told.why.region.x > told.incident.region.x) == beside
        assert (told.why.view.region.width if beside else told.why.view.region.height) == why
        bottom = [screen.query_one(ScopeLine).region.y, screen.query_one(KeysLine).region.y]
        assert bottom == [size[1] - 3, size[1] - 2]  # the footer below; no job has run
        assert not any(corner in line for line in screen_lines(desk.app) for corner in "╭╮╰╯")
        assert "m malicious  b benign  f false positive  o undetermined  c note  u undo" in rows_of(screen.query_one(KeysLine))[0]
        heavy = [line.count("━") > 3 for line in (rows_of(screen.queue.rule)[0], rows_of(told.why.rule)[0])]
        assert heavy == [True, False]
        await desk.press("tab", "tab")
        heavy = [line.count("━") > 3 for line in (rows_of(screen.queue.rule)[0], rows_of(told.why.rule)[0])]
        assert heavy == [False, True]


def test_on_large_terminals_the_findings_get_what_the_tree_leaves() -> None:
    assert tree_height(200, Page.ALL, 17, 55) == 26
    assert tree_height(200, Page.ALL, 30, 55) == 35
    assert tree_height(200, Page.ALL, 300, 55) == 45
    assert tree_height(200, Page.STORY, 30, 55) is None
    assert tree_height(120, Page.ALL, 30, 55) is None
    assert tree_height(200, Page.ALL, 30, 30) is None


def test_a_key_has_one_description_on_triage_and_tree() -> None:
    told: dict[str, set[str]] = defaultdict(set)
    for owner in (TriageScreen, TreeScreen):
        for binding in owner.BINDINGS:
            for key in binding.key.split(","):  # type: ignore[union-attr]
                told[key].add(binding.id.split(".")[0] if key in {"n", "N"} else binding.id)  # type: ignore[union-attr]
    assert {key: ids for key, ids in told.items() if len(ids) > 1 and key not in {"slash"}} == {}
    moves: dict[str, set[str]] = defaultdict(set)
    for owner in (IncidentTree, ProcessTree, LedgerTable):
        for binding in owner.BINDINGS:
            for key in binding.key.split(","):  # type: ignore[union-attr]
                if key in {"j", "k", "g", "G", "ctrl+d", "ctrl+u", "h", "l"}:
                    moves[key].add(binding.description)  # type: ignore[union-attr]
    assert {key: words for key, words in moves.items() if len(words) > 1} == {}


@pytest.mark.parametrize("owner", [TriageScreen, TreeScreen, IncidentTree, ProcessTree, ChainView, EvidenceView])
def test_keys_that_are_kept_for_later_are_bound_nowhere(owner: type) -> None:
    bound = {key for binding in owner.BINDINGS for key in binding.key.split(",")}  # type: ignore[attr-defined]
    assert not bound & {"d", "w", "a", "O"}


@pytest.mark.parametrize(
    ("width", "last"),
    [(120, "F Count ? Keys q Quit"), (80, "F Count ? Keys q Quit"), (50, "t Tree ? Keys q Quit"), (20, " ? Keys q Quit")],
)
async def test_the_last_line_has_whole_keys_and_always_help_and_quit(trained: Services, width: int, last: str) -> None:
    async with triage(trained, (width, 24), findings=True) as desk:
        line = desk.screen.query_one(FooterLine)
        await wait_for(lambda: rows_of(line)[0].endswith(last), "the keys", desk.pilot)
        await desk.pilot.click(FooterLine, offset=(rows_of(line)[0].index("? Keys") + 1, 0))
        await wait_for(lambda: isinstance(desk.app.screen, HelpScreen), "the mouse presses it", desk.pilot)
