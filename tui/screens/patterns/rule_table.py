"""The rules of the workspace, a line each, in the order of application."""

from __future__ import annotations

from collections.abc import Sequence

from engine.rules.rule import Rule
from engine.untrusted import visible
from tui.screens.patterns.rule_words import state_of
from tui.widgets.line_pane import CursorPane
from tui.words.spans import Line

HEADER = f"  {'rule':>4} {'words':>8} {'become':>8}  {'part':<9} pattern"


class RuleTable(CursorPane):
    """● accepted, ○ proposed, × rejected, ! refused by a guard."""

    HELP = "● applied, ○ proposed, × rejected, ! refused because it breaks a guard. Rules run from the first line to the last."
    head = 1

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.border_title = "Rules"
        self.rules: Sequence[Rule] = ()

    def show(self, rules: Sequence[Rule]) -> None:
        """Other rules; the cursor stays on the one it was on."""
        before = self.current
        self.rules = rules
        places = [place for place, one in enumerate(rules) if before is not None and one.id == before.id]
        self.cursor = places[0] if places else min(self.cursor, max(len(rules) - 1, 0))
        self.rebuild()

    @property
    def current(self) -> Rule | None:
        """The rule under the cursor."""
        return self.rules[self.cursor] if self.cursor < len(self.rules) else None

    @property
    def rows(self) -> int:
        """One per rule."""
        return len(self.rules)

    def drawn(self, width: int, height: int) -> list[Line]:
        """Header and rules."""
        return [[(HEADER, "header")], *(self._row(one) for one in self.rules)]

    def _row(self, one: Rule) -> Line:
        sign, role = state_of(one)
        numbers = f"{one.id or 0:>4} {one.support:>8,} {one.merges:>8,}  "
        return [
            (f"{sign} ", role),
            (numbers, ""),
            (f"{one.replacement:<9} ", "accent"),
            (visible(one.pattern, 90), "dim" if role == "dim" else ""),
        ]
