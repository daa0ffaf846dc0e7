"""The Patterns screen by keys."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from textual.pilot import Pilot

from engine.rules.rule import Rule, State
from tests.tui.waiting import wait_for
from tui.app import OddkinApp
from tui.dialogs.confirm import ConfirmDialog
from tui.dialogs.text import TextDialog
from tui.screens.patterns import PatternsScreen
from tui.services import Services
from tui.widgets.rule_table import DetailPane, RuleTable

VERSION = Rule(
    r"(?<![0-9])([0-9]{1,5}\.[0-9]{1,6}(?:\.[0-9]{1,6})?(?:\.[0-9]{1,6})?)(?![0-9])", "<version>", "version", support=12,
    state=State.ACCEPTED, examples=(("1.2.3", "<version>"), ("[bold]9.9", "[bold]<version>")),
)  # fmt: skip
NUMBER = Rule(r"(?<![0-9])([0-9]{5,9})(?![0-9A-Za-z])", "<number>", "number", support=7, state=State.ACCEPTED)
REFUSED = Rule(r"^(temp)$", "<temp>", "learnt", support=3, refusals=("directories: it would move a path",))


@pytest.fixture
def with_rules(ingested: Services, monkeypatch: pytest.MonkeyPatch) -> Services:
    """The simulated case with three rules."""
    from store.rules import Rules

    with monkeypatch.context() as patched:
        patched.setattr(Rules, "_keep_patterns", lambda *_: None)
        ingested.workspace.rules.save_learnt(SimpleNamespace(rules=(VERSION, NUMBER, REFUSED)))  # type: ignore[arg-type]
    return ingested


async def opened(pilot: Pilot[None], app: OddkinApp, rules: int) -> tuple[RuleTable, DetailPane]:
    screen = app.screen
    assert isinstance(screen, PatternsScreen)
    table = screen.query_one(RuleTable)
    await wait_for(lambda: len(table.rules) == rules, f"{rules} rules are listed", pilot)
    return table, screen.query_one(DetailPane)


async def test_rules_their_guards_and_their_effect(with_rules: Services) -> None:
    app = OddkinApp(with_rules, "patterns")
    async with app.run_test(size=(140, 40)) as pilot:
        table, pane = await opened(pilot, app, 3)
        assert [rule.kind for rule in table.rules] == ["learnt", "version", "number"]
        assert table.border_title == "Rules (2 of 3 applied)"
        assert "refused" in pane.text()
        assert "✗ directories" in pane.text()
        await pilot.press("j")
        await wait_for(lambda: "without it" in pane.text(), "the effect is counted", pilot, 30)
        assert "✓ zones" in pane.text()
        assert "[bold]9.9" in pane.text()
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
        await pilot.press("j", "d")
        await wait_for(lambda: rules.list()[1].state is State.REJECTED, "it is rejected", pilot)
        await wait_for(lambda: table.border_title == "Rules (1 of 3 applied)", "the list says so", pilot)
        await pilot.press("a")
        await wait_for(lambda: rules.list()[1].state is State.ACCEPTED, "it is accepted again", pilot)


async def test_changing_shows_complaints_then_the_effect(with_rules: Services) -> None:
    rules = with_rules.workspace.rules
    app = OddkinApp(with_rules, "patterns")
    async with app.run_test(size=(120, 36)) as pilot:
        await opened(pilot, app, 3)
        await pilot.press("j", "j", "c")
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
        await pilot.press("a", "c", "m", "slash")
        await pilot.pause()
        assert isinstance(app.screen, PatternsScreen)
