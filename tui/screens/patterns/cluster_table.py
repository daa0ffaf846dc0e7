"""The clusters of words that the last learning found, a line each, the largest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.rules.rule import Rule
from engine.untrusted import visible
from tui.screens.patterns.rule_words import state_of
from tui.widgets.line_pane import CursorPane
from tui.words.spans import Line

if TYPE_CHECKING:
    from engine.rules.learning.learn import ClusterView

HEADER = f"  {'rule':>4} {'words':>8} {'cohesion':>8}  words like"
Row = tuple["ClusterView", "Rule | None"]


class ClusterTable(CursorPane):
    """Each with the rule that changes most of its words, if any does."""

    HELP = (
        "Words that stand together, with how alike they are (cohesion: mean cosine to their middle, 1 the same direction), and"
        " the rule that changes most of them. A cluster of names that people chose has none, and should have none."
    )
    head = 1

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.border_title = "Clusters"
        self.shown: Sequence[Row] = ()

    def show(self, shown: Sequence[Row]) -> None:
        """Other clusters, or other states of their rules."""
        self.shown = shown
        self.cursor = min(self.cursor, max(len(shown) - 1, 0))
        self.rebuild()

    @property
    def current(self) -> Row | None:
        """Cluster and rule under the cursor."""
        return self.shown[self.cursor] if self.cursor < len(self.shown) else None

    @property
    def rows(self) -> int:
        """One per cluster."""
        return len(self.shown)

    def drawn(self, width: int, height: int) -> list[Line]:
        """Header and clusters."""
        return [[(HEADER, "header")], *(self._row(*one) for one in self.shown)]

    def _row(self, cluster: ClusterView, rule: Rule | None) -> Line:
        sign, role = state_of(rule) if rule is not None else (" ", "dim")
        number = str(rule.id) if rule is not None else "–"
        numbers = f"{number:>4} {cluster.size:>8,} {cluster.cohesion:>8.2f}  "
        return [(f"{sign} ", role), (numbers, ""), (visible(", ".join(cluster.examples[:3]), 90), "dim")]
