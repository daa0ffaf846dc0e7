"""A finding's chains as one tree: every chain ends once, branches hang where they belong, nothing acts on a terminal."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.untrusted import visible
from store.base.views import FindingView
from tests.tui.render.test_tables import row as sample
from tui.render.chain_tree import ChainTreeLine, grown, lines
from tui.render.finding_view import as_json, headline, tree

STEP = st.sampled_from(["c:\\a.exe", "c:\\b.exe", "/bin/sh", "/tmp/\x1b[31m", "x" * 90])
CHAINS = st.lists(st.lists(STEP, min_size=1, max_size=6).map(tuple), min_size=1, max_size=12, unique=True)


def test_steps_in_a_row_share_a_line_and_branches_hang_below():
    first = ("c:\\s.exe", "c:\\a.exe")
    chains = [first, (*first, "c:\\b.exe"), (*first, "c:\\c.exe", "c:\\d.exe")]
    assert list(lines(grown(chains))) == [
        ChainTreeLine("", "s.exe → a.exe", 0),
        ChainTreeLine("├─ ", "b.exe", 1),
        ChainTreeLine("└─ ", "c.exe → d.exe", 2),
    ]


def test_a_branch_goes_on_beside_its_sisters():
    chains = [("r", "a", "x"), ("r", "a", "y"), ("r", "b")]
    assert [(line.lead, line.names, line.ends) for line in lines(grown(chains))] == [
        ("", "r", None), ("├─ ", "a", None), ("│  ├─ ", "x", 0), ("│  └─ ", "y", 1), ("└─ ", "b", 2),
    ]  # fmt: skip


@settings(deadline=None)
@given(CHAINS)
def test_every_chain_ends_exactly_once(chains):
    drawn = list(lines(grown(chains)))
    assert sorted(line.ends for line in drawn if line.ends is not None) == list(range(len(chains)))
    assert all(visible(line.names) == line.names for line in drawn)


def test_the_finding_is_told_in_figures():
    whole = FindingView(1, 3, "0f" * 16, 4.5, 1, 2, 41, 3, None, None)
    assert headline(whole) == "Finding 3 · score 4.500 · 2 chains · 41 processes on 3 hosts · 0f0f0f0f0f"
    row = sample(steps=("c:\\a\x1b.exe",), verdict="benign", worst_step=0, step_errors=(0.5,))
    told = json.loads(as_json(whole, [row]))
    assert told["finding"]["processes"] == 41
    assert told["chains"][0]["verdict"] == "benign"
    drawn = [line.plain for line in tree([row])]
    assert "\x1b" not in drawn[0]
    assert f"#{row.rank:,}" in drawn[0]
    assert "b benign" in drawn[0]
