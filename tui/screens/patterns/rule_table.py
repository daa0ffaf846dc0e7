"""The rules of the workspace, a line each, in the order of application."""

from __future__ import annotations

from engine.rules.rule import Rule
from engine.untrusted import visible
from tui.screens.patterns.rule_words import state_of
from tui.widgets.line_pane import ListPane
from tui.words.spans import Line


class RuleTable(ListPane[Rule]):
    """● accepted, ○ proposed, × rejected, ! refused by a guard."""

    HELP = "● applied, ○ proposed, × rejected, ! refused because it breaks a guard. Rules run from the first line to the last."
    BORDER_TITLE = "Rules"
    header = f"  {'rule':>4} {'words':>8} {'become':>8}  {'part':<9} pattern"
    head = 1

    def same(self, one: Rule, before: Rule) -> bool:
        """By the number: its state may be another one."""
        return one.id == before.id

    def line(self, one: Rule, width: int) -> Line:
        """State, number, words, placeholder, pattern."""
        sign, role = state_of(one)
        numbers = f"{one.id or 0:>4} {one.support:>8,} {one.merges:>8,}  "
        return [
            (f"{sign} ", role),
            (numbers, ""),
            (f"{one.replacement:<9} ", "accent"),
            (visible(one.pattern, 90), "dim" if role == "dim" else ""),
        ]
