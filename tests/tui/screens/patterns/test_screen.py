"""The Patterns screen by keys."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from textual.pilot import Pilot

from engine.rules.guards import check
from engine.rules.rule import Rule, RuleOrigin, State
from tests.tui.rendered import rows_of
from tests.tui.waiting import wait_for
from tui.app.app import OddkinApp
from tui.dialogs.confirm import ConfirmDialog
from tui.dialogs.text import TextDialog
from tui.runtime.services import Services
from tui.screens.patterns.detail_pane import DetailPane
from tui.screens.patterns.screen import PatternsScreen
from tui.screens.patterns.tables import ClusterTable, RuleTable

pytestmark = pytest.mark.usefixtures("few_passes")

VERSION = Rule(
    r"(?<![0-9])([0-9]{1,5}\.[0-9]{1,6}(?:\.[0-9]{1,6})?(?:\.[0-9]{1,6})?)(?![0-9])", "<version>", "version", support=12,
    state=State.ACCEPTED, examples=(("1.2.3", "<version>"), ("[bold]9.9", "[bold]<version>")),
)  # fmt: skip
NUMBER = Rule(r"(?<![0-9])([0-9]{5,9})(?![0-9A-Za-z])", "<number>", "number", support=7, state=State.ACCEPTED)
REFUSED = Rule(
    r"^(temp)$",
    "<temp>",
    "learnt",
    support=3,
    refusals=("directories: it would move a path",),
    origin=RuleOrigin(4, 9, ("temp", "[b]tmp")),
)


@pytest.fixture
def with_rules(ingested: Services, monkeypatch: pytest.MonkeyPatch) -> Services:
    """The simulated case with three rules."""
    from store.models.rules import Rules

    with monkeypatch.context() as patched:
        patched.setattr(Rules, "_keep_patterns", lambda *_: None)
        ingested.workspace.rules.save_learnt(SimpleNamespace(rules=(VERSION, NUMBER, REFUSED)))  # type: ignore[arg-type]
    return ingested


async def opened(pilot: Pilot[None], app: OddkinApp, rules: int) -> tuple[RuleTable, DetailPane]:
    screen = app.screen
    assert isinstance(screen, PatternsScreen)
    table = screen.query_one(RuleTable)
    await wait_for(lambda: len(table.items) == rules, f"{rules} rules are listed", pilot)
    return table, screen.query_one(DetailPane)


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
async def test_what_guards_say_is_never_cut(with_rules: Services, size: tuple[int, int]) -> None:
    app = OddkinApp(with_rules, "patterns")
    async with app.run_test(size=size) as pilot:
        _table, pane = await opened(pilot, app, 3)
        await pilot.press("j")
        await wait_for(lambda: "without it" in pane.text(), "the effect is counted", pilot, 30)
        seen: list[str] = []
        pane.focus()
        await pilot.press("g")
        for _ in range(12):
            seen += [line.strip("│ ") for line in rows_of(pane)]
            await pilot.press("ctrl+d")
        shown = " ".join(" ".join(seen).split())
        assert "matching takes linear time" in shown
        assert all(one.sentence in shown for one in check(VERSION) if one.guard != "zones")  # which counts the case's paths
        assert shown.count("…") == shown.count("… and ")  # more chains than are listed


async def test_rules_their_guards_and_their_effect(with_rules: Services) -> None:
    app = OddkinApp(with_rules, "patterns")
    async with app.run_test(size=(140, 40)) as pilot:
        table, pane = await opened(pilot, app, 3)
        assert [rule.kind for rule in table.items] == ["learnt", "version", "number"]
        assert table.border_title == "Rules (2 of 3 applied)"
        assert "refused" in pane.text()
        assert "✗ directories" in pane.text()
        assert "learnt from cluster 4 (9 words): temp, [b]tmp, …" in " ".join(pane.text().split())
        await pilot.press("j")
        await wait_for(lambda: "without it" in pane.text(), "the effect is counted", pilot, 30)
        assert "✓ zones" in pane.text()
        assert "[bold]9.9" in pane.text()
        assert "recognised kind: version" in pane.text()
        line = next(one for one in pane.text().splitlines() if one.startswith("words"))
        before, after = (int(word.replace(",", "")) for word in line.split() if word.replace(",", "").isdigit())
        assert before > after


async def test_reject_accept_and_refuse(with_rules: Services) -> None:
    rules = with_rules.workspace.rules
    app = OddkinApp(with_rules, "patterns")
    async with app.run_test(size=(120, 36)) as pilot:
        table, _ = await opened(pilot, app, 3)
        await pilot.press("a")
        await pilot.pause()
        assert rules.list()[0].state is State.PROPOSED
        await pilot.press("j", "D")
        await wait_for(lambda: rules.list()[1].state is State.REJECTED, "it is rejected", pilot)
        await wait_for(lambda: table.border_title == "Rules (1 of 3 applied)", "the list says so", pilot)
        await pilot.press("a")
        await wait_for(lambda: rules.list()[1].state is State.ACCEPTED, "it is accepted again", pilot)


async def test_changing_shows_complaints_then_the_effect(with_rules: Services) -> None:
    rules = with_rules.workspace.rules
    app = OddkinApp(with_rules, "patterns")
    async with app.run_test(size=(120, 36)) as pilot:
        await opened(pilot, app, 3)
        await pilot.press("j", "j", "enter")
        await wait_for(lambda: isinstance(app.screen, TextDialog), "it asks for a pattern", pilot)
        field = app.screen.query_one("Input")
        field.value = "([0-9]+)"  # type: ignore[attr-defined]
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, TextDialog)
        field.value = r"(?<![0-9])([0-9]{6,9})(?![0-9A-Za-z])"  # type: ignore[attr-defined]
        await pilot.press("enter")
        await wait_for(lambda: isinstance(app.screen, ConfirmDialog), "it shows what would change", pilot, 30)
        await pilot.press("y")
        await wait_for(lambda: len(rules.list()) == 4, "the changed rule is there", pilot)
    states = {rule.pattern: (rule.state, rule.version) for rule in rules.list()}
    assert states[NUMBER.pattern] == (State.REJECTED, 1)
    assert states[r"(?<![0-9])([0-9]{6,9})(?![0-9A-Za-z])"] == (State.ACCEPTED, 2)


async def test_an_empty_workspace_names_the_next_key(ingested: Services, tmp_path: Path) -> None:
    app = OddkinApp(ingested, "patterns")
    async with app.run_test(size=(80, 24)) as pilot:
        _, pane = await opened(pilot, app, 0)
        await wait_for(lambda: "no rules yet" in pane.text(), "it says what to do", pilot)
        await pilot.press("a", "enter", "v", "slash")
        await pilot.pause()
        assert isinstance(app.screen, PatternsScreen)


@pytest.fixture
def with_clusters(with_rules: Services, monkeypatch: pytest.MonkeyPatch) -> Services:
    """And two clusters: one of versions, one of names."""
    import numpy as np

    from engine.rules.learning.learn import ClusterView
    from engine.rules.learning.patterns import Patterns
    from engine.words.embedding import Embedding
    from store.models.rules import Rules

    nothing = np.zeros((3, 4), np.float32)
    embedding = Embedding(("java", "jre7", "jre8"), np.eye(3, 4, dtype=np.float32), np.zeros(0, np.int64), nothing[:0], 64, 3, 4)
    found = Patterns(
        (
            ClusterView(0, 40, 0.91, ("1.2.3", "[bold]9.9"), (1, 0)),
            ClusterView(1, 12, 0.55, ("update", "helper\x1b[31m"), ()),
        ),
        (REFUSED.pattern, VERSION.pattern), embedding, nothing, np.array([0, 0, 1], np.int32), np.ones(3, np.int32),
        np.zeros(3, np.int32), ("learnt", "version"), np.full(3, -1, np.int32), {},
    )  # fmt: skip
    monkeypatch.setattr(Rules, "patterns", lambda _: found)
    return with_rules


async def test_clusters_show_their_rules_with_what_the_guards_say(with_clusters: Services) -> None:
    rules = with_clusters.workspace.rules
    app = OddkinApp(with_clusters, "patterns")
    async with app.run_test(size=(140, 40)) as pilot:
        _, pane = await opened(pilot, app, 3)
        await pilot.press("v")
        clusters = app.screen.query_one(ClusterTable)
        await wait_for(lambda: clusters.display and clusters.has_focus, "clusters are shown", pilot)
        assert [(one.size, rule.pattern if rule else None) for one, rule in clusters.items] == [(40, VERSION.pattern), (12, None)]
        text = pane.text()
        assert "cohesion    0.91" in text
        assert "[bold]9.9" in text
        assert VERSION.pattern[:20] in text
        assert "✓ zones" in text
        assert "✗ directories" in text  # of the other rule that changes words of this cluster
        await wait_for(lambda: "without it" in pane.text(), "the effect of the first rule is counted", pilot, 30)
        await pilot.press("D")
        await wait_for(lambda: rules.list()[1].state is State.REJECTED, "its rule is rejected", pilot)
        await wait_for(lambda: clusters.items[0][1] is not None and clusters.items[0][1].state is State.REJECTED, "seen", pilot)
        await pilot.press("j")
        await wait_for(lambda: "No rule changes its words" in pane.text(), "names have no rule", pilot)
        assert "\x1b" not in pane.text()
        await pilot.press("D", "enter")
        await pilot.pause()
        assert isinstance(app.screen, PatternsScreen)
        await pilot.press("v", "v")
        await wait_for(lambda: "examples" in pane.text(), "rules again", pilot)


async def test_nearest_words_are_searched(with_clusters: Services) -> None:
    app = OddkinApp(with_clusters, "patterns")
    async with app.run_test(size=(120, 36)) as pilot:
        _, pane = await opened(pilot, app, 3)
        await pilot.press("slash")
        await wait_for(lambda: isinstance(app.screen, TextDialog), "it asks for a word", pilot)
        app.screen.query_one("Input").value = "java"  # type: ignore[attr-defined]
        await pilot.press("enter")
        await wait_for(lambda: "nearest to java" in pane.text(), "it shows them", pilot)
        assert "jre7" in pane.text()
        assert "never seen" not in pane.text()
        await pilot.press("slash")
        await wait_for(lambda: isinstance(app.screen, TextDialog), "it asks for a word", pilot)
        app.screen.query_one("Input").value = "zq[b]x"  # type: ignore[attr-defined]
        await pilot.press("enter")
        await wait_for(lambda: "nearest to zq[b]x" in pane.text(), "it answers", pilot)
        assert "zq[b]x was never seen. It has no vector: none of its 11 n-grams is in a known word." in " ".join(
            pane.text().split()
        )


async def test_the_effect_names_chains_and_a_change_that_breaks_a_guard_is_not_taken(with_rules: Services) -> None:
    rules = with_rules.workspace.rules
    app = OddkinApp(with_rules, "patterns")
    async with app.run_test(size=(140, 60)) as pilot:
        _, pane = await opened(pilot, app, 3)
        await pilot.press("j")
        await wait_for(lambda: "chains      " in pane.text(), "chains are counted", pilot, 30)
        line = next(one for one in pane.text().splitlines() if one.startswith("chains  "))
        changed = int(line.rsplit(";", 1)[1].split()[0].replace(",", ""))
        assert changed > 0
        assert "-> " in pane.text()
        assert pane.text().count("  chain ") == min(changed, 5)
    assert len(rules.list()) == 3


def test_an_exchange_is_judged_with_the_paths_of_the_case(with_rules: Services) -> None:
    """No table names this directory, so only the case's own paths show what the rule would do."""
    from dataclasses import replace as changed

    from tui.actions import rules as rule_jobs
    from tui.screens.patterns.rule_words import exchange_lines

    workspace = with_rules.workspace
    number = next(rule for rule in workspace.rules.list() if rule.pattern == NUMBER.pattern)
    same = rule_jobs.exchange(workspace, "demo", number, number)
    assert same.refusal == ""
    assert same.chains is not None
    assert same.chains.changed == 0
    wide = rule_jobs.exchange(workspace, "demo", number, changed(number, pattern="^(temp)$", replacement="<temp>"))
    assert wide.refusal
    version = next(rule for rule in workspace.rules.list() if rule.pattern == VERSION.pattern)
    narrow = rule_jobs.exchange(workspace, "demo", version, changed(version, pattern="^zzz([0-9]{3})$"))
    assert narrow.chains is not None
    assert narrow.chains.changed > 0
    assert "chains change" in exchange_lines(narrow)[0]
    assert narrow.after.words_after > narrow.before.words_after


@pytest.mark.parametrize("size", [(160, 40), (150, 24)], ids=str)
async def test_the_map_fits_beside_the_scrollbar_that_its_legend_brings(
    with_rules: Services, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    from engine.rules.learning.wordmap import ORIGINS, WordMap
    from store.models.rules import Rules

    # Words along the right edge, and so many clusters that the legend has to be scrolled to.
    words = tuple(f"word{number}" for number in range(60))
    place = np.column_stack([np.ones(60), np.linspace(0, 1, 60)]).astype(np.float32)
    labels = np.arange(60, dtype=np.int32) % 30
    origins = np.full(60, len(ORIGINS) - 1, np.int32)
    found = WordMap("linux", words, place, labels, origins, {label: f"cluster {label}" for label in range(30)})
    other = WordMap("windows", words[:30], place[:30], labels[:30], origins[:30] * 0 + 3, {0: "msi<temp>.tmp"})
    monkeypatch.setattr(Rules, "patterns", lambda _: SimpleNamespace(clusters=(), rules=(), words=words))
    monkeypatch.setattr("engine.rules.learning.wordmap.word_maps", lambda *_arguments, **_more: (found, other))
    app = OddkinApp(with_rules, "patterns")
    async with app.run_test(size=size) as pilot:
        _, pane = await opened(pilot, app, 3)
        await pilot.press("v", "v")
        await wait_for(lambda: "oddkin rules map" in pane.text(), "the map is drawn", pilot)
        await pilot.pause()
        assert pane.show_vertical_scrollbar
        rows = rows_of(pane)[1:-1]
        assert any(row.rstrip("│█▁▂▃▄▅▆▇ ").endswith(("a", "b", "c", "d")) for row in rows)
        assert not any("…" in row for row in rows)
        text = pane.text()
        assert text.index("Linux: 60 words") < text.index("Windows: 30 words")
        assert "a cluster 0   no rule" in text
        assert "a msi<temp>.tmp  temporary name" in text
